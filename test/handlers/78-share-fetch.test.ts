import { describe, expect, it } from 'vitest'
import { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import { shareFetch } from '../../protocol/apis/78-share-fetch.ts'
import { baseOffset, batchesIn } from '../../protocol/record-batch.ts'
import { batchOf } from './batches.ts'
import { produceTo } from './requests.ts'
import { newGroup, ShareConsumer, type Batch, type FetchFields } from './share-requests.ts'
import { initialize, newShare, read, remove } from './share-states.ts'
import {
  differs,
  latest,
  named,
  uniqueName,
  useBroker,
  versionsOf,
  type TestTopic,
} from './wire.ts'

const wire = useBroker()
const three = batchOf(['a', 'b', 'c'])
const atOnce = { maxWaitMs: 0 }
const unknownId = 'AAAAAAAAAAAAAAAAAAAAZQ'

/** A group, its topic with some batches of three records, and a consumer of partition 0. */
async function consumerOf(batches: number, options: Parameters<typeof newGroup>[1] = {}) {
  const group = await newGroup(wire, options)
  for (let i = 0; i < batches; i++) await produceTo(wire.client, group.topic, three)
  return { ...group, consumer: new ShareConsumer(wire.client, group) }
}

async function setOnGroup(groupId: string, name: string, value: string): Promise<void> {
  const configs = [{ name, configOperation: 0, value }]
  const { responses } = await wire.client.request(
    incrementalAlterConfigs,
    latest(incrementalAlterConfigs),
    { resources: [{ resourceType: 32, resourceName: groupId, configs }], validateOnly: false },
  )
  expect(named(responses[0]!).error).toBe('NONE')
}

async function deleteBefore({ name }: TestTopic, offset: number): Promise<void> {
  const topics = [{ name, partitions: [{ partitionIndex: 0, offset }] }]
  await wire.client.request(deleteRecords, latest(deleteRecords), { topics, timeoutMs: 5000 })
}

function offsetsIn(records: Buffer): number[] {
  return Array.from(batchesIn(records), at => baseOffset(records, at))
}

describe('ShareFetch', () => {
  it.each(versionsOf(shareFetch))('v%i acquires records', async version => {
    const { consumer } = await consumerOf(2)
    const answer = await consumer.request({ 0: [] }, {}, version)
    expect(answer).toMatchObject({
      errorCode: 0,
      errorMessage: null,
      acquisitionLockTimeoutMs: 30_000,
      nodeEndpoints: [],
    })
    expect(answer.responses[0]!.partitions).toMatchObject([
      {
        partitionIndex: 0,
        errorCode: 0,
        errorMessage: null,
        acknowledgeErrorCode: 0,
        acknowledgeErrorMessage: null,
        currentLeader: { leaderId: 0, leaderEpoch: 0 },
        acquiredRecords: [{ firstOffset: 0, lastOffset: 5, deliveryCount: 1 }],
      },
    ])
    const records = answer.responses[0]!.partitions[0]!.records ?? []
    expect(offsetsIn(Buffer.concat([...records]))).toEqual([0, 3])
  })

  it('gives each record to one consumer at a time', async () => {
    const { consumer, ...group } = await consumerOf(2)
    const other = new ShareConsumer(await wire.connect(), group)
    expect(await consumer.acquire({ maxRecords: 3 })).toEqual([[0, 2, 1]])
    expect(await other.acquire({ maxRecords: 3 })).toEqual([[3, 5, 1]])
    expect(await consumer.acquireNow()).toEqual([])
  })

  it('gives whole batches, and more than maxRecords with the last one', async () => {
    const { consumer } = await consumerOf(3)
    expect(await consumer.acquire({ maxRecords: 4 })).toEqual([[0, 5, 1]])
    expect(await consumer.acquire({ maxRecords: 1 })).toEqual([[6, 8, 1]])
  })

  it('gives no more than maxRecords where it is told so (KIP-1206)', async () => {
    const { consumer } = await consumerOf(2)
    const strict = { shareAcquireMode: 1 }
    expect(await consumer.acquire({ ...strict, maxRecords: 4 })).toEqual([[0, 3, 1]])
    expect(await consumer.acquire({ ...strict, maxRecords: 1 })).toEqual([[4, 4, 1]])
    expect(await consumer.acquire({ ...strict, maxRecords: 5 })).toEqual([[5, 5, 1]])
  })

  it('gives pieces of batchSize records, between the batches of the log', async () => {
    const { consumer } = await consumerOf(4)
    expect(await consumer.acquire({ batchSize: 4 })).toEqual([
      [0, 5, 1],
      [6, 11, 1],
    ])
  })

  it('sends only the batches with records that were acquired', async () => {
    const { consumer } = await consumerOf(3)
    const told = await consumer.fetch({ 0: [] }, { maxRecords: 3 })
    expect(offsetsIn(told.get(0)!.records)).toEqual([0])
    await consumer.acknowledge([[1, 1, 2]])
    const again = await consumer.fetch({}, { maxRecords: 1 })
    expect(again.get(0)!.acquired).toEqual([[1, 1, 2]])
    expect(offsetsIn(again.get(0)!.records)).toEqual([0])
  })

  it('takes acknowledgements along', async () => {
    const { consumer, groupId, topic } = await consumerOf(2)
    await consumer.acquire({ maxRecords: 3 })
    const told = await consumer.fetch({ 0: [[0, 2, 1, 2, 3]] }, { maxRecords: 500 })
    expect(told.get(0)!.acknowledgeError).toBe('NONE')
    // What is released is there again when that is stored: with this answer, or the next one.
    const next = await consumer.acquireNow()
    expect([...told.get(0)!.acquired, ...next].toSorted(([a], [b]) => a - b)).toEqual([
      [1, 1, 2],
      [3, 5, 1],
    ])
    expect(await read(wire.client, { groupId, topicId: topic.id, partition: 0 })).toMatchObject({
      startOffset: 0,
      stateBatches: [
        { firstOffset: 0, lastOffset: 0, deliveryState: 2, deliveryCount: 1 },
        { firstOffset: 1, lastOffset: 1, deliveryState: 0, deliveryCount: 1 },
        { firstOffset: 2, lastOffset: 2, deliveryState: 4, deliveryCount: 1 },
      ],
    })
  })

  it.each<[string, readonly Batch[], string]>([
    ['of records that were accepted', [[0, 0, 1]], 'INVALID_RECORD_STATE'],
    ['of records that were never delivered', [[6, 8, 1]], 'INVALID_REQUEST'],
    ['that ends behind what was delivered', [[1, 6, 1]], 'INVALID_REQUEST'],
    ['that ends before it begins', [[2, 1, 1]], 'INVALID_REQUEST'],
    [
      'that goes back',
      [
        [2, 2, 1],
        [1, 1, 1],
      ],
      'INVALID_REQUEST',
    ],
    [
      'of one record twice',
      [
        [1, 2, 1],
        [2, 2, 1],
      ],
      'INVALID_RECORD_STATE',
    ],
    ['without a type', [[1, 2]], 'INVALID_REQUEST'],
    ['with too few types', [[0, 2, 1, 1]], 'INVALID_REQUEST'],
    ['with too many types', [[1, 1, 1, 1]], 'INVALID_REQUEST'],
    ['of type 5', [[1, 1, 5]], 'INVALID_REQUEST'],
    ['of type -1', [[1, 1, -1]], 'INVALID_REQUEST'],
    ['that renews without saying so', [[1, 1, 4]], 'INVALID_REQUEST'],
  ])('refuses an acknowledgement %s, as a whole', async (_, batches, error) => {
    const { consumer } = await consumerOf(2)
    await consumer.acquire({ maxRecords: 6 })
    expect(
      await consumer.acknowledge([
        [1, 1, 2],
        [3, 3, 1],
      ]),
    ).toBe('NONE')
    await consumer.acquireNow()
    if (error === 'INVALID_RECORD_STATE' && batches.length === 1) {
      const told = await consumer.fetch({ 0: [[3, 3, 1]] }, atOnce)
      expect(told.get(0)!.acknowledgeError).toBe(error)
      return
    }
    const told = await consumer.fetch({ 0: batches }, atOnce)
    expect(told.get(0)).toMatchObject({ error: 'NONE', acknowledgeError: error })
    expect(await consumer.acknowledge([[1, 2, 1]])).toBe('NONE')
  })

  it('takes no acknowledgements along with the first request', async () => {
    const { consumer } = await consumerOf(1)
    const answer = await consumer.request({ 0: [[0, 0, 1]] })
    expect(named(answer)).toMatchObject({ error: 'INVALID_REQUEST', acquisitionLockTimeoutMs: 0 })
  })
})

describe('a share session', () => {
  it('names in its first answer all that may be acquired, later only what is new', async () => {
    const { consumer, topic } = await consumerOf(0, { partitions: 2 })
    const first = await consumer.fetch({ 0: [], 1: [] }, { ...atOnce, minBytes: 0 })
    expect(new Set(first.keys())).toEqual(new Set([0, 1]))
    expect((await consumer.fetch({}, { ...atOnce, minBytes: 0 })).size).toBe(0)
    await produceTo(wire.client, topic, three, { partition: 1 })
    expect([...(await consumer.fetch({}))]).toMatchObject([[1, { acquired: [[0, 2, 1]] }]])
  })

  it('names what is added, once', async () => {
    const { consumer } = await consumerOf(0, { partitions: 2 })
    await consumer.fetch({ 0: [] }, atOnce)
    const nothing = { ...atOnce, minBytes: 0 }
    expect([...(await consumer.fetch({ 1: [] }, nothing)).keys()]).toEqual([1])
    expect((await consumer.fetch({ 1: [] }, nothing)).size).toBe(0)
  })

  it('forgets what it is told to', async () => {
    const { consumer, topic } = await consumerOf(1)
    const forgottenTopicsData = [{ topicId: topic.id, partitions: [0] }]
    await consumer.fetch({ 0: [] }, { maxRecords: 0 })
    expect((await consumer.fetch({}, { ...atOnce, forgottenTopicsData })).size).toBe(0)
    expect((await consumer.fetch({}, atOnce)).size).toBe(0)
    expect((await consumer.fetch({ 0: [] })).get(0)!.acquired).toEqual([[0, 2, 1]])
  })

  it('takes each epoch once', async () => {
    const { consumer } = await consumerOf(0)
    const next = async (epoch: number): Promise<string> => {
      consumer.epoch = epoch
      return named(await consumer.request({}, atOnce)).error
    }
    expect(await next(1)).toBe('SHARE_SESSION_NOT_FOUND')
    expect(await next(-1)).toBe('SHARE_SESSION_NOT_FOUND')
    expect(await next(0)).toBe('NONE')
    expect(await next(2)).toBe('INVALID_SHARE_SESSION_EPOCH')
    expect(await next(1)).toBe('NONE')
    expect(await next(1)).toBe('INVALID_SHARE_SESSION_EPOCH')
    expect(await next(2)).toBe('NONE')
    expect(await next(0)).toBe('NONE')
    expect(await next(1)).toBe('NONE')
    expect(await next(-1)).toBe('NONE')
    expect(await next(2)).toBe('SHARE_SESSION_NOT_FOUND')
  })

  it('gives back what the consumer has when it ends', async () => {
    const { consumer, ...group } = await consumerOf(1)
    const other = new ShareConsumer(await wire.connect(), group)
    await consumer.acquire()
    consumer.epoch = -1
    const told = await consumer.fetch({ 0: [[1, 1, 1]] })
    expect(told.get(0)).toMatchObject({ acknowledgeError: 'NONE', acquired: [] })
    expect(await other.acquire()).toEqual([
      [0, 0, 2],
      [2, 2, 2],
    ])
  })

  it('gives back what the consumer has when its connection dies', async () => {
    const group = await consumerOf(1)
    const client = await wire.connect()
    expect(await new ShareConsumer(client, group).acquire()).toEqual([[0, 2, 1]])
    const acquired = group.consumer.acquire()
    await client[Symbol.asyncDispose]()
    expect(await acquired).toEqual([[0, 2, 2]])
  })

  it('keeps what the consumer has when it is opened anew', async () => {
    const { consumer } = await consumerOf(1)
    await consumer.acquire()
    consumer.epoch = 0
    expect(await consumer.acquireNow()).toEqual([])
    expect(await consumer.acknowledge([[0, 2, 1]])).toBe('NONE')
  })

  it('is of a member', async () => {
    const { consumer } = await consumerOf(0)
    for (const [fields, error] of [
      [{ groupId: null }, 'INVALID_REQUEST'],
      [{ memberId: null }, 'INVALID_REQUEST'],
      [{ memberId: '' }, 'INVALID_REQUEST'],
      [{ memberId: 'x'.repeat(37) }, 'INVALID_REQUEST'],
      [{ memberId: 'x'.repeat(36) }, 'NONE'],
    ] as const) {
      consumer.epoch = 0
      expect(named(await consumer.request({}, { ...atOnce, ...fields })).error).toBe(error)
    }
  })
})

describe('a ShareFetch of what is not there', () => {
  it('says so of topics and partitions', async () => {
    const { consumer } = await consumerOf(1)
    const told = await consumer.fetch({ 0: [], 7: [] })
    expect(told.get(7)!.error).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(told.get(0)!.acquired).toEqual([[0, 2, 1]])
    const group = { groupId: uniqueName(), topic: { name: '', id: unknownId } }
    const unknown = new ShareConsumer(wire.client, group)
    const answer = await unknown.request({ 0: [] })
    // Apache Kafka counts bytes by topic, and stumbles over one without a name.
    const kafka = { error: 'UNKNOWN_SERVER_ERROR', partitions: [] }
    const here = { error: 'NONE', partitions: ['UNKNOWN_TOPIC_ID'] }
    const partitions = answer.responses.flatMap(topic => topic.partitions.map(each => named(each)))
    const errors = partitions.map(({ error }) => error)
    expect({ error: named(answer).error, partitions: errors }).toEqual(differs({ here, kafka }))
  })

  it('fails before the group has begun with the partition', async () => {
    const topic = await wire.newTopic()
    const { groupId } = await newShare(wire, topic)
    const consumer = new ShareConsumer(wire.client, { groupId, topic })
    const told = await consumer.fetch({ 0: [] })
    expect(told.get(0)).toMatchObject({ error: 'UNKNOWN_SERVER_ERROR', acquired: [] })
    await initialize(wire.client, { groupId, topicId: topic.id, partition: 0 })
    await produceTo(wire.client, topic, three)
    expect(await consumer.acquire()).toEqual([[0, 2, 1]])
  })

  it('is an acknowledgement of partitions from which nobody has fetched', async () => {
    const { consumer } = await consumerOf(1, { uninitialized: 1 })
    await consumer.acquire()
    const told = await consumer.fetch({ 1: [[0, 0, 1]], 9: [[0, 0, 1]] }, { maxRecords: 0 })
    expect(told.get(1)!.acknowledgeError).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(told.get(9)!.acknowledgeError).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })
})

describe('a ShareFetch that waits', () => {
  it('is answered when something is produced', async () => {
    const { consumer, topic } = await consumerOf(0)
    const acquired = consumer.acquire({ maxWaitMs: 10_000 })
    await produceTo(await wire.connect(), topic, three)
    expect(await acquired).toEqual([[0, 2, 1]])
  })

  it('is answered when something is released', async () => {
    const { consumer, ...group } = await consumerOf(1)
    const other = new ShareConsumer(await wire.connect(), group)
    await consumer.acquire()
    const acquired = other.acquire()
    expect(await consumer.acknowledge([[1, 1, 2]])).toBe('NONE')
    expect(await acquired).toEqual([[1, 1, 2]])
  })

  it('is answered at its deadline, with nothing', async () => {
    const { consumer } = await consumerOf(0)
    expect([...(await consumer.fetch({ 0: [] }, { maxWaitMs: 20 }))]).toMatchObject([
      [0, { error: 'NONE', acquired: [] }],
    ])
    expect((await consumer.fetch({}, { maxWaitMs: 20 })).size).toBe(0)
  })

  it('waits for minBytes, or takes what there is at its deadline', async () => {
    const { consumer, topic } = await consumerOf(1)
    const acquired = consumer.acquire({ minBytes: three.length + 1, maxWaitMs: 10_000 })
    await produceTo(await wire.connect(), topic, three)
    expect(await acquired).toEqual([[0, 5, 1]])
    await produceTo(wire.client, topic, three)
    expect(await consumer.acquireNow({ minBytes: 100_000, maxWaitMs: 20 })).toEqual([[6, 8, 1]])
  })
})

describe('the records of a share group', () => {
  it('are given up after as many deliveries as the group has', async () => {
    const { consumer, groupId } = await consumerOf(1)
    await setOnGroup(groupId, 'share.delivery.count.limit', '2')
    for (const deliveryCount of [1, 2]) {
      expect(await consumer.acquire()).toEqual([[0, 2, deliveryCount]])
      expect(await consumer.acknowledge([[0, 2, 2]])).toBe('NONE')
    }
    expect(await consumer.acquireNow()).toEqual([])
  })

  it('are delivered in ever smaller parts before they are given up', async () => {
    const { consumer: one, topic } = await consumerOf(0)
    await produceTo(wire.client, topic, batchOf(Array.from('abcdefgh')))
    const counts: unknown[] = []
    for (let i = 0; i < 6; i++) {
      const acquired = await one.acquire()
      counts.push(acquired)
      for (const [first, last] of acquired) await one.acknowledge([[first, last, 2]])
    }
    expect(counts).toEqual([
      [[0, 7, 1]],
      [[0, 7, 2]],
      [[0, 7, 3]],
      [[0, 3, 4]],
      [[0, 0, 5]],
      [[1, 1, 5]],
    ])
  })

  it.each([
    ['earliest', 4],
    ['latest', 6],
    ['by_duration:P10000D', 4],
  ])('begin where %s says', async (reset, expected) => {
    const { consumer, topic, groupId } = await consumerOf(2, { startOffset: -1 })
    await setOnGroup(groupId, 'share.auto.offset.reset', reset)
    await deleteBefore(topic, 4)
    const strict = { maxRecords: 1, shareAcquireMode: 1 }
    const first = (await consumer.fetch({ 0: [] }, strict)).get(0)
    await produceTo(wire.client, topic, three)
    const [acquired] = [...(first?.acquired ?? []), ...(await consumer.acquire(strict))]
    expect(acquired).toEqual([expected, expected, 1])
  })

  it('go on behind the start of the log when that has moved', async () => {
    const { consumer, topic } = await consumerOf(3)
    await consumer.acquire({ maxRecords: 3 })
    await deleteBefore(topic, 6)
    expect(await consumer.acquire()).toEqual([[6, 8, 1]])
    expect(await consumer.acknowledge([[0, 2, 1]])).toBe('NONE')
    expect(await consumer.acknowledge([[6, 8, 1]])).toBe('NONE')
  })

  it('are no more than the group may have in flight', async () => {
    const { consumer, groupId, topic } = await consumerOf(0)
    await setOnGroup(groupId, 'share.partition.max.record.locks', '100')
    const sixty = batchOf(Array.from({ length: 60 }, (_, i) => String(i)))
    for (let i = 0; i < 3; i++) await produceTo(wire.client, topic, sixty)
    expect(await consumer.acquire({ maxRecords: 60 })).toEqual([[0, 59, 1]])
    expect(await consumer.acquire()).toEqual([[60, 119, 1]])
    expect(await consumer.acquireNow()).toEqual([])
    await consumer.acknowledge([[70, 79, 2]])
    expect(await consumer.acquire()).toEqual([[70, 79, 2]])
    await consumer.acknowledge([[0, 59, 1]])
    expect(await consumer.acquire()).toEqual([[120, 179, 1]])
  })

  it('are there no more when the group forgets the partition', async () => {
    const { consumer, groupId, topic } = await consumerOf(1)
    await consumer.acquire()
    await remove(wire.client, { groupId, topicId: topic.id, partition: 0 })
    expect(await consumer.acknowledge([[0, 2, 1]])).not.toBe('NONE')
  })
})

describe('a ShareFetch that renews (KIP-1222)', () => {
  const renewal: FetchFields = {
    isRenewAck: true,
    maxBytes: 0,
    minBytes: 0,
    maxRecords: 0,
    maxWaitMs: 0,
  }

  it('fetches nothing', async () => {
    const { consumer } = await consumerOf(2)
    await consumer.acquire({ maxRecords: 3 })
    const told = await consumer.fetch({ 0: [[0, 2, 4, 1, 4]] }, renewal)
    expect(told.get(0)).toMatchObject({ acknowledgeError: 'NONE', acquired: [] })
    expect(await consumer.acknowledge([[0, 2, 1, 1, 1]])).toBe('INVALID_RECORD_STATE')
    expect(
      await consumer.acknowledge([
        [0, 0, 1],
        [2, 2, 1],
      ]),
    ).toBe('NONE')
  })

  it.each(['maxBytes', 'minBytes', 'maxRecords', 'maxWaitMs'])('has no %s', async name => {
    const { consumer } = await consumerOf(1)
    await consumer.acquire()
    const answer = await consumer.request({ 0: [[0, 2, 4]] }, { ...renewal, [name]: 1 })
    expect(named(answer).error).toBe('INVALID_REQUEST')
  })

  it('is not for a group that does not allow it', async () => {
    const { consumer, groupId } = await consumerOf(1)
    await setOnGroup(groupId, 'share.renew.acknowledge.enable', 'false')
    await consumer.acquire()
    const told = await consumer.fetch({ 0: [[0, 2, 4]] }, renewal)
    expect(told.get(0)!.acknowledgeError).toBe('INVALID_RECORD_STATE')
  })
})
