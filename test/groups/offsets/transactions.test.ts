/** Offsets in transactions (KIP-98, KIP-447), by the rules of Kafka's OffsetMetadataManager. */
import { beforeEach, describe, expect, it } from 'vitest'
import { errorName, errors, KafkaError } from '../../../protocol/errors.ts'
import type { OffsetTransaction } from '../../../src/groups/group.ts'
import { GroupCoordinator } from '../../../src/groups/coordinator.ts'
import { groupConfig } from '../../../src/config.ts'
import { silentLogger } from '../../../src/logger.ts'
import { ShareStates } from '../../../src/share-partitions/share-states.ts'
import { ManualClock } from '../../doubles/manual-clock.ts'
import { HeldStore } from '../held-store.ts'
import { defaults } from '../steps.ts'
import { aId, topics } from '../topics.ts'

const dayMs = 24 * 3_600_000

let clock: ManualClock
let store: HeldStore
let groups: GroupCoordinator

beforeEach(() => {
  clock = new ManualClock()
  store = new HeldStore()
  groups = create()
})

function create(): GroupCoordinator {
  return new GroupCoordinator({
    config: defaults,
    groupConfig: () => groupConfig({}, defaults),
    topics,
    shareStates: new ShareStates([], store),
    metadata: store,
    clock,
    random: { uuid: () => 'uuid', id: () => 'id' },
    logger: silentLogger,
  })
}

async function restart(): Promise<void> {
  const rows = await store.load()
  groups.close()
  groups = create()
  groups.load(rows)
}

const producer = (producerId: number, options: Partial<OffsetTransaction> = {}) => {
  return { producerId, producerEpoch: 0, offsetsPartition: 3, ...options }
}

interface Commit {
  groupId?: string
  topic?: string
  partition?: number
  transaction?: OffsetTransaction
}

async function commit(committedOffset: number, options: Commit = {}): Promise<void> {
  const { groupId = 'g', topic = 'a', partition = 0, transaction } = options
  const partitions = [
    {
      partitionIndex: partition,
      committedOffset,
      committedLeaderEpoch: 4,
      committedMetadata: 'note',
      commitTimestamp: -1,
    },
  ]
  const answer = await groups.offsets.commit(
    {
      groupId,
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
      retentionTimeMs: -1,
      transaction,
      topics: [{ name: topic, topicId: '', partitions }],
    },
    3,
  )
  expect(answer[0]!.partitions).toEqual([{ partitionIndex: partition, errorCode: errors.NONE }])
}

const end = (isCommitted: boolean, { producerId, producerEpoch, offsetsPartition } = producer(1)) =>
  groups.offsets.completeTransaction({ producerId, producerEpoch, offsetsPartition, isCommitted })

/** The offset of a-0, or the error in its place. */
async function fetched(options: { groupId?: string; requireStable?: boolean } = {}) {
  const { groupId = 'g', requireStable = false } = options
  const client = { groupId, memberId: null, memberEpoch: -1, requireStable }
  const asked = [{ name: 'a', topicId: '', partitionIndexes: [0] }]
  const [topic] = await groups.offsets.fetch({ ...client, topics: asked }, 8)
  const [answer] = topic!.partitions
  return answer!.errorCode === errors.NONE ? answer!.committedOffset : { error: answer!.errorCode }
}

const unstable = { error: errors.UNSTABLE_OFFSET_COMMIT }
const transaction = producer(1)
const listed = () => groups.list({ states: [], types: [] }).map(({ groupId }) => groupId)

describe('rule 56: an offset in a transaction', () => {
  it('is pending until the marker, and counts from then on', async () => {
    await commit(5)
    await commit(7, { transaction })
    expect(await fetched()).toBe(5)
    expect(await fetched({ requireStable: true })).toEqual(unstable)
    await end(true)
    expect(await fetched({ requireStable: true })).toBe(7)
  })

  it('is gone when the transaction is aborted', async () => {
    await commit(5)
    await commit(7, { transaction })
    await end(false)
    expect(await fetched({ requireStable: true })).toBe(5)
  })

  it('is hidden where nothing was committed before, but not among all offsets', async () => {
    await commit(7, { transaction })
    expect(await fetched()).toBe(-1)
    expect(await fetched({ requireStable: true })).toEqual(unstable)
    const client = { groupId: 'g', memberId: null, memberEpoch: -1, requireStable: true }
    expect(await groups.offsets.fetch({ ...client, topics: null }, 8)).toEqual([])
    await commit(5)
    expect(await groups.offsets.fetch({ ...client, topics: null }, 8)).toMatchObject([
      { name: 'a', topicId: aId, partitions: [{ partitionIndex: 0, errorCode: unstable.error }] },
    ])
  })

  it('is the last of those that the producer has committed for the partition', async () => {
    await commit(7, { transaction })
    await commit(8, { transaction })
    await end(true)
    expect(await fetched()).toBe(8)
  })

  it('leaves other partitions and groups alone', async () => {
    await commit(7, { transaction, partition: 1 })
    await commit(7, { transaction, groupId: 'other' })
    await commit(5)
    expect(await fetched({ requireStable: true })).toBe(5)
  })
})

