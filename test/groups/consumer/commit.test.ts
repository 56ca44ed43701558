/** Who may commit offsets of a consumer group (cases of Kafka: ConsumerGroupTest). */
import { describe, expect, it } from 'vitest'
import { errorName } from '../../../protocol/errors.ts'
import { ConsumerDriver } from './driver.ts'

/** Partitions of foo. */
function commit(
  { group, topics }: ConsumerDriver,
  memberId: string,
  epoch: number,
  partitions: readonly number[],
  version = 9,
): string {
  const topicId = topics.get('foo')!.id
  const client = { memberId, groupInstanceId: null, generationIdOrMemberEpoch: epoch }
  const listed = partitions.map(partition => ({ topic: 'foo', topicId, partition }))
  return errorName(group.validateCommit(client, version, listed))
}

/** Two members of four partitions; the first one has 0 and 1 since epoch 2 and is in 4 by now. */
function twoMembers(): ConsumerDriver {
  const driver = new ConsumerDriver({ topics: { foo: 4 } })
  driver.join('m1', { subscribedTopicNames: ['foo'] })
  driver.join('m2', { subscribedTopicNames: ['foo'] })
  driver.heartbeat('m1')
  const owned = [{ topicId: driver.topics.get('foo')!.id, partitions: [0, 1] }]
  driver.heartbeat('m1', { topicPartitions: owned })
  driver.heartbeat('m2')
  return driver
}

describe('a member', () => {
  it('may in its epoch, whatever it has', () => {
    const driver = twoMembers()
    expect(commit(driver, 'm1', driver.member('m1').epoch, [0, 3])).toBe('NONE')
  })

  it('may in an older epoch, for what it has had since (KIP-1251)', () => {
    const driver = twoMembers()
    expect(driver.member('m1').epoch).toBe(3)
    expect(commit(driver, 'm1', 2, [0, 1])).toBe('NONE')
    expect(commit(driver, 'm1', 2, [])).toBe('NONE')
  })

  it.each([
    ['an older epoch, for what was revoked meanwhile', 'm1', 2, [0, 2]],
    ['an epoch before it had the partition', 'm2', 2, [2]],
    ['an epoch that is not there yet', 'm1', 4, [0]],
  ] as const)('may not in %s', (_, memberId, epoch, partitions) => {
    expect(commit(twoMembers(), memberId, epoch, partitions)).toBe('STALE_MEMBER_EPOCH')
  })

  it('may for what it is giving up', () => {
    const driver = new ConsumerDriver({ topics: { foo: 4 } })
    driver.join('m1', { subscribedTopicNames: ['foo'] })
    driver.join('m2', { subscribedTopicNames: ['foo'] })
    driver.heartbeat('m1')
    expect(driver.member('m1')).toMatchObject({ state: 'unrevoked', epoch: 2 })
    expect(commit(driver, 'm1', 2, [0, 1, 2, 3])).toBe('NONE')
  })

  it('may not with a version that knows no epochs', () => {
    expect(commit(twoMembers(), 'm1', 3, [0], 8)).toBe('UNSUPPORTED_VERSION')
  })
})

describe('who is no member', () => {
  it('may while nobody is', () => {
    const driver = new ConsumerDriver()
    expect(commit(driver, '', -1, [0])).toBe('NONE')
    expect(commit(driver, 'm1', 1, [0])).toBe('UNKNOWN_MEMBER_ID')
  })

  it('may not while somebody is', () => {
    expect(commit(twoMembers(), '', -1, [0])).toBe('UNKNOWN_MEMBER_ID')
  })
})
