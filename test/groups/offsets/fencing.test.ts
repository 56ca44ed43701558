/**
 * Rule 56: who may commit offsets for a group in a transaction (KIP-447), by validateOffsetCommit
 * of Kafka's groups and OffsetMetadataManager.validateTransactionalOffsetCommit.
 */
import { describe, expect, it } from 'vitest'
import { errorName, type ErrorName } from '../../../protocol/errors.ts'
import type { Group } from '../../../src/groups/group.ts'
import { commitOffsets } from '../../../src/groups/offsets/commit.ts'
import { ShareGroup } from '../../../src/groups/share/share-group.ts'
import { GroupDriver as ClassicDriver } from '../classic/driver.ts'
import { ConsumerDriver } from '../consumer/driver.ts'
import { GroupDriver as StreamsDriver } from '../streams/driver.ts'
import { stepAt } from '../steps.ts'

interface Client {
  memberId?: string
  groupInstanceId?: string
  generationIdOrMemberEpoch?: number
}

const topics = {
  version: 1,
  get: (name: string) => ({ name, id: `${name}#1`, partitions: { length: 4 } }),
  getById: () => undefined,
  all: () => [],
}

/** Commits an offset of foo-0, or another partition. */
function commit(group: Group | undefined, client: Client, version = 3, partitionIndex = 0) {
  const step = stepAt(2_000, { topics })
  const partition = {
    partitionIndex,
    committedOffset: 7,
    committedLeaderEpoch: -1,
    committedMetadata: '',
    commitTimestamp: -1,
  }
  const request = {
    groupId: 'g',
    memberId: '',
    groupInstanceId: null,
    generationIdOrMemberEpoch: -1,
    ...client,
    retentionTimeMs: -1,
    transaction: { producerId: 5, producerEpoch: 2, offsetsPartition: 3 },
    topics: [{ name: 'foo', topicId: '', partitions: [partition] }],
  }
  const [answer] = commitOffsets(group, request, version, step)
  const error = errorName(answer!.partitions[0]!.errorCode)
  expect(step.pendingOffsets).toHaveLength(error === 'NONE' ? 1 : 0)
  expect(step.offsets).toEqual([])
  return error
}

const by = (memberId: string, epoch: number, groupInstanceId?: string): Client => {
  return {
    memberId,
    generationIdOrMemberEpoch: epoch,
    ...(groupInstanceId !== undefined && { groupInstanceId }),
  }
}

const nobody = by('', -1)

type Case = [string, Client, ErrorName]

describe('for a group that does not exist', () => {
  it.each<Case>([
    ['a client without generation creates it', nobody, 'NONE'],
    ['a member has a generation that is no more', by('m', 1), 'ILLEGAL_GENERATION'],
  ])('%s', (_, client, error) => {
    expect([3, 4, 5].map(version => commit(undefined, client, version))).toEqual([
      error,
      error,
      error,
    ])
  })
})

describe('in a classic group with members', () => {
  function stable(): ClassicDriver {
    const driver = new ClassicDriver()
    driver.stable({}, { groupInstanceId: 'a' })
    return driver
  }

  it.each<Case>([
    ['a member may', by('m-1', 1), 'NONE'],
    ['a static member may', by('a-2', 1, 'a'), 'NONE'],
    ['nobody is fenced that says nothing, as before v3', nobody, 'NONE'],
    ['a member of an older generation', by('m-1', 0), 'ILLEGAL_GENERATION'],
    ['a member without generation', by('m-1', -1), 'ILLEGAL_GENERATION'],
    ['a client without member id', by('', 1), 'UNKNOWN_MEMBER_ID'],
    ['an instance without member id', by('', -1, 'a'), 'FENCED_INSTANCE_ID'],
    ['a stranger', by('x', 1), 'UNKNOWN_MEMBER_ID'],
    ['who had the instance before', by('a-0', 1, 'a'), 'FENCED_INSTANCE_ID'],
  ])('%s', (_, client, error) => {
    expect(commit(stable().group, client)).toBe(error)
  })

  it('a member may also before it has its assignment', () => {
    const driver = new ClassicDriver()
    driver.join()
    driver.advance(0)
    expect(driver.group.state).toBe('CompletingRebalance')
    expect(commit(driver.group, by('m-1', 1))).toBe('NONE')
    expect(commit(driver.group, by('m-1', 0))).toBe('ILLEGAL_GENERATION')
  })

  it('a commit does not keep the session alive', () => {
    const driver = new ClassicDriver()
    driver.stable({ sessionTimeoutMs: 10_000 })
    driver.advance(9_000)
    commit(driver.group, by('m-1', 1))
    driver.advance(2_000)
    expect(driver.group.state).toBe('Empty')
  })
})

describe('in a consumer group with members', () => {
  /** The first of two members has 0 and 1 since epoch 2 and is in 3. */
  function twoMembers(): Group {
    const driver = new ConsumerDriver({ topics: { foo: 4 } })
    driver.join('m1', { subscribedTopicNames: ['foo'] })
    driver.join('m2', { subscribedTopicNames: ['foo'] })
    driver.heartbeat('m1')
    const owned = [{ topicId: driver.topics.get('foo')!.id, partitions: [0, 1] }]
    driver.heartbeat('m1', { topicPartitions: owned })
    return driver.group
  }

  it.each<Case>([
    ['a member may, in its epoch', by('m1', 3), 'NONE'],
    ['in an older one it may for what it has had since (KIP-1251)', by('m1', 2), 'NONE'],
    ['in one before it had the partition', by('m1', 1), 'ILLEGAL_GENERATION'],
    ['in one that is not there yet', by('m1', 4), 'ILLEGAL_GENERATION'],
    ['a stranger', by('x', 3), 'UNKNOWN_MEMBER_ID'],
    ['nobody is fenced that says nothing, as before v3', nobody, 'NONE'],
    ['an instance without member id', by('', -1, 'a'), 'UNKNOWN_MEMBER_ID'],
    ['of another epoch without a member', by('', -2), 'UNKNOWN_MEMBER_ID'],
  ])('%s', (_, client, error) => {
    expect(commit(twoMembers(), client)).toBe(error)
  })

  it('an older epoch does not do for what was revoked meanwhile', () => {
    expect(commit(twoMembers(), by('m1', 2), 3, 2)).toBe('ILLEGAL_GENERATION')
  })
})

describe('in a streams group with members', () => {
  it.each<Case>([
    ['a member may, in its epoch', by('1', 2), 'NONE'],
    ['in one that is not there yet', by('1', 3), 'ILLEGAL_GENERATION'],
    ['in an older one, for what it does not read', by('1', 1), 'ILLEGAL_GENERATION'],
    ['a stranger', by('x', 2), 'UNKNOWN_MEMBER_ID'],
    ['nobody is fenced that says nothing', nobody, 'NONE'],
  ])('%s', (_, client, error) => {
    const driver = new StreamsDriver()
    driver.join('1')
    expect(commit(driver.group, client)).toBe(error)
  })
})

it('a share group has no offsets of this kind', () => {
  expect(commit(new ShareGroup('g'), nobody)).toBe('GROUP_ID_NOT_FOUND')
})
