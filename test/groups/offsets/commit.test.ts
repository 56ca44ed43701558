import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import type { OffsetRow } from '../../../storage/metadata-store.ts'
import type { ClassicGroup } from '../../../src/groups/classic/classic-group.ts'
import {
  commitOffsets,
  type CommitAnswer,
  type CommitRequest,
} from '../../../src/groups/offsets/commit.ts'
import { GroupDriver } from '../classic/driver.ts'
import { stepAt } from '../steps.ts'
import { aId } from '../topics.ts'

type Partition = CommitRequest['topics'][0]['partitions'][0]

function partition(partitionIndex: number, options: Partial<Partition> = {}): Partition {
  return {
    partitionIndex,
    committedOffset: 7,
    committedLeaderEpoch: -1,
    committedMetadata: '',
    commitTimestamp: -1,
    ...options,
  }
}

function commit(
  group: ClassicGroup | undefined,
  options: Partial<CommitRequest> = {},
  version = 8,
  step = stepAt(2_000, { timestamp: 5_000 }),
): { answer: CommitAnswer[]; codes: number[]; rows: readonly OffsetRow[] } {
  const request: CommitRequest = {
    groupId: 'g',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [{ name: 'a', topicId: '', partitions: [partition(0)] }],
    ...options,
  }
  const answer = commitOffsets(group, request, version, step)
  const codes = answer.flatMap(topic => topic.partitions.map(({ errorCode }) => errorCode))
  return { answer, codes, rows: step.offsets }
}

const member = (memberId: string, generationIdOrMemberEpoch: number, instance?: string) => ({
  memberId,
  generationIdOrMemberEpoch,
  groupInstanceId: instance ?? null,
})

describe('who may commit (Kafka: ClassicGroup.validateOffsetCommit)', () => {
  it('anybody without a generation, for a group that does not exist', () => {
    expect(commit(undefined).codes).toEqual([0])
  })

  it.each([
    [8, errors.ILLEGAL_GENERATION],
    [9, errors.GROUP_ID_NOT_FOUND],
  ])('nobody with a generation, for a group that does not exist: v%i gives %i', (version, code) => {
    expect(commit(undefined, member('x', 1), version)).toMatchObject({ codes: [code], rows: [] })
  })

  it('anybody without a generation, while the group is empty', () => {
    const group = new GroupDriver()
    group.leave(...group.stable({}))
    expect(commit(group.group).codes).toEqual([0])
    expect(commit(group.group, member('', -1, 'static')).codes).toEqual([0])
    expect(commit(group.group, member('m-1', 1)).codes).toEqual([errors.UNKNOWN_MEMBER_ID])
  })

  it.each<[string, Partial<CommitRequest>, number]>([
    ['a member', member('m-1', 1), 0],
    ['a static member', member('a-2', 1, 'a'), 0],
    ['a client without member id', member('', -1), errors.UNKNOWN_MEMBER_ID],
    ['a client without member id, with a generation', member('', 1), errors.UNKNOWN_MEMBER_ID],
    ['a stranger', member('x', 1), errors.UNKNOWN_MEMBER_ID],
    ['a member without generation', member('m-1', -1), errors.ILLEGAL_GENERATION],
    ['a member of an old generation', member('m-1', 0), errors.ILLEGAL_GENERATION],
    ['a member of a future generation', member('m-1', 2), errors.ILLEGAL_GENERATION],
    ['an unknown instance', member('m-1', 1, 'x'), errors.UNKNOWN_MEMBER_ID],
    ['a former owner of the instance', member('a-0', 1, 'a'), 82],
  ])('in a Stable group, %s', (_, options, code) => {
    const group = new GroupDriver()
    group.stable({}, { groupInstanceId: 'a' })
    const { codes, rows } = commit(group.group, options)
    expect(codes).toEqual([code])
    expect(rows).toHaveLength(code === 0 ? 1 : 0)
  })

  it('members that have to join again still commit what they give up', () => {
    const group = new GroupDriver()
    group.stable({}, {})
    group.join({ memberId: 'm-1' })
    expect(group.group.state).toBe('PreparingRebalance')
    expect(commit(group.group, member('m-2', 1)).codes).toEqual([0])
  })

  it('members that have no assignment yet: REBALANCE_IN_PROGRESS', () => {
    const group = new GroupDriver()
    group.join()
    group.advance(0)
    expect(commit(group.group, member('m-1', 1)).codes).toEqual([errors.REBALANCE_IN_PROGRESS])
    expect(commit(group.group, member('m-1', 0)).codes).toEqual([errors.ILLEGAL_GENERATION])
  })
})

