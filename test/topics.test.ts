import { describe, expect, it, vi } from 'vitest'
import { errorName, KafkaError } from '../protocol/errors.ts'
import { parseBatchHeader } from '../protocol/record-batch.ts'
import { encodeBatch } from '../protocol/records.ts'
import { createConfig } from '../src/config.ts'
import { silentLogger } from '../src/logger.ts'
import { systemRandom } from '../src/random.ts'
import { withLeader } from '../src/replicas.ts'
import { storedProducers } from '../src/partitions/producer-rows.ts'
import { Topics, type Topic } from '../src/topics.ts'
import { createMemoryLogStore } from '../storage/memory/log.ts'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import type {
  AbortedTransactionsRow,
  Change,
  MetadataStore,
  ProducersRow,
  TopicRow,
} from '../storage/metadata-store.ts'
import { StorageError, type LogStore } from '../storage/partition-log.ts'
import { ManualClock } from './doubles/manual-clock.ts'

/** Storage that outlives the topics over it, and notes what is asked of it. */
class Storage {
  readonly metadata: MetadataStore = createMemoryMetadataStore()
  logs: LogStore = createMemoryLogStore(() => 0)
  readonly deleted: string[] = []

  async open(
    onDelete: (topic: Topic) => Change[] = () => [],
    nodeIds: readonly number[] = [0],
  ): Promise<Topics> {
    const logs: LogStore = {
      ...this.logs,
      delete: async topicId => {
        this.deleted.push(topicId)
        await this.logs.delete(topicId)
      },
    }
    const topics = new Topics({
      config: createConfig([]).config,
      cluster: { nodeIds, liveIds: nodeIds },
      metadata: this.metadata,
      logs,
      clock: new ManualClock(),
      random: systemRandom,
      logger: silentLogger,
      onDelete,
    })
    const rows = new Map<string, TopicRow>()
    const producers = new Map<string, ProducersRow>()
    const abortedTransactions = new Map<string, AbortedTransactionsRow>()
    const deletedIds: string[] = []
    for (const { kind, key, value } of await this.rows()) {
      if (kind === 'topic') rows.set(key, value as TopicRow)
      if (kind === 'producers') producers.set(key, value as ProducersRow)
      if (kind === 'abortedTransactions')
        abortedTransactions.set(key, value as AbortedTransactionsRow)
      if (kind === 'deletedTopic') deletedIds.push(key)
    }
    await topics.load(rows, storedProducers({ producers, abortedTransactions }), deletedIds)
    return topics
  }

  async rows(): Promise<Change[]> {
    return Array.fromAsync(this.metadata.load())
  }
}

const plain = { replicas: [[0], [0]], overrides: {} }

async function errorOf(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'NONE'
  } catch (error) {
    if (error instanceof KafkaError) return errorName(error.code)
    throw error
  }
}

function produce(topic: Topic, fields: object = {}) {
  const records = [{ timestamp: 0, key: null, value: Buffer.from('v') }]
  const batch = encodeBatch({ records, ...fields })
  const options = { acks: -1, logAppendTime: false }
  return topic.partitions[0]!.append(batch, parseBatchHeader(batch), options)
}

