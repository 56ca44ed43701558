import { describe, expect, it } from 'vitest'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import { deleteGroups } from '../../protocol/apis/42-delete-groups.ts'
import { offsetDelete } from '../../protocol/apis/47-offset-delete.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { joining, TestConsumerGroup } from './consumer-groups.ts'
import { TestProducer } from './transactional-producer.ts'
import { deleteTopic, settle, uniqueName, useBroker, versionsOf, type TestTopic } from './wire.ts'

const wire = useBroker()

interface Committing {
  producer: TestProducer
  topic: TestTopic
  groupId: string
}

/** A group that nobody has committed anything for. */
async function newCommitting(): Promise<Committing> {
  const { groupId } = await TestConsumerGroup.create(wire.client)
  const topic = await wire.newTopic({ partitions: 2 })
  return { producer: await TestProducer.create(wire.client), topic, groupId }
}

/** What was committed for a partition, or the error in its place. */
async function fetched(
  { topic, groupId }: Committing,
  { requireStable = false, partition = 0 } = {},
): Promise<number | string> {
  const topics = [{ name: topic.name, topicId: zeroUuid, partitionIndexes: [partition] }]
  const request = { groups: [{ groupId, topics }], requireStable }
  const { groups } = await wire.client.request(offsetFetch, 9, request)
  const [answer] = groups[0]!.topics[0]!.partitions
  return answer!.errorCode === 0 ? answer!.committedOffset : errorName(answer!.errorCode)
}

/** What counts when the transaction is over; markers may take a while. */
async function settled(committing: Committing, partition = 0): Promise<number | string> {
  for (;;) {
    const offset = await fetched(committing, { requireStable: true, partition })
    if (offset !== 'UNSTABLE_OFFSET_COMMIT') return offset
  }
}

const unknown = 'UNKNOWN_TOPIC_OR_PARTITION'

describe('TxnOffsetCommit', () => {
  it.each(versionsOf(txnOffsetCommit, { until: 4 }))(
    'v%i commits for a group that is in the transaction',
    async version => {
      const committing = await newCommitting()
      const { producer, topic, groupId } = committing
      expect(await producer.addOffsets(groupId)).toBe('NONE')
      const offsets = [
        { topic, offset: 3 },
        { topic, offset: 3, partition: 9 },
        { topic: { name: uniqueName(), id: '' }, offset: 3 },
      ]
      expect(await producer.commitOffsets(groupId, offsets, {}, version)).toEqual([
        'NONE',
        unknown,
        unknown,
      ])
      expect(await producer.end(true)).toBe('NONE')
      expect(await settled(committing)).toBe(3)
    },
  )

  it('v5 puts the group into the transaction (KIP-890)', async () => {
    const committing = await newCommitting()
    const { producer, topic, groupId } = committing
    expect(await producer.commitOffsets(groupId, [{ topic, offset: 3 }])).toEqual(['NONE'])
    expect(await producer.end(true)).toBe('NONE')
    expect(await settled(committing)).toBe(3)
  })

  it.each([
    [3, 'INVALID_TXN_STATE'],
    [4, 'TRANSACTION_ABORTABLE'],
  ])('v%i of a group that is not in the transaction: %s', async (version, error) => {
    const { producer, topic, groupId } = await newCommitting()
    const commit = () => producer.commitOffsets(groupId, [{ topic, offset: 3 }], {}, version)
    expect(await commit()).toEqual([error])
    expect(await producer.addPartition(topic)).toBe('NONE')
    expect(await commit()).toEqual([error])
  })

  it.each([3, 4, 5])('v%i of another producer than the open one', async version => {
    const { producer, topic, groupId } = await newCommitting()
    const commit = (fields: object) =>
      producer.commitOffsets(groupId, [{ topic, offset: 3 }], fields, version)
    const { producerId, producerEpoch } = producer
    const fenced = ['INVALID_PRODUCER_EPOCH']
    expect(await commit({ producerEpoch: producerEpoch + 1 })).toEqual(fenced)
    expect(await commit({ producerId: producerId + 10_000 })).toEqual([
      'INVALID_PRODUCER_ID_MAPPING',
    ])
    await TestProducer.create(wire.client, producer.transactionalId)
    expect(await commit({})).toEqual(fenced)
  })

  it('without a group id: INVALID_GROUP_ID, but for what does not exist', async () => {
    const { producer, topic } = await newCommitting()
    const offsets = [
      { topic, offset: 3 },
      { topic, offset: 3, partition: 9 },
    ]
    expect(await producer.commitOffsets('', offsets)).toEqual(['INVALID_GROUP_ID', unknown])
  })

  it('with metadata that is too large: the others are committed', async () => {
    const committing = await newCommitting()
    const { producer, topic, groupId } = committing
    const partitions = ['x'.repeat(5000), 'note'].map((committedMetadata, partitionIndex) => {
      return { partitionIndex, committedOffset: 3, committedMetadata }
    })
    const offsets = [0, 1].map(partition => ({ topic, offset: 3, partition }))
    const fields = { topics: [{ name: topic.name, partitions }] }
    expect(await producer.commitOffsets(groupId, offsets, fields)).toEqual([
      'OFFSET_METADATA_TOO_LARGE',
      'NONE',
    ])
    await producer.end(true)
    expect(await settled(committing, 1)).toBe(3)
    expect(await settled(committing, 0)).toBe(-1)
  })

  it.each([
    ['an older epoch', { memberId: 'm', generationId: -5 }, 'ILLEGAL_GENERATION'],
    ['a stranger', { memberId: 'x', generationId: 1 }, 'UNKNOWN_MEMBER_ID'],
    ['nobody, as before v3', { memberId: '', generationId: -1 }, 'NONE'],
  ])('rule 56: KIP-447, by %s', async (_, member, error) => {
    const { producer, topic, groupId } = await newCommitting()
    const group = await TestConsumerGroup.create(wire.client)
    const join = { ...joining, memberId: 'm', subscribedTopicNames: [topic.name] }
    const { memberEpoch } = await group.heartbeat(join)
    expect(groupId).not.toBe(group.groupId)
    const offsets = [{ topic, offset: 3 }]
    const commit = (fields: object) => producer.commitOffsets(group.groupId, offsets, fields)
    expect(await commit({ memberId: 'm', generationId: memberEpoch })).toEqual(['NONE'])
    expect(await commit(member)).toEqual([error])
  })

  it('by a member of a group that does not exist: ILLEGAL_GENERATION', async () => {
    const { producer, topic, groupId } = await newCommitting()
    const member = { memberId: 'm', generationId: 1 }
    expect(await producer.commitOffsets(groupId, [{ topic, offset: 3 }], member)).toEqual([
      'ILLEGAL_GENERATION',
    ])
  })
})

