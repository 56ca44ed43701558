/** The cases of Kafka's GroupMetadataManagerTest about members of consumer groups. */
import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { ConsumerDriver, text } from './driver.ts'
import { errorOf } from './errors.ts'

describe('a member that joins', () => {
  it('gets everything when it is alone', () => {
    const driver = new ConsumerDriver()
    const answer = driver.join('m1')
    expect(answer).toMatchObject({
      errorCode: errors.NONE,
      memberId: 'm1',
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
    })
    expect(text(answer.assignment)).toBe('bar-0 bar-1 bar-2 foo-0 foo-1 foo-2 foo-3 foo-4 foo-5')
    expect(driver.group).toMatchObject({ state: 'Stable', epoch: 2, size: 1 })
    expect(driver.stored).toEqual({ group: true, members: ['m1'] })
  })

  it('begins the first epoch without any subscription', () => {
    const driver = new ConsumerDriver()
    const answer = driver.join('m1', { subscribedTopicNames: [] })
    expect(answer).toMatchObject({ memberEpoch: 1, assignment: { topicPartitions: [] } })
  })

  it('may subscribe to topics that do not exist', () => {
    const driver = new ConsumerDriver()
    expect(text(driver.join('m1', { subscribedTopicNames: ['none'] }).assignment)).toBe('')
    driver.topics.set('none', 2)
    const answer = driver.heartbeat('m1')
    expect(answer.memberEpoch).toBe(3)
    expect(text(answer.assignment)).toBe('none-0 none-1')
  })

  it('second waits until the first gives up its share', () => {
    const driver = new ConsumerDriver({ topics: { foo: 4 } })
    driver.join('m1', { subscribedTopicNames: ['foo'] })
    const second = driver.join('m2', { subscribedTopicNames: ['foo'] })
    expect(second.memberEpoch).toBe(3)
    expect(text(second.assignment)).toBe('')
    expect(driver.member('m2').state).toBe('unreleased')
    // The first learns with its next heartbeat that it has to give up two, in its old epoch.
    const told = driver.heartbeat('m1')
    expect(told.memberEpoch).toBe(2)
    expect(text(told.assignment)).toBe('foo-0 foo-1')
    expect(driver.member('m1').state).toBe('unrevoked')
    expect(driver.group.state).toBe('Reconciling')
    // While it has not said that it did, the second gets nothing.
    expect(driver.heartbeat('m2').assignment).toBeNull()
    expect(driver.confirm('m1')).toMatchObject({ memberEpoch: 3, assignment: null })
    expect(text(driver.heartbeat('m2').assignment)).toBe('foo-2 foo-3')
    expect(driver.group.state).toBe('Stable')
  })

  it('again with epoch 0 goes on with what it has', () => {
    const driver = new ConsumerDriver({ topics: { foo: 2 } })
    driver.join('m1', { subscribedTopicNames: ['foo'] })
    const again = driver.join('m1', { subscribedTopicNames: ['foo'] })
    expect(again.memberEpoch).toBe(2)
    expect(text(again.assignment)).toBe('foo-0 foo-1')
    expect(driver.stored).toEqual({ group: false, members: [] })
  })

  it('is refused when the group is full', () => {
    const driver = new ConsumerDriver({ configs: { 'group.consumer.max.size': '1' } })
    driver.join('m1')
    expect(errorOf(() => driver.join('m2'))).toBe('GROUP_MAX_SIZE_REACHED')
    expect(errorOf(() => driver.join('m1'))).toBe('NONE')
  })

  it('is refused with a bad regular expression, and leaves nothing behind', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    const join = () => driver.join('m2', { subscribedTopicRegex: 'foo(' })
    expect(errorOf(join)).toBe('INVALID_REGULAR_EXPRESSION')
    expect(driver.group).toMatchObject({ size: 1, epoch: 2 })
  })
})