it('a commit keeps the session alive (Kafka: testGenericGroupOffsetCommitMaintainsSession)', () => {
  const group = new GroupDriver()
  group.stable({ sessionTimeoutMs: 10_000 })
  for (let i = 0; i < 3; i++) {
    group.advance(9_000)
    group.step(step => commit(group.group, member('m-1', 1), 8, step))
  }
  expect(group.group.state).toBe('Stable')
})

describe('what is committed', () => {
  it('offset, leader epoch, metadata and time are kept (Kafka: OffsetMetadataManager)', () => {
    const partitions = [
      partition(0, { committedOffset: 3, committedLeaderEpoch: 5, committedMetadata: 'note' }),
      partition(1, { committedMetadata: null, commitTimestamp: 1_234 }),
    ]
    const { rows } = commit(undefined, { topics: [{ name: 'a', topicId: '', partitions }] })
    expect(rows).toEqual([
      {
        group: 'g',
        topic: 'a',
        topicId: aId,
        partition: 0,
        offset: 3,
        leaderEpoch: 5,
        metadata: 'note',
        commitTimestamp: 5_000,
      },
      {
        group: 'g',
        topic: 'a',
        topicId: aId,
        partition: 1,
        offset: 7,
        leaderEpoch: -1,
        metadata: '',
        commitTimestamp: 1_234,
      },
    ])
  })

  it('each partition has its own error', () => {
    const { answer, rows } = commit(undefined, {
      topics: [
        { name: 'nope', topicId: '', partitions: [partition(0)] },
        { name: 'a', topicId: '', partitions: [partition(1), partition(2), partition(-1)] },
      ],
    })
    const unknown = errors.UNKNOWN_TOPIC_OR_PARTITION
    expect(answer).toEqual([
      { name: 'nope', topicId: '', partitions: [{ partitionIndex: 0, errorCode: unknown }] },
      {
        name: 'a',
        topicId: '',
        partitions: [
          { partitionIndex: 1, errorCode: 0 },
          { partitionIndex: 2, errorCode: unknown },
          { partitionIndex: -1, errorCode: unknown },
        ],
      },
    ])
    expect(rows.map(row => row.partition)).toEqual([1])
  })

  it('v10 names topics by id (KIP-848)', () => {
    const topicsById = [aId, 'AAAAAAAAAAAAAAAAAAAAAA'].map(topicId => ({
      name: '',
      topicId,
      partitions: [partition(0)],
    }))
    const { codes, rows, answer } = commit(undefined, { topics: topicsById }, 10)
    expect(codes).toEqual([0, errors.UNKNOWN_TOPIC_ID])
    expect(rows[0]).toMatchObject({ topic: 'a', topicId: aId })
    expect(answer[0]).toMatchObject({ topicId: aId })
  })

  it.each([
    ['metadata of 4096 characters', { committedMetadata: 'ü'.repeat(4096) }, 0],
    [
      'metadata of 4097 characters',
      { committedMetadata: 'x'.repeat(4097) },
      errors.OFFSET_METADATA_TOO_LARGE,
    ],
    ['offset -1', { committedOffset: -1 }, 0],
    ['offset 2^63 - 1', { committedOffset: Infinity }, errors.INVALID_COMMIT_OFFSET_SIZE],
  ])('%s', (_, options, code) => {
    const partitions = [partition(0, options)]
    const { codes } = commit(undefined, { topics: [{ name: 'a', topicId: '', partitions }] })
    expect(codes).toEqual([code])
  })
})