describe('the marker', () => {
  it('is for one producer and one partition of __consumer_offsets', async () => {
    await commit(7, { transaction })
    await end(true, producer(2))
    await end(true, producer(1, { offsetsPartition: 4 }))
    expect(await fetched({ requireStable: true })).toEqual(unstable)
    await end(true)
    expect(await fetched()).toBe(7)
  })

  it('may have a later epoch (KIP-890), and not an earlier one', async () => {
    await commit(7, { transaction: producer(1, { producerEpoch: 2 }) })
    const refused = { error: 'INVALID_PRODUCER_EPOCH' }
    await expect(end(true, producer(1, { producerEpoch: 1 }))).rejects.toMatchObject(refused)
    expect(await fetched({ requireStable: true })).toEqual(unstable)
    await end(true, producer(1, { producerEpoch: 3 }))
    expect(await fetched()).toBe(7)
  })

  it('may come again, and takes nothing of what was committed since', async () => {
    await commit(7, { transaction })
    await end(true)
    await commit(9)
    await end(true)
    await end(false)
    expect(await fetched()).toBe(9)
  })

  it('ends the offsets of all groups in one commit of the store', async () => {
    await commit(7, { transaction })
    await commit(8, { transaction, groupId: 'other' })
    const before = store.commits
    await end(true)
    expect(store.commits).toBe(before + 1)
    expect(await fetched({ groupId: 'other' })).toBe(8)
  })

  it('is done when it is durable, and nobody is told of it before', async () => {
    await commit(7, { transaction })
    const done: unknown[] = []
    store.hold()
    const ending = end(true).then(() => done.push('marker'))
    const fetching = fetched().then(offset => done.push(offset))
    await Promise.resolve()
    expect(done).toEqual([])
    store.release()
    await Promise.all([ending, fetching])
    expect(new Set(done)).toEqual(new Set([7, 'marker']))
  })

  it('is refused when the store fails: COORDINATOR_NOT_AVAILABLE', async () => {
    await commit(7, { transaction })
    store.fail()
    await expect(end(true)).rejects.toMatchObject({ error: 'COORDINATOR_NOT_AVAILABLE' })
  })
})

describe('of several commits for a partition, the latest counts, not the last to end', () => {
  it('a later one without a transaction is kept', async () => {
    await commit(7, { transaction })
    await commit(9)
    expect(await fetched({ requireStable: true })).toEqual(unstable)
    await end(true)
    expect(await fetched()).toBe(9)
  })

  it('a later one in a transaction that ended before is kept', async () => {
    await commit(7, { transaction })
    await commit(9, { transaction: producer(2) })
    await end(true, producer(2))
    expect(await fetched({ requireStable: true })).toEqual(unstable)
    await end(true)
    expect(await fetched({ requireStable: true })).toBe(9)
  })

  it('an earlier one whose transaction ends before is replaced', async () => {
    await commit(7, { transaction })
    await commit(9, { transaction: producer(2) })
    await end(true)
    expect(await fetched()).toBe(7)
    await end(true, producer(2))
    expect(await fetched()).toBe(9)
  })

  it('also after restarts in between', async () => {
    await commit(7, { transaction })
    await restart()
    await commit(9)
    await restart()
    await end(true)
    expect(await fetched()).toBe(9)
  })
})

describe('after a restart', () => {
  it('pending offsets wait for their marker', async () => {
    await commit(5)
    await commit(7, { transaction })
    await restart()
    expect(await fetched()).toBe(5)
    expect(await fetched({ requireStable: true })).toEqual(unstable)
    await end(true)
    await restart()
    expect(await fetched({ requireStable: true })).toBe(7)
  })

  it('a group is there that has nothing else', async () => {
    await commit(7, { transaction })
    await restart()
    expect(listed()).toEqual(['g'])
  })

  it('aborted ones stay away', async () => {
    await commit(7, { transaction })
    await end(false)
    await restart()
    expect(await fetched({ requireStable: true })).toBe(-1)
  })
})

