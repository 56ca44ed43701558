/** Log directories as Apache Kafka leaves them, in small. compat-tests has real ones. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { crc32c } from '../protocol/crc32c.ts'
import { encodeMarker } from '../protocol/control-records.ts'
import { errors } from '../protocol/errors.ts'
import { batchesIn, batchSize, lastOffset, setBaseOffset } from '../protocol/record-batch.ts'
import { decodeRecords, encodeBatch, type NewBatch } from '../protocol/records.ts'
import { offsetFetch } from '../protocol/apis/09-offset-fetch.ts'
import { endTxn } from '../protocol/apis/26-end-txn.ts'
import { initProducerId } from '../protocol/apis/22-init-producer-id.ts'
import { encodeTransactionRecord } from '../protocol/transaction-records.ts'
import { Writer } from '../protocol/wire.ts'
import { run, start } from './cli/process.ts'
import { fetchFrom, produceTo } from './handlers/requests.ts'
import { RawClient } from './raw-client.ts'

const topicId = 'importimportimportim0A'
const topic = { name: 'orders', id: topicId }

let folder: string
let kafka: string
let data: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'odradek-import-'))
  kafka = path.join(folder, 'kafka')
  data = path.join(folder, 'data')
  await mkdir(kafka)
  await writeFile(path.join(kafka, '.kafka_cleanshutdown'), '')
  await writeFile(
    path.join(kafka, 'meta.properties'),
    'version=1\ncluster.id=kafkakafkakafkakafka01\n',
  )
})
afterEach(() => rm(folder, { recursive: true }))

function batch(
  baseOffset: number,
  values: readonly string[],
  fields: Partial<NewBatch> = {},
): Buffer {
  const records = values.map(value => ({ timestamp: 1000, key: null, value: Buffer.from(value) }))
  return encodeBatch({ records, baseOffset, partitionLeaderEpoch: 3, ...fields })
}

/** A partition's folder, with segments by their base offset. */
async function partition(
  name: string,
  segments: Record<number, readonly Buffer[]>,
  files: Record<string, string | Buffer> = {},
): Promise<void> {
  const directory = path.join(kafka, name)
  await mkdir(directory)
  for (const [base, batches] of Object.entries(segments)) {
    await writeFile(path.join(directory, `${base.padStart(20, '0')}.log`), Buffer.concat(batches))
  }
  const metadata = `version: 0\ntopic_id: ${topicId}\n`
  for (const [file, content] of Object.entries({ 'partition.metadata': metadata, ...files })) {
    await writeFile(path.join(directory, file), content)
  }
}

const importAll = (...args: string[]) => run(['log', 'import', kafka, '--data-dir', data, ...args])

/** What a client gets, 'offset value', and who is asked. */
async function served<T>(ask: (client: RawClient) => Promise<T>): Promise<T> {
  await using server = await start(['--data-dir', data])
  await using client = await RawClient.connect(`127.0.0.1:${server.port}`)
  return await ask(client)
}

async function consume(client: RawClient, index = 0, from = 0): Promise<string[]> {
  const found: string[] = []
  for (let offset = from; ;) {
    const { records, highWatermark, error } = await fetchFrom(client, topic, {
      partition: index,
      fetchOffset: offset,
    })
    expect(error).toBe('NONE')
    for (const bytes of records ?? []) {
      for (const at of batchesIn(bytes)) {
        const one = bytes.subarray(at, at + batchSize(bytes, at))
        for (const { offset, value } of decodeRecords(one, 1_000_000)) {
          found.push(`${offset} ${value!.toString()}`)
        }
        offset = lastOffset(one) + 1
      }
    }
    if (offset >= highWatermark) return found
  }
}