describe('a member that stays', () => {
  it('changes nothing with an empty heartbeat', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    expect(driver.heartbeat('m1')).toEqual({
      errorCode: 0,
      memberId: 'm1',
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
      assignment: null,
    })
    expect(driver.stored).toEqual({ group: false, members: [] })
  })

  it('is told its assignment when it sends everything', () => {
    const driver = new ConsumerDriver({ topics: { foo: 1 } })
    driver.join('m1', { subscribedTopicNames: ['foo'] })
    const full = { rebalanceTimeoutMs: 5000, subscribedTopicNames: ['foo'] }
    expect(text(driver.confirm('m1', full).assignment)).toBe('foo-0')
    expect(driver.confirm('m1', { subscribedTopicNames: ['foo'] }).assignment).toBeNull()
  })

  it('gets another assignment with another subscription', () => {
    const driver = new ConsumerDriver({ topics: { foo: 1, bar: 1 } })
    driver.join('m1', { subscribedTopicNames: ['foo'] })
    const answer = driver.heartbeat('m1', { subscribedTopicNames: ['foo', 'bar'] })
    expect(answer.memberEpoch).toBe(3)
    expect(text(answer.assignment)).toBe('bar-0 foo-0')
  })

  it('gives up topics that it has unsubscribed from', () => {
    const driver = new ConsumerDriver({ topics: { foo: 1, bar: 1 } })
    driver.join('m1')
    const answer = driver.heartbeat('m1', { subscribedTopicNames: ['foo'] })
    expect(answer.memberEpoch).toBe(2)
    expect(text(answer.assignment)).toBe('foo-0')
    expect(driver.confirm('m1').memberEpoch).toBe(3)
  })

  it('bumps no epoch with the same names in another order', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    driver.heartbeat('m1', { subscribedTopicNames: ['bar', 'foo'] })
    expect(driver.group.epoch).toBe(2)
  })

  it('is stored, without a new epoch, when it changes anything else', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    driver.heartbeat('m1', { rackId: 'r', rebalanceTimeoutMs: 9000 })
    expect(driver.stored).toEqual({ group: false, members: ['m1'] })
    expect(driver.group.epoch).toBe(2)
    expect(driver.member('m1')).toMatchObject({ rackId: 'r', rebalanceTimeoutMs: 9000 })
  })

  it('is fenced with an epoch to come, and with an old one', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    driver.heartbeat('m1', { subscribedTopicNames: ['foo', 'bar', 'none'] })
    expect(driver.member('m1').epoch).toBe(3)
    driver.heartbeat('m1', { subscribedTopicNames: ['foo', 'bar'] })
    expect(driver.member('m1').epoch).toBe(4)
    expect(errorOf(() => driver.confirm('m1', { memberEpoch: 5 }))).toBe('FENCED_MEMBER_EPOCH')
    expect(errorOf(() => driver.confirm('m1', { memberEpoch: 2 }))).toBe('FENCED_MEMBER_EPOCH')
  })

  it('may use the previous epoch when a reply was lost', () => {
    const driver = new ConsumerDriver({ topics: { foo: 2, bar: 1 } })
    driver.join('m1', { subscribedTopicNames: ['foo'] })
    driver.heartbeat('m1', { subscribedTopicNames: ['foo', 'bar'] })
    const owned = [{ topicId: driver.topics.get('foo')!.id, partitions: [0, 1] }]
    const answer = driver.heartbeat('m1', { memberEpoch: 2, topicPartitions: owned })
    expect(answer).toMatchObject({ errorCode: 0, memberEpoch: 3 })
    const without = () => driver.heartbeat('m1', { memberEpoch: 2 })
    expect(errorOf(without)).toBe('FENCED_MEMBER_EPOCH')
    const more = [{ topicId: driver.topics.get('foo')!.id, partitions: [0, 1, 2] }]
    const withMore = () => driver.heartbeat('m1', { memberEpoch: 2, topicPartitions: more })
    expect(errorOf(withMore)).toBe('FENCED_MEMBER_EPOCH')
  })

  it('is unknown when it is not there', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    expect(errorOf(() => driver.heartbeat('m2', { memberEpoch: 2 }))).toBe('UNKNOWN_MEMBER_ID')
    expect(errorOf(() => driver.leave('m2'))).toBe('UNKNOWN_MEMBER_ID')
  })
})

describe('a member that leaves', () => {
  it('frees its partitions at once', () => {
    const driver = new ConsumerDriver({ topics: { foo: 4 } })
    driver.join('m1', { subscribedTopicNames: ['foo'] })
    driver.join('m2', { subscribedTopicNames: ['foo'] })
    driver.settle()
    expect(driver.leave('m2')).toMatchObject({ errorCode: 0, memberId: 'm2', memberEpoch: -1 })
    expect(driver.group).toMatchObject({ epoch: 4, size: 1, state: 'Assigning' })
    const answer = driver.heartbeat('m1')
    expect(answer.memberEpoch).toBe(4)
    expect(text(answer.assignment)).toBe('foo-0 foo-1 foo-2 foo-3')
  })

  it('leaves an empty group behind', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    driver.leave('m1')
    expect(driver.group).toMatchObject({ state: 'Empty', epoch: 3, isBlank: false })
    expect(driver.stored).toEqual({ group: true, members: ['m1'] })
    expect(driver.group.memberRow('m1')).toBeNull()
  })
})
