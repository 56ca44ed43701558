/** What takes more than one API to show, and what only storage can bring about. */
import { newPartitionRow } from '../src/replicas.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { produce } from '../protocol/apis/00-produce.ts'
import { fetch } from '../protocol/apis/01-fetch.ts'
import { listOffsets } from '../protocol/apis/02-list-offsets.ts'
import { metadata } from '../protocol/apis/03-metadata.ts'
import { apiVersions } from '../protocol/apis/18-api-versions.ts'
import { partitionLeaderEpoch } from '../protocol/record-batch.ts'
import { StorageError, type LogStore, type PartitionLog } from '../storage/partition-log.ts'
import { MemoryStorage } from './handlers/memory-storage.ts'
import { batchOf } from './handlers/batches.ts'
import { fetchFrom, fetchRequest, produceRequest, produceTo } from './handlers/requests.ts'
import { latest, named, newTopic, onKafka, useBroker, type TestTopic } from './handlers/wire.ts'
import { RawClient, requestFrame } from './raw-client.ts'

const batch = batchOf(['one'])

async function listed(client: RawClient, { name }: TestTopic, timestamp: number, epoch = -1) {
  const partition = { partitionIndex: 0, timestamp, currentLeaderEpoch: epoch }
  const { topics } = await client.request(listOffsets, latest(listOffsets), {
    replicaId: -1,
    topics: [{ name, partitions: [partition] }],
  })
  return named(topics[0]!.partitions[0]!)
}

describe('a connection with requests in flight', () => {
  const wire = useBroker()

  it('answers all kinds in their order (Kafka: SocketServer)', async () => {
    const client = await wire.connect()
    const topic = await wire.newTopic()
    const produced = produceRequest(topic, [{ index: 0, records: batch }])
    const frames: ((id: number) => Buffer)[] = [
      id => requestFrame(produce, 13, produced, id),
      id => requestFrame(produce, 13, { ...produced, acks: 1 }, id),
      id => requestFrame(fetch, 13, fetchRequest(topic, [{}], { maxWaitMs: 5 }), id),
      id => requestFrame(metadata, 12, { topics: null }, id),
      id => requestFrame(apiVersions, 0, {}, id),
    ]
    const ids = Array.from({ length: 50 }, (_, id) => id)
    const replies = await Promise.all(ids.map(id => client.exchange(frames[id % 5]!(id))))
    expect(replies.map(reply => reply.readInt32BE(0))).toEqual(ids)
    expect((await fetchFrom(client, topic)).highWatermark).toBe(20)
  })

  it('lets each request see what those before it did', async () => {
    const client = await wire.connect()
    const topic = await wire.newTopic()
    const answers = Array.from({ length: 20 }, async () => {
      const [produced, fetched] = [produceTo(client, topic, batch), fetchFrom(client, topic)]
      return [(await produced).baseOffset, (await fetched).highWatermark]
    })
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 20 }, (_, i) => [i, i + 1]))
  })
})