describe('topics', () => {
  it('are usable when they are created, by name and by id', async () => {
    const topics = await new Storage().open()
    const topic = await topics.create({ name: 'orders', ...plain })
    expect(topics.get('orders')).toBe(topic)
    expect(topics.getById(topic.id)).toBe(topic)
    expect(topic.partitions.map(({ index }) => index)).toEqual([0, 1])
    expect(await produce(topic)).toMatchObject({ baseOffset: 0 })
  })

  it('come back as they were', async () => {
    const storage = new Storage()
    const first = await storage.open()
    const overrides = { 'cleanup.policy': 'compact', 'max.message.bytes': '5' }
    const created = await first.create({ name: 'orders', ...plain, overrides })
    await produce(created, { producerId: 1, producerEpoch: 0, baseSequence: 0 })
    await first.close()
    const topic = (await storage.open()).get('orders')!
    expect(topic).toMatchObject({ id: created.id, overrides, config: { maxMessageBytes: 5 } })
    expect(topic.partitions[0]!.highWatermark).toBe(1)
    const gap = { producerId: 1, producerEpoch: 0, baseSequence: 7 }
    expect(await errorOf(async () => produce(topic, gap))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
  })

  it.each([
    ['', 'INVALID_TOPIC_EXCEPTION'],
    ['.', 'INVALID_TOPIC_EXCEPTION'],
    ['..', 'INVALID_TOPIC_EXCEPTION'],
    ['a/b', 'INVALID_TOPIC_EXCEPTION'],
    ['ä', 'INVALID_TOPIC_EXCEPTION'],
    ['a'.repeat(250), 'INVALID_TOPIC_EXCEPTION'],
    ['a'.repeat(249), 'NONE'],
    ['__proto__', 'NONE'],
    ['constructor', 'NONE'],
    ['taken', 'TOPIC_ALREADY_EXISTS'],
    ['a.b', 'INVALID_TOPIC_EXCEPTION'],
    ['a_b', 'TOPIC_ALREADY_EXISTS'],
  ])('named %j: %s', async (name, error) => {
    const topics = await new Storage().open()
    await topics.create({ name: 'taken', ...plain })
    await topics.create({ name: 'a_b', ...plain })
    expect(await errorOf(() => topics.checkNew(name))).toBe(error)
    expect(await errorOf(() => topics.getOrCreate(name))).toBe(
      error === 'TOPIC_ALREADY_EXISTS' ? 'NONE' : error,
    )
  })

  it('may be alike when they are created together, and go one by one', async () => {
    const topics = await new Storage().open()
    const names = ['a.b', 'a_b']
    for (const name of names) topics.checkNew(name)
    const [first] = await Promise.all(names.map(name => topics.create({ name, ...plain })))
    await topics.delete(first!)
    expect(await errorOf(() => topics.checkNew('a.b'))).toBe('INVALID_TOPIC_EXCEPTION')
    await topics.delete(topics.get('a_b')!)
    expect(await errorOf(() => topics.checkNew('a.b'))).toBe('NONE')
  })

  it('are created once when many ask for them at the same time', async () => {
    const topics = await new Storage().open()
    const names = Array.from({ length: 20 }, () => 'orders')
    const created = await Promise.all(names.map(name => topics.getOrCreate(name)))
    expect(new Set(created.map(({ id }) => id)).size).toBe(1)
    expect(await errorOf(() => topics.create({ name: 'orders', ...plain }))).toBe(
      'TOPIC_ALREADY_EXISTS',
    )
  })

  it('are refused while another request creates them', async () => {
    const topics = await new Storage().open()
    const first = topics.create({ name: 'orders', ...plain })
    expect(await errorOf(() => topics.create({ name: 'orders', ...plain }))).toBe(
      'TOPIC_ALREADY_EXISTS',
    )
    await first
  })

  it('can be tried again when their storage failed', async () => {
    const storage = new Storage()
    const working = storage.logs
    let fails = true
    storage.logs = {
      ...working,
      open: (id, config) => {
        if (fails) return Promise.reject(new Error('no'))
        return working.open(id, config)
      },
    }
    const topics = await storage.open()
    await expect(topics.create({ name: 'orders', ...plain })).rejects.toThrow('no')
    fails = false
    expect(await errorOf(() => topics.create({ name: 'orders', ...plain }))).toBe('NONE')
  })

  it('are gone with all their rows when they are deleted', async () => {
    const storage = new Storage()
    const first = await storage.open()
    const offset: Change = { kind: 'offset', key: 'o', value: null }
    await first.create({ name: 'orders', ...plain })
    await produce(first.get('orders')!)
    await first.close()
    const topics = await storage.open(() => [offset])
    const topic = topics.get('orders')!
    await topics.delete(topic)
    expect([topics.get('orders'), topics.getById(topic.id), topics.all()]).toEqual([
      undefined,
      undefined,
      [],
    ])
    await topics.close()
    expect(storage.deleted).toEqual([topic.id])
    expect(await storage.rows()).toEqual([])
  })

  it('start empty and with another id when they are created again', async () => {
    const topics = await new Storage().open()
    const first = await topics.create({ name: 'orders', ...plain })
    await produce(first)
    await topics.delete(first)
    const second = await topics.create({ name: 'orders', ...plain })
    expect(second.id).not.toBe(first.id)
    expect(second.partitions[0]!.highWatermark).toBe(0)
    expect(await errorOf(async () => produce(first))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  it('whose deletion a crash interrupted are deleted at the next start', async () => {
    const storage = new Storage()
    await storage.metadata.commit([{ kind: 'deletedTopic', key: 'some-id', value: {} }])
    await storage.open()
    expect([storage.deleted, await storage.rows()]).toEqual([['some-id'], []])
  })

  it('have a partition offline when its log is damaged, and the others serve', async () => {
    const storage = new Storage()
    const topics = await storage.open()
    await topics.create({ name: 'orders', ...plain })
    await topics.close()
    const working = storage.logs
    storage.logs = {
      ...working,
      open: (id, config) =>
        id.partition === 1 ? Promise.reject(new StorageError('damaged')) : working.open(id, config),
    }
    const topic = (await storage.open()).get('orders')!
    expect(topic.partitions.map(({ isOffline }) => isOffline)).toEqual([false, true])
  })

  it('take no records while a leader epoch is stored: it begins where its row says', async () => {
    const storage = new Storage()
    const { metadata } = storage
    const topics = await storage.open()
    const topic = await topics.create({ name: 'orders', ...plain })
    await produce(topic)
    const nextEpoch = (): Promise<void> =>
      topics.update(topic, row => ({
        ...row,
        partitions: row.partitions.map(partition => {
          return withLeader(partition, 0, topic.partitions[0]!.endOffset)
        }),
      }))
    const commit = vi.spyOn(metadata, 'commit')
    const stored = Promise.withResolvers<void>()
    commit.mockReturnValueOnce(stored.promise)
    const updated = nextEpoch()
    await vi.waitFor(() => expect(commit).toHaveBeenCalledTimes(1))
    expect(await errorOf(async () => produce(topic))).toBe('NOT_LEADER_OR_FOLLOWER')
    stored.reject(new StorageError('disk full'))
    await expect(updated).rejects.toThrow('disk full')
    expect(topic.partitions[0]!.leaderEpoch).toBe(0)
    expect(await produce(topic)).toMatchObject({ baseOffset: 1 })

    await nextEpoch()
    expect(topic.partitions[0]!.row.epochs).toEqual([
      { epoch: 0, startOffset: 0 },
      { epoch: 1, startOffset: 2 },
    ])
    expect(await produce(topic)).toMatchObject({ baseOffset: 2 })
  })

  it('are not stored again when nothing changes', async () => {
    const storage = new Storage()
    const topics = await storage.open()
    const topic = await topics.create({ name: 'orders', ...plain })
    const commit = vi.spyOn(storage.metadata, 'commit')
    await topics.update(topic, row => row)
    expect(commit).not.toHaveBeenCalled()
  })

  it('from before there were replicas are led by the first node, in a new epoch', async () => {
    const storage = new Storage()
    const partition = { replicas: [], isr: [], adding: [], removing: [], leader: -1 }
    const epochs = [{ epoch: 3, startOffset: 0 }]
    const value = { id: systemRandom.id(), partitions: [{ ...partition, epochs }], configs: {} }
    await storage.metadata.commit([{ kind: 'topic', key: 'old', value }])
    const { partitions } = (await storage.open(undefined, [5, 6])).get('old')!
    expect(partitions[0]!.row).toMatchObject({ replicas: [5], isr: [5], leader: 5 })
    expect(partitions[0]!.leaderEpoch).toBe(4)
  })

  it('have a higher leader epoch after a torn tail was cut (KIP-320)', async () => {
    const storage = new Storage()
    const topics = await storage.open()
    await topics.create({ name: 'orders', ...plain })
    await topics.close()
    const working = storage.logs
    storage.logs = {
      ...working,
      open: async (id, config) => {
        const { log } = await working.open(id, config)
        return { log, truncated: id.partition === 0, checkedBytes: 0 }
      },
    }
    await storage.open()
    storage.logs = working
    const topic = (await storage.open()).get('orders')!
    expect(topic.partitions.map(({ leaderEpoch }) => leaderEpoch)).toEqual([1, 0])
  })
})
