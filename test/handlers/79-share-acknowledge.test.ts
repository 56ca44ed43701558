import { describe, expect, it } from 'vitest'
import { shareAcknowledge } from '../../protocol/apis/79-share-acknowledge.ts'
import { batchOf } from './batches.ts'
import { produceTo } from './requests.ts'
import { newGroup, ShareConsumer, type Batch } from './share-requests.ts'
import { read, summary } from './share-states.ts'
import { useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const unknownId = 'AAAAAAAAAAAAAAAAAAAAZQ'

/** A consumer that has acquired six records in two batches. */
async function consumerWithRecords() {
  const group = await newGroup(wire)
  const consumer = new ShareConsumer(wire.client, group)
  for (let i = 0; i < 2; i++) await produceTo(wire.client, group.topic, batchOf(['a', 'b', 'c']))
  expect(await consumer.acquire()).toEqual([[0, 5, 1]])
  const share = { groupId: group.groupId, topicId: group.topic.id, partition: 0 }
  return { ...group, share, consumer }
}

describe.each(versionsOf(shareAcknowledge))('ShareAcknowledge v%i', version => {
  it.each<[string, readonly Batch[], object[]]>([
    ['all for good', [[0, 5, 1]], [[0, 5, 2]]],
    ['a part', [[1, 2, 1]], [[1, 2, 2]]],
    [
      'each on its own',
      [[0, 5, 1, 2, 3, 0, 2, 1]],
      [
        [0, 0, 2],
        [1, 1, 0],
        [2, 3, 4],
        [4, 4, 0],
        [5, 5, 2],
      ],
    ],
    [
      'in several batches',
      [
        [0, 2, 3],
        [4, 5, 2],
      ],
      [
        [0, 2, 4],
        [4, 5, 0],
      ],
    ],
  ])('stores %s', async (_, batches, expected) => {
    const { consumer, share } = await consumerWithRecords()
    expect(await consumer.acknowledge(batches, { version })).toBe('NONE')
    const { stateBatches } = await read(wire.client, share)
    const told = stateBatches.map(({ firstOffset, lastOffset, deliveryState, deliveryCount }) => {
      expect(deliveryCount).toBe(1)
      return [firstOffset, lastOffset, deliveryState]
    })
    expect(told).toEqual(expected)
  })

  it.each<[string, readonly Batch[], string]>([
    ['ends before it begins', [[2, 1, 1]], 'INVALID_REQUEST'],
    [
      'goes back',
      [
        [3, 4, 1],
        [1, 2, 1],
      ],
      'INVALID_REQUEST',
    ],
    ['has no type', [[0, 5]], 'INVALID_REQUEST'],
    ['has too few types', [[0, 5, 1, 1]], 'INVALID_REQUEST'],
    ['has an unknown type', [[0, 5, 9]], 'INVALID_REQUEST'],
    ['renews without saying so', [[0, 5, 4]], 'INVALID_REQUEST'],
    ['goes past what was delivered', [[4, 6, 1]], 'INVALID_REQUEST'],
    ['is behind what was delivered', [[6, 7, 1]], 'INVALID_REQUEST'],
    [
      'has a wrong one among others',
      [
        [0, 1, 1],
        [5, 9, 1],
      ],
      'INVALID_REQUEST',
    ],
    [
      'has a record twice',
      [
        [0, 2, 1],
        [2, 3, 1],
      ],
      'INVALID_RECORD_STATE',
    ],
  ])('changes nothing where it %s', async (_, batches, error) => {
    const { consumer, share } = await consumerWithRecords()
    expect(await consumer.acknowledge(batches, { version })).toBe(error)
    expect((await read(wire.client, share)).stateBatches).toEqual([])
    expect(await consumer.acknowledge([[0, 5, 1]], { version })).toBe('NONE')
  })

  it('is for who has the records', async () => {
    const { consumer, ...group } = await consumerWithRecords()
    const other = new ShareConsumer(await wire.connect(), group)
    await other.acquireNow()
    expect(await other.acknowledge([[0, 5, 1]], { version })).toBe('INVALID_RECORD_STATE')
    expect(await consumer.acknowledge([[0, 2, 1]], { version })).toBe('NONE')
    expect(await other.acknowledge([[1, 1, 1]], { version })).toBe('NONE')
    expect(await consumer.acknowledge([[3, 5, 2]], { version })).toBe('NONE')
    expect(await consumer.acknowledge([[3, 5, 1]], { version })).toBe('INVALID_RECORD_STATE')
  })

  it('moves the start over what is done', async () => {
    const { consumer, share } = await consumerWithRecords()
    await consumer.acknowledge([[1, 2, 1]], { version })
    expect(await summary(wire.client, share)).toMatchObject({
      startOffset: 0,
      deliveryCompleteCount: 2,
    })
    await consumer.acknowledge([[0, 0, 1]], { version })
    await consumer.acknowledge([[4, 4, 3]], { version })
    expect(await summary(wire.client, share)).toMatchObject({
      startOffset: 3,
      deliveryCompleteCount: 1,
    })
  })

  it('goes on with the epochs of the session', async () => {
    const { consumer } = await consumerWithRecords()
    consumer.epoch = 0
    expect(await consumer.acknowledge([], { version })).toBe('INVALID_SHARE_SESSION_EPOCH')
    consumer.epoch = 7
    expect(await consumer.acknowledge([], { version })).toBe('INVALID_SHARE_SESSION_EPOCH')
    consumer.epoch = 1
    expect(await consumer.acknowledge([[0, 0, 1]], { version })).toBe('NONE')
    expect(await consumer.acquireNow()).toEqual([])
    consumer.epoch = -1
    expect(await consumer.acknowledge([[1, 1, 1]], { version })).toBe('NONE')
    consumer.epoch = 3
    expect(await consumer.acknowledge([[2, 2, 1]], { version })).toBe('SHARE_SESSION_NOT_FOUND')
  })

  it('gives back with the last epoch what is not acknowledged', async () => {
    const { consumer, ...group } = await consumerWithRecords()
    const other = new ShareConsumer(await wire.connect(), group)
    consumer.epoch = -1
    expect(await consumer.acknowledge([[0, 2, 1]], { version })).toBe('NONE')
    expect(await other.acquire()).toEqual([[3, 5, 2]])
  })

  it('says what is not there', async () => {
    const { consumer, topic } = await consumerWithRecords()
    const acknowledgementBatches = [{ firstOffset: 0, lastOffset: 0, acknowledgeTypes: [1] }]
    for (const [topicId, partitionIndex, error] of [
      [unknownId, 0, 'UNKNOWN_TOPIC_ID'],
      [topic.id, 3, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ] as const) {
      const topics = [{ topicId, partitions: [{ partitionIndex, acknowledgementBatches }] }]
      expect(await consumer.acknowledge([], { version, topics })).toBe(error)
    }
  })

  it('says nothing of partitions of which nothing is said', async () => {
    const { consumer } = await consumerWithRecords()
    expect(await consumer.acknowledge([], { version })).toBeUndefined()
  })
})

describe('ShareAcknowledge', () => {
  it.each(versionsOf(shareAcknowledge, { since: 2 }))('v%i renews locks', async version => {
    const { consumer, share } = await consumerWithRecords()
    const isRenewAck = true
    expect(await consumer.acknowledge([[0, 5, 4]], { version, isRenewAck })).toBe('NONE')
    expect(await consumer.acknowledge([[0, 1, 4, 1]], { version, isRenewAck })).toBe('NONE')
    expect((await read(wire.client, share)).stateBatches).toMatchObject([
      { firstOffset: 1, lastOffset: 1, deliveryState: 2 },
    ])
    const again = await consumer.acknowledge([[1, 1, 4]], { version, isRenewAck })
    expect(again).toBe('INVALID_RECORD_STATE')
  })
})