describe.skipIf(onKafka)(
  'a broker over storage that it finds (skipped on Apache Kafka: its own storage)',
  () => {
    const cleanups: (() => Promise<void>)[] = []
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
    })

    async function start(storage: MemoryStorage) {
      const broker = await storage.start()
      cleanups.push(() => broker.close())
      const client = await RawClient.connect(broker.bootstrapServers)
      cleanups.push(() => client[Symbol.asyncDispose]())
      return client
    }

    async function stop(): Promise<void> {
      for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
    }

    /** The topic is there, with these leader epochs by first offset, when a broker starts. */
    function storeTopic(storage: MemoryStorage, topic: TestTopic, starts: [number, number][]) {
      const epochs = starts.map(([epoch, startOffset]) => ({ epoch, startOffset }))
      const value = {
        id: topic.id,
        partitions: [{ ...newPartitionRow([0]), epochs }],
        configs: {},
      }
      return storage.commit([{ kind: 'topic', key: topic.name, value }])
    }

    it('fences clients that know an older leader epoch (KIP-320)', async () => {
      const storage = new MemoryStorage()
      const topic = { name: 'topic', id: 'AAAAAAAAAAAAAAAAAAAAAQ' }
      await storeTopic(storage, topic, [[3, 0]])
      const client = await start(storage)
      for (const [epoch, error] of [
        [0, 'FENCED_LEADER_EPOCH'],
        [2, 'FENCED_LEADER_EPOCH'],
        [3, 'NONE'],
        [-1, 'NONE'],
        [4, 'UNKNOWN_LEADER_EPOCH'],
      ] as const) {
        const fetched = await fetchFrom(client, topic, { currentLeaderEpoch: epoch })
        expect(fetched.error).toBe(error)
        for (const timestamp of [-1, -2, 0]) {
          expect((await listed(client, topic, timestamp, epoch)).error).toBe(error)
        }
      }
      const { topics } = await client.request(metadata, 12, { topics: null })
      expect(topics[0]!.partitions[0]!.leaderEpoch).toBe(3)
    })

    it('tells of each record under which leader epoch it was appended (KIP-320)', async () => {
      const storage = new MemoryStorage()
      const topic = { name: 'topic', id: 'AAAAAAAAAAAAAAAAAAAAAQ' }
      const starts: [number, number][] = []
      for (const leaderEpoch of [0, 1]) {
        starts.push([leaderEpoch, 2 * leaderEpoch])
        await storeTopic(storage, topic, starts)
        const client = await start(storage)
        await produceTo(client, topic, batchOf(['one', 'two']))
        await stop()
      }
      await storeTopic(storage, topic, [...starts, [5, 4]])
      const client = await start(storage)
      const { records } = await fetchFrom(client, topic)
      const bytes = Buffer.concat([...records!])
      expect(partitionLeaderEpoch(bytes)).toBe(0)
      expect(partitionLeaderEpoch(bytes, bytes.length / 2)).toBe(1)
      expect(await listed(client, topic, -2)).toMatchObject({ offset: 0, leaderEpoch: 0 })
      expect(await listed(client, topic, 0)).toMatchObject({ offset: 0, leaderEpoch: 0 })
      expect(await listed(client, topic, -3)).toMatchObject({ offset: 1, leaderEpoch: 0 })
      expect(await listed(client, topic, -1)).toMatchObject({ offset: 4, leaderEpoch: 5 })
    })

    it('serves nothing of a damaged partition, and everything else', async () => {
      const storage = new MemoryStorage()
      const before = await start(storage)
      const [damaged, whole] = [await newTopic(before), await newTopic(before)]
      for (const topic of [damaged, whole]) await produceTo(before, topic, batch)
      await stop()
      storage.logs = opening(storage.logs, async ({ topicId }, open) => {
        if (topicId === damaged.id) throw new StorageError('damaged')
        return open()
      })
      const client = await start(storage)
      const error = 'KAFKA_STORAGE_ERROR'
      const long = { maxWaitMs: 600_000 }
      expect((await produceTo(client, damaged, batch)).error).toBe(error)
      expect((await produceTo(client, damaged, batch, { acks: 1 })).error).toBe(error)
      for (const fetchOffset of [0, 1, 99]) {
        expect((await fetchFrom(client, damaged, { fetchOffset }, long)).error).toBe(error)
      }
      for (const timestamp of [-1, -2, -3, -4, 0]) {
        expect(await listed(client, damaged, timestamp)).toMatchObject({ error, offset: -1 })
      }
      expect(await produceTo(client, whole, batch)).toMatchObject({ error: 'NONE', baseOffset: 1 })
      expect(await fetchFrom(client, whole)).toMatchObject({ error: 'NONE', highWatermark: 2 })
    })

    it('answers a bug of its own, and goes on (Kafka: KafkaApis.handle)', async () => {
      const storage = new MemoryStorage()
      storage.logs = opening(storage.logs, async (_, open) => {
        const { log, ...opened } = await open()
        return { log: withBugs(log), ...opened }
      })
      const client = await start(storage)
      const topic = await newTopic(client)
      const error = 'UNKNOWN_SERVER_ERROR'
      expect((await produceTo(client, topic, batch)).error).toBe(error)
      expect((await listed(client, topic, 0)).error).toBe(error)
      expect((await client.request(apiVersions, 0, {})).errorCode).toBe(0)
    })
  },
)

type Open = LogStore['open']

/** The store, with another way to open logs. */
function opening(
  logs: LogStore,
  open: (id: Parameters<Open>[0], proceed: () => ReturnType<Open>) => ReturnType<Open>,
): LogStore {
  return { ...logs, open: (id, config) => open(id, () => logs.open(id, config)) }
}

function withBugs(log: PartitionLog): PartitionLog {
  const bug = async (): Promise<never> => {
    throw new TypeError('undefined is not a function')
  }
  return Object.assign(log, { append: bug, offsetForTimestamp: bug })
}
