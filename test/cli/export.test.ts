import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ImportedOffsets } from '../../src/cli/imported-offsets.ts'
import { connect } from '../../src/cli/connection.ts'
import { commitOffsets } from '../../src/client/group-offsets.ts'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { odradek } from './recorded.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'odradek-export-'))
})
afterAll(() => rm(directory, { recursive: true }))

const exported = async ({ bootstrapServers }: StartedBroker, ...topics: string[]) =>
  (await odradek('export', '-b', bootstrapServers, ...topics)).stdout

async function imported(
  { bootstrapServers }: StartedBroker,
  lines: readonly string[],
): Promise<string[]> {
  const file = path.join(directory, 'lines.jsonl')
  await writeFile(file, lines.map(line => `${line}\n`).join(''))
  return (await odradek('import', '-b', bootstrapServers, file)).stderr
}

async function filled(broker: StartedBroker): Promise<void> {
  const { bootstrapServers } = broker
  const args = ['-b', bootstrapServers]
  const create = ['topic', 'create', 'orders', '-p', '2', '-c', 'max.message.bytes=100000']
  await odradek(...create, '-c', 'retention.ms=5', ...args)
  await broker.topic('orders').append([
    { key: 'a', value: { total: 12.5, text: 'ü\u2028' }, headers: { h: 'v' }, partition: 0 },
    { key: null, value: null, partition: 1, timestamp: 7 },
    { value: Buffer.from([0xff, 0]), partition: 0, headers: { b: Buffer.from([0xfe]) } },
    { key: '', value: '', partition: 0 },
    { key: '"text"', value: '1.0', partition: 1 },
  ])
  await odradek('produce', ...args, 'orders', 'in a transaction', '-p', '1', '--txn')
  await broker.topic('orders').append({ value: 'behind it', partition: 1 })
  const client = await connect({ bootstrapServers })
  const offsets = [
    { topic: 'orders', partition: 0, offset: 2, metadata: 'two' },
    { topic: 'orders', partition: 1, offset: 4 },
  ]
  await commitOffsets(client, { groupId: 'billing', generationId: -1, memberId: '' }, offsets)
  await client.close()
}

describe('export and import', () => {
  it('make the same of another broker', async () => {
    await using from = await startBroker()
    await using to = await startBroker()
    await filled(from)
    const lines = await exported(from)
    expect(lines[0]).toBe(
      '{"topic":"orders","partitions":2,' +
        '"config":{"max.message.bytes":"100000","retention.ms":"5"}}',
    )
    // The marker of the transaction has an offset, and is no record.
    expect(lines.at(-1)).toBe(
      '{"group":"billing","offsets":{"orders":[{"offset":2,"metadata":"two"},3]}}',
    )
    expect(lines).toHaveLength(1 + 7 + 1)
    expect(await imported(to, lines)).toEqual([
      'imported 1 topics, 7 records and the offsets of 1 groups',
    ])
    expect((await exported(to)).toSorted(inOrder)).toEqual(lines.toSorted(inOrder))
    expect((await to.group('billing').describe()).lag).toBe(2)
  })

  it('take some topics, and the offsets of those', async () => {
    await using broker = await startBroker()
    await filled(broker)
    await broker.topic('other').append({ value: 'x' })
    const lines = await exported(broker, 'oth*')
    expect(lines.map(line => Object.keys(JSON.parse(line) as object)[0])).toEqual([
      'topic',
      'topic',
    ])
    await expect(exported(broker, 'missing')).rejects.toThrow('missing')
  })

  it('add to what is there', async () => {
    await using broker = await startBroker({ topics: { orders: { partitions: 1 } } })
    await broker.topic('orders').append([{ value: 'mine' }])
    const lines = [
      '{"topic":"orders","partitions":1}',
      '{"topic":"orders","value":"theirs"}',
      '{"group":"g","offsets":{"orders":[1]}}',
    ]
    expect(await imported(broker, lines)).toEqual([
      'topic orders is there: records are added to it',
      'imported 0 topics, 1 records and the offsets of 1 groups',
    ])
    expect((await broker.group('g').describe()).lag).toBe(0)
  })

  it.each([
    ['{"topic":"t"', ':1: not JSON'],
    ['{"topic":"t","partitions":3}\n\n{"topic":"t","value":1,"partition":3}', ':3: t has no part'],
    ['{"topic":"t","config":{"retention.mss":1}}', ':1: topic t cannot be created'],
    ['{"topic":"there","partitions":3}', ':1: topic there is there with 1 partitions'],
    ['{"user":"a","password":"b"}', ':1: users are created with odradek user'],
    ['{"fault":{}}', ':1: faults are of odradek alone'],
  ])('refuse %s', async (text, message) => {
    await using broker = await startBroker({ topics: { there: { partitions: 1 } } })
    await expect(imported(broker, text.split('\n'))).rejects.toThrow(message)
  })
})

const inOrder = (a: string, b: string): number => (a < b ? -1 : 1)

it('finds offsets among those of others', () => {
  const offsets = new ImportedOffsets()
  for (const offset of [5, 6, 9]) offsets.see('t', 0, offset)
  const of = (records: number) => offsets.of({ topic: 't', partition: 0, offset: records })
  expect([0, 1, 2, 3].map(of)).toEqual([5, 6, 7, 10])
  expect(offsets.of({ topic: 't', partition: 1, offset: 4 })).toBe(4)
})