describe('rule 56: offsets of an open transaction', () => {
  it('are told to nobody: UNSTABLE_OFFSET_COMMIT to who requires stable ones', async () => {
    const committing = await newCommitting()
    const { producer, topic, groupId } = committing
    await producer.commitOffsets(groupId, [{ topic, offset: 3 }])
    expect(await fetched(committing)).toBe(-1)
    expect(await fetched(committing, { requireStable: true })).toBe('UNSTABLE_OFFSET_COMMIT')
    expect(await fetched(committing, { requireStable: true, partition: 1 })).toBe(-1)
    await producer.end(true)
    expect(await settled(committing)).toBe(3)
  })

  it.each(versionsOf(offsetFetch, { since: 7 }))('OffsetFetch v%i does so', async version => {
    const { producer, topic, groupId } = await newCommitting()
    await producer.commitOffsets(groupId, [{ topic, offset: 3 }])
    const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }]
    const ask = async (requireStable: boolean) => {
      const request = version < 8 ? { groupId, topics } : { groups: [{ groupId, topics }] }
      const full = { groupId: '', topics: [], groups: [], ...request, requireStable }
      const answer = await wire.client.request(offsetFetch, version, full)
      const told = version < 8 ? answer.topics : answer.groups[0]!.topics
      return told[0]!.partitions
    }
    const nothing = {
      partitionIndex: 0,
      committedOffset: -1,
      committedLeaderEpoch: -1,
      metadata: '',
    }
    expect(await ask(false)).toEqual([{ ...nothing, errorCode: 0 }])
    expect(await ask(true)).toEqual([{ ...nothing, errorCode: errors.UNSTABLE_OFFSET_COMMIT }])
    await producer.end(false)
  })

  it('are gone with an abort', async () => {
    const committing = await newCommitting()
    const { producer, topic, groupId } = committing
    await producer.commitOffsets(groupId, [{ topic, offset: 3 }])
    await producer.end(true)
    await producer.commitOffsets(groupId, [{ topic, offset: 5 }])
    await producer.end(false)
    expect(await settled(committing)).toBe(3)
  })

  it('are aborted when another producer takes the transactional id', async () => {
    const committing = await newCommitting()
    const { producer, topic, groupId } = committing
    await producer.commitOffsets(groupId, [{ topic, offset: 3 }])
    await TestProducer.create(wire.client, producer.transactionalId)
    expect(await settled(committing)).toBe(-1)
  })

  it('do not replace what was committed since', async () => {
    const committing = await newCommitting()
    const { producer, topic, groupId } = committing
    await producer.commitOffsets(groupId, [{ topic, offset: 3 }])
    const partitions = [{ partitionIndex: 0, committedOffset: 9, committedMetadata: '' }]
    const topics = [{ name: topic.name, partitions }]
    await wire.client.request(offsetCommit, 8, { groupId, memberId: '', topics })
    expect(await fetched(committing, { requireStable: true })).toBe('UNSTABLE_OFFSET_COMMIT')
    await producer.end(true)
    expect(await settled(committing)).toBe(9)
  })

  it('are deleted with their group', async () => {
    const committing = await newCommitting()
    const { producer, topic, groupId } = committing
    await producer.commitOffsets(groupId, [{ topic, offset: 3 }])
    const { results } = await wire.client.request(deleteGroups, 2, { groupsNames: [groupId] })
    expect(results).toEqual([{ groupId, errorCode: 0 }])
    await producer.end(true)
    expect(await settled(committing)).toBe(-1)
  })

  it('are deleted by OffsetDelete', async () => {
    const committing = await newCommitting()
    const { producer, topic, groupId } = committing
    await producer.commitOffsets(groupId, [{ topic, offset: 3 }])
    const topics = [{ name: topic.name, partitions: [{ partitionIndex: 0 }] }]
    const deleted = await wire.client.request(offsetDelete, 0, { groupId, topics })
    expect(deleted.topics[0]!.partitions).toEqual([{ partitionIndex: 0, errorCode: 0 }])
    await producer.end(true)
    expect(await settled(committing)).toBe(-1)
  })

  it('are gone with their topic, and the transaction ends without them', async () => {
    const committing = await newCommitting()
    const { producer, topic, groupId } = committing
    const other = await wire.newTopic()
    await producer.commitOffsets(groupId, [
      { topic, offset: 3 },
      { topic: other, offset: 4 },
    ])
    await deleteTopic(wire.client, topic)
    expect(await producer.end(true)).toBe('NONE')
    expect(await settled({ ...committing, topic: other })).toBe(4)
    await settle(async () => (await settled(committing)) === -1)
    expect(await settled(committing)).toBe(-1)
  })
})