describe('odradek log import', { timeout: 30_000 }, () => {
  it('takes over segments, with their offsets', async () => {
    await partition('orders-0', {
      0: [batch(0, ['a', 'b'])],
      2: [batch(2, ['c']), batch(3, ['d'])],
    })
    await partition('orders-1', { 7: [batch(7, ['e'])] })
    const { code, stdout, stderr } = await importAll()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(
      'orders-0  offsets 0–4  2 segments, 3 batches, 4 records, 215 bytes\n' +
        'orders-1  offsets 7–8  1 segments, 1 batches, 1 records, 69 bytes\n' +
        'committed offsets: 0, of 0 groups\n',
    )
    expect(await run(['log', 'verify', data])).toMatchObject({ code: 0 })
    await served(async client => {
      expect(await consume(client)).toEqual(['0 a', '1 b', '2 c', '3 d'])
      expect(await consume(client, 1, 7)).toEqual(['7 e'])
      const { baseOffset } = await produceTo(client, topic, batch(0, ['f']))
      expect(baseOffset).toBe(4)
    })
  })

  it('takes over compacted logs, with gaps in and between segments', async () => {
    await partition('orders-0', {
      0: [batch(3, ['a']), batch(8, ['b'])],
      20: [batch(25, ['c'])],
      30: [],
    })
    expect((await importAll()).stdout).toMatch(/^orders-0 {2}offsets 0–30 /)
    expect((await run(['log', 'verify', data])).stdout).toMatch(/ {2}ok {2}offsets 0–30 /)
    await served(async client => {
      expect(await consume(client)).toEqual(['3 a', '8 b', '25 c'])
      expect((await produceTo(client, topic, batch(0, ['d']))).baseOffset).toBe(30)
    })
  })

  it('goes by the start offset, and leaves out what lies below it', async () => {
    await partition('orders-0', { 0: [batch(0, ['a'])], 1: [batch(1, ['b', 'c', 'd'])] })
    await writeFile(path.join(kafka, 'log-start-offset-checkpoint'), '0\n1\norders 0 2\n')
    expect((await importAll()).stdout).toMatch(/^orders-0 {2}offsets 2–4 {2}1 segments/)
    await served(async client => {
      const { error } = await fetchFrom(client, topic, { fetchOffset: 1 })
      expect(error).toBe('OFFSET_OUT_OF_RANGE')
      expect((await consume(client, 0, 2)).slice(1)).toEqual(['2 c', '3 d'])
    })
  })

  it('leaves out a torn tail, but no damage below what was synced', async () => {
    await rm(path.join(kafka, '.kafka_cleanshutdown'))
    const torn = [batch(0, ['a']), batch(1, ['b']).subarray(0, 65)]
    await partition('orders-0', { 0: torn })
    const { code, stdout } = await importAll()
    expect(code).toBe(0)
    expect(stdout).toMatch(/^note: Apache Kafka has not closed .*\norders-0 {2}offsets 0–1 .*\n/)
    expect(stdout).toContain('  left out: ')
    await rm(data, { recursive: true })
    await writeFile(path.join(kafka, 'recovery-point-offset-checkpoint'), '0\n1\norders 0 2\n')
    const refused = await importAll()
    expect(refused).toMatchObject({
      code: 1,
      stderr: 'odradek: topics that were not taken over: 1\n',
    })
    expect(refused.stdout).toMatch(
      /^orders {2}NOT TAKEN OVER: .*0000\.log is damaged at byte 69: /m,
    )
    expect(await readdir(path.join(data, 'topics'))).toEqual([])
  })

  it('recognises retries of idempotent producers, and gives nobody their ids', async () => {
    const producer = { producerId: 4321, producerEpoch: 2 }
    const now = Date.now()
    const own = (sequence: number, value: string): Buffer =>
      encodeBatch({
        records: [{ timestamp: now, key: null, value: Buffer.from(value) }],
        ...producer,
        baseSequence: sequence,
      })
    const stored = own(0, 'a')
    await partition('orders-0', { 0: [stored] })
    // Of this one nothing is left but Kafka's snapshot.
    const snapshot = producerSnapshot({
      producerId: 5000,
      epoch: 1,
      lastSequence: 9,
      lastOffset: 0,
      now,
    })
    await partition('orders-1', { 1: [] }, { '00000000000000000001.snapshot': snapshot })
    expect((await importAll()).code).toBe(0)
    await served(async client => {
      expect(await produceTo(client, topic, own(0, 'a'))).toMatchObject({
        error: 'NONE',
        baseOffset: 0,
      })
      expect(await produceTo(client, topic, own(1, 'b'))).toMatchObject({
        error: 'NONE',
        baseOffset: 1,
      })
      const gone = batch(0, ['c'], { producerId: 5000, producerEpoch: 1, baseSequence: 11 })
      expect((await produceTo(client, topic, gone, { partition: 1 })).error).toBe(
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
      )
      const ids = await client.request(initProducerId, 4, {
        transactionalId: null,
        transactionTimeoutMs: 60_000,
      })
      expect(ids.producerId).toBeGreaterThan(5000)
    })
  })

  it('lets groups go on at what they have committed, but not in aborted transactions', async () => {
    await partition('orders-0', { 0: [batch(0, ['a', 'b', 'c', 'd'])] })
    const commit = (
      group: string,
      offset: number | null,
      at: number,
      fields: Partial<NewBatch> = {},
    ) => encodeBatch({ records: [committed(group, offset)], baseOffset: at, ...fields })
    const own = { isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 }
    const marker = (type: number, at: number): Buffer =>
      encodeBatch({
        records: [{ timestamp: 1, key: Buffer.from([0, 0, 0, type]), value: Buffer.alloc(6) }],
        baseOffset: at,
        ...own,
        baseSequence: -1,
        isControl: true,
      })
    await partition('__consumer_offsets-0', {
      0: [
        commit('readers', 1, 0),
        commit('readers', 2, 1),
        commit('gone', 1, 2),
        commit('gone', null, 3),
        commit('readers', 4, 4, own),
        marker(0, 5),
        commit('writers', 3, 6, own),
        marker(1, 7),
      ],
    })
    expect((await importAll()).stdout).toContain('committed offsets: 2, of 2 groups\n')
    await served(async client => {
      for (const [groupId, offset] of [
        ['readers', 2],
        ['writers', 3],
        ['gone', -1],
      ] as const) {
        const topics = [{ name: 'orders', partitionIndexes: [0] }]
        const answer = await client.request(offsetFetch, 7, { groupId, topics })
        expect(answer.topics[0]!.partitions[0]!.committedOffset).toBe(offset)
      }
    })
  })

  describe('transactions', () => {
    const own = (producerId: number, isTransactional = true): Partial<NewBatch> => {
      return { producerId, producerEpoch: 0, baseSequence: 0, isTransactional }
    }
    const marker = (type: 'commit' | 'abort', producerId: number, at: number): Buffer => {
      const bytes = encodeMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 9 }, 1)
      setBaseOffset(bytes, 0, at)
      return bytes
    }

    /** One that was aborted, one that is committed, and one that is open. */
    async function written(): Promise<void> {
      await partition('orders-0', {
        0: [batch(0, ['a'], own(1)), batch(1, ['b'], own(2)), marker('abort', 1, 2)],
        3: [marker('commit', 2, 3), batch(4, ['c'], own(3)), batch(5, ['d'])],
      })
      const { key, value } = encodeTransactionRecord({
        transactionalId: 'mover',
        value: {
          producerId: 3,
          previousProducerId: -1,
          nextProducerId: -1,
          producerEpoch: 0,
          nextProducerEpoch: -1,
          transactionTimeoutMs: 60_000,
          transactionStatus: 1,
          transactionPartitions: [
            { topic: 'orders', partitionIds: [0] },
            { topic: '__consumer_offsets', partitionIds: [7] },
          ],
          transactionLastUpdateTimestampMs: Date.now(),
          transactionStartTimestampMs: Date.now(),
          clientTransactionVersion: 2,
        },
      })
      const log = [encodeBatch({ records: [{ timestamp: 1, key, value }] })]
      await partition('__transaction_state-11', { 0: log })
      const pending = encodeBatch({ records: [committed('readers', 5)], ...own(3) })
      await partition('__consumer_offsets-7', { 0: [pending] })
    }

    it('that were aborted or are open stay so, and open ones can be ended', async () => {
      await written()
      const { stdout } = await importAll()
      expect(stdout).toContain('\n  transactions: 1 aborted, 1 open\n')
      expect(stdout).toContain('\ntransactional ids: 1, 1 open\n')
      await served(async client => {
        const found = await fetchFrom(client, topic, {}, { isolationLevel: 1 })
        expect(found.lastStableOffset).toBe(4)
        expect(found.abortedTransactions).toEqual([{ producerId: 1, firstOffset: 0 }])
        const offsets = async (requireStable: boolean) => {
          const topics = [{ name: 'orders', partitionIndexes: [0] }]
          const groups = [{ groupId: 'readers', memberId: null, memberEpoch: -1, topics }]
          const answer = await client.request(offsetFetch, 9, { groups, requireStable })
          const [row] = answer.groups[0]!.topics[0]!.partitions
          return [row!.errorCode, row!.committedOffset]
        }
        expect(await offsets(true)).toEqual([errors.UNSTABLE_OFFSET_COMMIT, -1])
        const end = { transactionalId: 'mover', producerId: 3, producerEpoch: 0, committed: true }
        expect(await client.request(endTxn, 4, end)).toMatchObject({ errorCode: 0 })
        const later = async () => await fetchFrom(client, topic, {}, { isolationLevel: 1 })
        await expect.poll(async () => (await later()).lastStableOffset).toBe(7)
        expect((await later()).abortedTransactions).toHaveLength(1)
        await expect.poll(() => offsets(true)).toEqual([0, 5])
      })
    })

    it('that are open do not go where their producers are others', async () => {
      await written()
      await served(async client => {
        await client.request(initProducerId, 4, {
          transactionalId: null,
          transactionTimeoutMs: 60_000,
        })
      })
      const { code, stdout } = await importAll()
      expect(code).toBe(1)
      expect(stdout).toContain('orders  NOT TAKEN OVER: partition 0 of topic orders has open tran')
    })
  })

  it('keeps configs of topics, and says which mean nothing here', async () => {
    await partition('orders-0', { 0: [batch(0, ['a'])] })
    const config = (name: string, value: string): Buffer => {
      const writer = new Writer()
      for (const byte of [1, 4, 0, 2]) writer.int8(byte)
      for (const text of ['orders', name, value]) {
        writer.uvarint(text.length + 1)
        writer.raw(Buffer.from(text))
      }
      writer.uvarint(0)
      return Buffer.concat(writer.finish())
    }
    const records = [config('cleanup.policy', 'compact'), config('remote.storage.enable', 'true')]
    await partition('__cluster_metadata-0', {
      0: [encodeBatch({ records: records.map(value => ({ timestamp: 1, key: null, value })) })],
    })
    expect((await importAll()).stdout).toContain(
      'note: topic orders goes without remote.storage.enable=true: ',
    )
  })

  it.each<[string, () => Promise<void>, string]>([
    [
      'messages from before Kafka 0.11',
      async () => {
        const old = Buffer.alloc(40)
        old.writeInt32BE(28, 8)
        old[16] = 1
        await partition('orders-0', { 0: [old] })
      },
      'has messages of format v1',
    ],
    [
      'a compaction that did not end',
      () =>
        partition('orders-0', { 0: [batch(0, ['a'])] }, { '00000000000000000000.log.swap': '' }),
      'start Apache Kafka once more',
    ],
    [
      'partitions of two topics',
      async () => {
        await partition('orders-0', { 0: [batch(0, ['a'])] })
        const metadata = 'version: 0\ntopic_id: otherotherotherother0A\n'
        await partition('orders-1', { 0: [] }, { 'partition.metadata': metadata })
      },
      'are of two topics',
    ],
  ])('refuses %s', async (_, prepare, reason) => {
    await prepare()
    const { code, stdout } = await importAll()
    expect(code).toBe(1)
    expect(stdout).toContain(reason)
    expect(await readdir(path.join(data, 'topics'))).toEqual([])
  })

  it('does not import twice, nor over another topic', async () => {
    await partition('orders-0', { 0: [batch(0, ['a'])] })
    expect((await importAll()).code).toBe(0)
    expect((await importAll()).stdout).toContain('partition 0 of topic orders is there already')
    const metadata = path.join(kafka, 'orders-0', 'partition.metadata')
    await writeFile(metadata, (await readFile(metadata, 'utf8')).replace('import', 'export'))
    expect((await importAll()).stdout).toContain('there is another topic orders')
    await served(async client => expect(await consume(client)).toEqual(['0 a']))
  })

  it('takes other partitions of a topic from another directory', async () => {
    await partition('orders-0', { 0: [batch(0, ['a'])] })
    expect((await importAll()).code).toBe(0)
    await rm(path.join(kafka, 'orders-0'), { recursive: true })
    await partition('orders-1', { 0: [batch(0, ['b'])] })
    expect((await importAll('--json')).stdout.split('\n')[0]).toContain('"partition":1')
    await served(async client => {
      expect([...(await consume(client)), ...(await consume(client, 1))]).toEqual(['0 a', '0 b'])
    })
  })

  it('leaves the data of a running broker, and of Apache Kafka, alone', async () => {
    await partition('orders-0', { 0: [batch(0, ['a'])] })
    await using server = await start(['--data-dir', data])
    const message = `is in use by process ${server.pid}`
    expect(await importAll()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(message) as string,
    })
    for (const command of ['verify', 'repair']) {
      for (const directory of [kafka, path.join(kafka, 'orders-0')]) {
        expect(await run(['log', command, directory])).toMatchObject({
          code: 2,
          stderr: `odradek: ${directory} belongs to Apache Kafka: see odradek log import --help\n`,
        })
      }
    }
  })

  it.each([
    [[], "missing required argument 'directory'"],
    [['/nowhere'], 'cannot read /nowhere: there is no such file or directory'],
    [['package.json'], 'cannot read package.json: it is not a directory'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await run(['log', 'import', ...args])
    expect({ code, stderr }).toEqual({ code: 2, stderr: `odradek: ${message}\n` })
  })

  it('refuses a directory without topics', async () => {
    expect(await importAll()).toMatchObject({
      code: 2,
      stderr: `odradek: no topics in ${kafka}: name a directory of log.dirs\n`,
    })
  })
})

