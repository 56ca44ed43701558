import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { encodeMarker } from '../../protocol/control-records.ts'
import { nodeFs } from '../../storage/file/fs.ts'
import { openFileLogStore } from '../../storage/file/store.ts'
import { batchOf } from '../handlers/batches.ts'
import { produceTo } from '../handlers/requests.ts'
import { RawClient } from '../raw-client.ts'
import { batchAt, largeSegments } from '../storage/batches.ts'
import { run, start } from './process.ts'

/** What would clear a terminal. */
const clearing = 'three\u009b2J'

describe('odradek log', () => {
  let folder: string
  let data: string
  let partition: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-log-'))
    data = path.join(folder, 'odradek-data')
    const server = await start([], folder)
    const client = await RawClient.connect(`127.0.0.1:${server.port}`)
    const { topics } = await client.request(metadata, 12, { topics: [{ name: 'greetings' }] })
    const topic = { name: 'greetings', id: topics[0]!.topicId }
    await produceTo(client, topic, batchOf(['one', 'two']))
    await produceTo(client, topic, batchOf([clearing]))
    await client[Symbol.asyncDispose]()
    server.kill('SIGTERM')
    await server.ended
    const names = await readdir(path.join(data, 'topics'))
    const name = names.find(each => /-0\.[\w-]{22}$/.test(each))
    partition = path.join(data, 'topics', name!)
  })
  afterAll(() => rm(folder, { recursive: true }))

  const log = (...args: string[]) => run(['log', ...args])

  it('verify says that all is well', async () => {
    const { code, stdout } = await log('verify', data)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^greetings-0\S+ {2}ok {2}offsets 0–3 {2}1 segments, 2 batches, 3 rec/)
    expect((await log('verify', partition)).stdout).toBe(stdout)
  })

  it('verify --json says it in JSON', async () => {
    const { stdout } = await log('verify', data, '--json')
    const report = JSON.parse(stdout) as unknown
    expect(report).toMatchObject({ nextOffset: 3, batches: 2, records: 3, damage: [], notes: [] })
  })

  it('dump prints batches, and records if they are asked for', async () => {
    const { code, stdout } = await log('dump', partition)
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toEqual([
      path.join(partition, '00000000000000000000.log'),
      expect.stringMatching(/^baseOffset: 0 {2}lastOffset: 1 {2}records: 2 {2}position: 0 /),
      expect.stringMatching(/^baseOffset: 2 {2}lastOffset: 2 {2}records: 1 /),
    ])
    const records = await log('dump', partition, '--records', '--json')
    expect(
      records.stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as unknown),
    ).toEqual(
      ['one', 'two', clearing].map((value, offset) => {
        return { offset, timestamp: expect.any(Number) as number, key: null, value, headers: [] }
      }),
    )
  })

  it.each([[[]], [['--json']]])('dump --records %j says nothing to a terminal', async options => {
    const { stdout } = await log('dump', partition, '--records', ...options)
    expect(stdout).toContain(String.raw`"value":"three\u009b2J"`)
    expect(stdout).not.toMatch(/\p{Cc}(?<!\n)/u)
  })

  it('shows transactions, with the markers as Kafka names them', async () => {
    const directory = path.join(folder, 'backup')
    const store = await openFileLogStore({
      fs: nodeFs,
      directory,
      durability: 'os',
      now: () => 0,
    })
    const id = { topic: 'transfers', topicId: 'transferstransfers0001', partition: 0 }
    const opened = await store.open(id, largeSegments)
    const sent = { producerId: 7, producerEpoch: 3, baseSequence: 0, isTransactional: true }
    const marker = { type: 'abort', producerId: 7, producerEpoch: 4, coordinatorEpoch: 5 } as const
    const rest = [encodeMarker(marker, 1), batchAt([1], { ...sent, producerEpoch: 4 })]
    for (const each of [batchAt([1], sent), ...rest]) await opened.log.append(each, 'durable')
    await opened.log.close()
    await store.close()
    const verified = await log('verify', directory)
    expect(verified.stdout.trimEnd().split('\n').slice(1)).toEqual([
      '  transactions: 0 commits, 1 aborts, 1 open',
      '  open: that of producer 7, epoch 4, from offset 2',
    ])
    const dumped = await log('dump', path.join(directory, `transfers-0.${id.topicId}`), '--records')
    const [, data, , end] = dumped.stdout.split('\n')
    expect(data).toMatch(/producerId: 7 {2}producerEpoch: 3 .* transactional: true {2}control: f/)
    expect(end).toMatch(/ control: true {2}endTxnMarker: ABORT {2}coordinatorEpoch: 5$/)
  })

  it('fails where something is damaged, and says where', async () => {
    const file = path.join(partition, '00000000000000000000.log')
    const handle = await open(file, 'r+')
    await handle.write('!', 65)
    await handle.close()
    const verified = await log('verify', data)
    expect(verified).toMatchObject({ code: 1, stderr: 'odradek: partitions with damage: 1\n' })
    expect(verified.stdout).toContain(`damage: ${file}, byte 0: the checksum of a batch`)
    const dumped = await log('dump', file)
    expect(dumped).toMatchObject({ code: 1, stderr: `odradek: ${file} is damaged\n` })
    expect(dumped.stdout).toContain('problem: the checksum of a batch does not match')
  })

  it.each([
    [[], 'name one of verify, dump, repair, import: see odradek log --help'],
    [['veri'], "unknown command 'log veri' (Did you mean verify?)"],
    [['verify'], "missing required argument 'directory'"],
    [['dump', '/nowhere'], 'cannot read /nowhere: there is no such file or directory'],
    [['verify', 'package.json'], 'cannot read package.json: it is not a directory'],
    [['dump', '/nowhere/at.log'], 'cannot read /nowhere: '],
    [['verify', '/nowhere'], 'cannot read /nowhere: '],
    [['verify', tmpdir(), '--jason'], "unknown option '--jason'"],
  ])('%j is refused', async (args, message) => {
    const { code, stderr, stdout } = await log(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`odradek: ${message}`)
  })

  it('refuses a directory without records', async () => {
    const empty = await mkdtemp(path.join(folder, 'empty-'))
    await writeFile(path.join(empty, 'notes.txt'), '')
    expect(await log('verify', empty)).toMatchObject({
      code: 2,
      stderr: `odradek: ${empty} holds no records: name a data directory\n`,
    })
    expect((await log('dump', empty)).code).toBe(2)
  })
})
