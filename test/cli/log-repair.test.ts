import { appendFile, cp, mkdtemp, open, readdir, rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { encodeBatch } from '../../protocol/records.ts'
import { produceTo } from '../handlers/requests.ts'
import { RawClient } from '../raw-client.ts'
import { run, start } from './process.ts'

/** Two batches of that size fill a segment. */
const value = 'v'.repeat(400_000)
const count = 8
const segmentBytes = 1024 * 1024

describe('odradek log repair', { timeout: 30_000 }, () => {
  let folder: string
  let whole: string
  let partition: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-repair-'))
    whole = path.join(folder, 'odradek-data')
    const server = await start([], folder)
    const client = await RawClient.connect(`127.0.0.1:${server.port}`)
    const configs = [{ name: 'segment.bytes', value: String(segmentBytes) }]
    const shape = { numPartitions: 1, replicationFactor: 1, assignments: [], configs }
    const { topics } = await client.request(createTopics, 7, {
      topics: [{ name: 'orders', ...shape }],
    })
    const topic = { name: 'orders', id: topics[0]!.topicId }
    for (let i = 0; i < count; i++) {
      const record = { timestamp: 1000 + i, key: Buffer.from(`k${i}`), value: Buffer.from(value) }
      await produceTo(client, topic, encodeBatch({ records: [record] }))
    }
    await client[Symbol.asyncDispose]()
    server.kill('SIGTERM')
    await server.ended
    const logs = await readdir(path.join(whole, 'topics'))
    partition = logs.find(name => name.startsWith('orders-0.'))!
  })
  afterAll(() => rm(folder, { recursive: true }))

  const segment = (offset: number): string => `${String(offset).padStart(20, '0')}.log`

  /** A copy of the data directory, and the files of the partition in it. */
  async function copy() {
    const data = await mkdtemp(path.join(folder, 'copy-'))
    await cp(whole, data, { recursive: true })
    const directory = path.join(data, 'topics', partition)
    return { data, directory, file: (name: string) => path.join(directory, name) }
  }

  async function write(file: string, text: string, position: number): Promise<void> {
    const handle = await open(file, 'r+')
    await handle.write(text, position)
    await handle.close()
  }

  const repair = (...args: string[]) => run(['log', 'repair', ...args])

  it.each([
    ['a byte', (file: (name: string) => string) => write(file(segment(2)), '!', 100), [2]],
    ['a segment', (file: (name: string) => string) => unlink(file(segment(4))), [4, 5]],
    ['the end', (file: (name: string) => string) => write(file(segment(6)), '!', 500_000), [7]],
  ])('opens a log again that has lost %s', async (_, damage, lost) => {
    const { data, file } = await copy()
    await damage(file)
    const offsets = Array.from({ length: count }, (_, i) => i)
    const kept = offsets.filter(offset => !lost.includes(offset))

    const repaired = await repair(data, '--apply', '--accept-loss')
    expect(repaired).toMatchObject({ code: 0, stderr: '' })
    const lostText = lost.length === 1 ? `offset ${lost[0]}` : `offsets ${lost.join('–')}`
    expect(repaired.stdout).toMatch(/^orders-0\S+ {2}repaired/)
    expect(repaired.stdout).toContain(`  lost: ${lostText}\n`)
    expect(await run(['log', 'verify', data])).toMatchObject({ code: 0, stderr: '' })
    expect(await consume(data, kept.length + 1)).toEqual([...kept, count])
  })

  it('changes nothing before it is told to, loses nothing before it is allowed to', async () => {
    const { data, directory, file } = await copy()
    await write(file(segment(2)), '!', 100)
    const before = await readdir(directory)
    const planned = await repair(data)
    expect(planned).toMatchObject({
      code: 1,
      stderr:
        'odradek: partitions with damage: 1: nothing was changed; --apply repairs them,' +
        ' with --accept-loss\n',
    })
    expect(planned.stdout).toContain('  lost: offset 2\n')
    expect(await repair(data, '--apply')).toMatchObject({
      code: 1,
      stdout: planned.stdout,
      stderr: expect.stringContaining('not repaired, for records would be lost') as string,
    })
    expect(await readdir(directory)).toEqual(before)
  })

  it('does without leave what loses no record', async () => {
    const { data, directory, file } = await copy()
    await write(file('checkpoint'), '?', 5)
    await unlink(file(segment(0).replace('.log', '.index')))
    const { code, stdout } = await repair(directory, '--apply', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      directory,
      state: 'repaired',
      plan: { startOffset: 0, nextOffset: count, lost: [], losesRecords: false },
      renamed: [{ from: 'checkpoint', to: 'checkpoint.before-repair' }],
    })
    expect(await consume(data, count + 1)).toHaveLength(count + 1)
  })

  it('can end a log before its first damage, in a new leader epoch', async () => {
    const { data, file } = await copy()
    await write(file(segment(2)), '!', 100)
    expect((await repair(data, '--apply', '--accept-loss', '--cut')).code).toBe(0)
    expect(await consume(data, 3)).toEqual([0, 1, 2])
    const dumped = await run(['log', 'dump', path.join(data, 'topics', partition), '--json'])
    const batches = dumped.stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as object)
    expect(batches).toMatchObject([{ leaderEpoch: 0 }, { leaderEpoch: 0 }, { leaderEpoch: 1 }])
  })

  it('leaves a torn tail to the next start, or keeps it beside the log', async () => {
    const { data, file } = await copy()
    const last = segment(6)
    await appendFile(file(last), 'torn')
    const planned = await repair(data)
    expect(planned).toMatchObject({ code: 0, stderr: '' })
    expect(planned.stdout).toMatch(
      / {2}ok {2}offsets 0–8\n {2}found: .*\n {2}lost: what the last bytes/,
    )
    expect((await repair(data, '--apply')).stdout).toBe(planned.stdout)
    const repaired = await repair(data, '--apply', '--accept-loss')
    expect(repaired.stdout).toContain(`  kept: ${last} as ${last}.before-repair\n`)
    expect(await consume(data, count + 1)).toHaveLength(count + 1)
  })

  it('has nothing to do where all is well', async () => {
    const { data } = await copy()
    expect(await repair(data)).toMatchObject({ code: 0, stdout: `${partition}  ok\n`, stderr: '' })
  })

  it('leaves the data of a running broker alone', async () => {
    const { data } = await copy()
    await using server = await start(['--data-dir', data])
    for (const directory of [data, path.join(data, 'topics', partition)]) {
      expect(await repair(directory, '--apply')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`is in use by process ${server.pid}`) as string,
      })
    }
  })

  it.each([
    [['/nowhere'], 'cannot read /nowhere: there is no such file or directory'],
    [['package.json'], 'cannot read package.json: it is not a directory'],
    [['.', '--aply'], "unknown option '--aply' (Did you mean --apply?)"],
    [[], "missing required argument 'directory'"],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await repair(...args)
    expect({ code, stderr }).toEqual({ code: 2, stderr: `odradek: ${message}\n` })
  })
})

/** Produces one record, then reads as many: their offsets. */
async function consume(data: string, wanted: number): Promise<number[]> {
  await using server = await start(['--data-dir', data])
  const brokers = [`127.0.0.1:${server.port}`]
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ key: 'new', value: 'one' }] })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: 'readers' })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const offsets: number[] = []
  await new Promise<void>((resolve, reject) => {
    const eachMessage = ({ message }: { message: { offset: string } }): Promise<void> => {
      offsets.push(Number(message.offset))
      if (offsets.length === wanted) resolve()
      return Promise.resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
  })
  await consumer.disconnect()
  return offsets
}