/** A record of __consumer_offsets, in version 3; of null, one that deletes. */
function committed(group: string, offset: number | null) {
  const key = new Writer()
  key.int16(1)
  for (const text of [group, 'orders']) writeString(key, text)
  key.int32(0)
  const value = new Writer()
  value.int16(3)
  value.int64(offset ?? 0)
  value.int32(-1)
  writeString(value, '')
  value.int64(1000)
  return {
    timestamp: 1000,
    key: Buffer.concat(key.finish()),
    value: offset === null ? null : Buffer.concat(value.finish()),
  }
}

function writeString(writer: Writer, text: string): void {
  writer.int16(text.length)
  writer.raw(Buffer.from(text))
}

interface SnapshotEntry {
  producerId: number
  epoch: number
  lastSequence: number
  lastOffset: number
  now: number
}

function producerSnapshot({ producerId, epoch, lastSequence, lastOffset, now }: SnapshotEntry) {
  const body = new Writer()
  body.int32(1)
  body.int64(producerId)
  body.int16(epoch)
  body.int32(lastSequence)
  body.int64(lastOffset)
  body.int32(0)
  body.int64(now)
  body.int32(-1)
  body.int64(-1)
  const bytes = Buffer.concat(body.finish())
  const head = Buffer.alloc(6)
  head.writeInt16BE(1)
  head.writeUInt32BE(crc32c(bytes), 2)
  return Buffer.concat([head, bytes])
}