describe('a group with pending offsets', () => {
  it('exists from the first one on, and after an abort until its offsets expire', async () => {
    groups.load(await store.load())
    await commit(7, { transaction })
    expect(listed()).toEqual(['g'])
    await end(false)
    expect(listed()).toEqual(['g'])
    clock.advance(defaults.offsetsRetentionCheckIntervalMs)
    expect(listed()).toEqual([])
  })

  it('does not expire, nor does an offset that may be replaced (KIP-211)', async () => {
    groups.load(await store.load())
    await commit(5)
    await commit(7, { transaction })
    clock.advance(30 * dayMs)
    expect(await fetched()).toBe(5)
    await end(false)
    clock.advance(defaults.offsetsRetentionCheckIntervalMs)
    expect(await fetched()).toBe(-1)
    expect(listed()).toEqual([])
  })

  it('is deleted with them', async () => {
    await commit(7, { transaction })
    expect(await groups.offsets.deleteGroup('g')).toBe(errors.NONE)
    await end(true)
    expect(await fetched({ requireStable: true })).toBe(-1)
    await restart()
    expect(listed()).toEqual([])
  })

  it('loses them to OffsetDelete, also where nothing was committed', async () => {
    await commit(7, { transaction })
    const asked = [{ name: 'a', partitions: [{ partitionIndex: 0 }] }]
    await groups.offsets.delete({ groupId: 'g', topics: asked })
    expect(await fetched({ requireStable: true })).toBe(-1)
    await end(true)
    await restart()
    expect(await fetched()).toBe(-1)
  })

  it('loses those of a topic that is deleted', async () => {
    await commit(7, { transaction })
    await commit(8, { transaction, topic: 'b' })
    await store.commit(groups.topicDeleted({ name: 'a' }))
    await end(true)
    expect(await fetched()).toBe(-1)
    await restart()
    const kinds = groups.rows().map(({ kind, key }) => `${kind} ${key}`)
    expect(kinds).toEqual(['offset ["g","b",0]'])
  })
})

describe('TxnOffsetCommit, which the transaction coordinator admits', () => {
  const asked: string[] = []
  /** Says so after each question, until there is nothing left to say. */
  function coordinator(...answers: (KafkaError | 'open' | 'over')[]) {
    let isOpen = false
    return {
      admit(...question: unknown[]): Promise<void> {
        asked.push(JSON.stringify(question))
        const answer = answers.shift() ?? 'open'
        isOpen = answer === 'open'
        return answer instanceof KafkaError ? Promise.reject(answer) : Promise.resolve()
      },
      isOpen: () => isOpen,
    }
  }

  async function send(
    transactions: ReturnType<typeof coordinator>,
    options: { groupId?: string; partitions?: number[]; version?: number } = {},
  ) {
    asked.splice(0)
    const { groupId = 'g', partitions = [0], version = 5 } = options
    const asPartitions = partitions.map(partitionIndex => ({
      partitionIndex,
      committedOffset: 7,
      committedLeaderEpoch: -1,
      committedMetadata: '',
      commitTimestamp: -1,
    }))
    const request = {
      transactionalId: 't',
      producerId: 1,
      producerEpoch: 0,
      groupId,
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [{ name: 'a', topicId: '', partitions: asPartitions }],
    }
    const answer = await groups.offsets.commitInTransaction(request, version, transactions)
    return answer[0]!.partitions.map(({ errorCode }) => errorName(errorCode))
  }

  it.each([
    [5, { adds: true, knowsAbortable: true, knowsConcurrent: true }],
    [4, { adds: false, knowsAbortable: true, knowsConcurrent: true }],
    [3, { adds: false, knowsAbortable: false, knowsConcurrent: true }],
  ])('v%i asks for the partition of the group', async (version, support) => {
    expect(await send(coordinator(), { version })).toEqual(['NONE'])
    const partition = { topic: '__consumer_offsets', partition: groups.offsets.partitionOf('g') }
    const producerIs = { producerId: 1, producerEpoch: 0 }
    expect(asked).toEqual([JSON.stringify(['t', producerIs, partition, support])])
    expect(await fetched({ requireStable: true })).toEqual(unstable)
    await end(true, producer(1, { offsetsPartition: partition.partition }))
    expect(await fetched()).toBe(7)
  })

  it('is refused in the words of the coordinator, but for what does not exist', async () => {
    const refusing = coordinator(new KafkaError('CONCURRENT_TRANSACTIONS'))
    expect(await send(refusing, { partitions: [0, 9] })).toEqual([
      'CONCURRENT_TRANSACTIONS',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ])
    expect(await fetched({ requireStable: true })).toBe(-1)
    expect(listed()).toEqual([])
  })

  it('is asked about again when the transaction has ended meanwhile', async () => {
    const fencing = coordinator('over', new KafkaError('INVALID_PRODUCER_EPOCH'))
    expect(await send(fencing)).toEqual(['INVALID_PRODUCER_EPOCH'])
    expect(asked).toHaveLength(2)
  })

  it('is not asked about without a partition of ours, nor without a group', async () => {
    expect(await send(coordinator(), { partitions: [9] })).toEqual(['UNKNOWN_TOPIC_OR_PARTITION'])
    expect(await send(coordinator(), { groupId: '' })).toEqual(['INVALID_GROUP_ID'])
    expect(asked).toEqual([])
  })

  it('fails as a whole where the coordinator fails', async () => {
    const broken = coordinator()
    broken.admit = () => Promise.reject(new TypeError('a bug'))
    await expect(send(broken)).rejects.toThrow('a bug')
  })
})
