/** Who may commit and fetch offsets of a streams group (cases of Kafka: StreamsGroupTest). */
import { describe, expect, it } from 'vitest'
import { errorName } from '../../../protocol/errors.ts'
import { GroupDriver } from './driver.ts'

interface Commit {
  memberEpoch: number
  topic?: string
  partitions?: readonly number[]
  version?: number
}

function commit(driver: GroupDriver, memberId: string, options: Commit): string {
  const { memberEpoch, topic = 'in', partitions = [0], version = 9 } = options
  const client = { memberId, groupInstanceId: null, generationIdOrMemberEpoch: memberEpoch }
  const listed = partitions.map(partition => ({ topic, topicId: topic, partition }))
  return errorName(driver.group.validateCommit(client, version, listed))
}

/** The first of two members has 0 and 1 since epoch 2, is to give up 2 and 3, and is in 3. */
function reassigned(): GroupDriver {
  const driver = new GroupDriver()
  driver.join('1')
  driver.join('2')
  driver.heartbeat('1')
  driver.owns('1', 0, 1)
  driver.heartbeat('2')
  return driver
}

describe('OffsetCommit', () => {
  it('who is no member may while nobody is one', () => {
    const driver = new GroupDriver()
    expect(commit(driver, '', { memberEpoch: -1 })).toBe('NONE')
    driver.join('1')
    expect(commit(driver, '', { memberEpoch: -1 })).toBe('UNKNOWN_MEMBER_ID')
    expect(commit(driver, 'x', { memberEpoch: 2 })).toBe('UNKNOWN_MEMBER_ID')
  })

  it('a member may in its epoch, whatever the partition, from v9 on', () => {
    const driver = reassigned()
    expect(commit(driver, '1', { memberEpoch: 3, partitions: [0, 3] })).toBe('NONE')
    expect(commit(driver, '1', { memberEpoch: 3, version: 8 })).toBe('UNSUPPORTED_VERSION')
    expect(commit(driver, '1', { memberEpoch: 4 })).toBe('STALE_MEMBER_EPOCH')
  })

  it('in an older epoch, it may for tasks that it has had since (KIP-1251)', () => {
    const driver = reassigned()
    expect(commit(driver, '1', { memberEpoch: 2, partitions: [0, 1] })).toBe('NONE')
    expect(commit(driver, '1', { memberEpoch: 1 })).toBe('STALE_MEMBER_EPOCH')
    expect(commit(driver, '1', { memberEpoch: 2, partitions: [0, 2] })).toBe('STALE_MEMBER_EPOCH')
    expect(commit(driver, '1', { memberEpoch: 2, topic: 'other' })).toBe('STALE_MEMBER_EPOCH')
    expect(commit(driver, '2', { memberEpoch: 2, partitions: [2] })).toBe('STALE_MEMBER_EPOCH')
  })

  it('also for tasks that it is about to give up', () => {
    const driver = reassigned()
    for (const memberId of ['3', '4']) driver.join(memberId)
    driver.heartbeat('1')
    expect(driver.active('1')).toEqual([0])
    expect(commit(driver, '1', { memberEpoch: 2, partitions: [1] })).toBe('NONE')
  })
})

describe('OffsetFetch', () => {
  it.each([
    [null, -1, 'NONE'],
    ['1', 3, 'NONE'],
    ['1', 2, 'STALE_MEMBER_EPOCH'],
    ['x', 3, 'UNKNOWN_MEMBER_ID'],
    ['', -1, 'UNKNOWN_MEMBER_ID'],
  ])('of %s in epoch %i: %s', (memberId, memberEpoch, error) => {
    expect(errorName(reassigned().group.validateFetch({ memberId, memberEpoch }))).toBe(error)
  })
})

it('reads its source topics and repartition topics, while it has members', () => {
  const driver = new GroupDriver()
  expect(driver.group.subscribesTo('in')).toBe(false)
  driver.join('1')
  expect(driver.group.subscribesTo('in')).toBe(true)
  expect(driver.group.subscribesTo('other')).toBe(false)
  driver.leave('1')
  expect(driver.group.subscribesTo('in')).toBe(false)
})
