import { describe, expect, it } from 'vitest'
import { ShareDriver } from './driver.ts'

function kafkaError(error: string, message: unknown = expect.anything()): unknown {
  return expect.objectContaining({ error, message })
}

// The names and behaviours of Kafka's GroupMetadataManagerTest and GroupCoordinatorServiceTest.
describe('a heartbeat that no member can mean', () => {
  it.each([
    ['an empty member id', { memberId: '' }, "MemberId can't be empty."],
    ['a blank member id', { memberId: ' ' }, "MemberId can't be empty."],
    ['an empty group id', { groupId: '' }, "GroupId can't be empty."],
    ['an empty rack', { rackId: '' }, "RackId can't be empty."],
    ['no topics at the join', {}, 'SubscribedTopicNames must be set in first request.'],
    [
      'an empty list of topics at the join',
      { subscribedTopicNames: [] },
      'SubscribedTopicNames must be set in first request.',
    ],
    ['an epoch below -1', { memberEpoch: -2 }, 'MemberEpoch is invalid.'],
  ])('%s', (_, request, message) => {
    expect(() => new ShareDriver().heartbeat('m', 0, request)).toThrow(
      kafkaError('INVALID_REQUEST', message),
    )
  })
})

describe('the first member', () => {
  it('joins, and has all partitions at once', () => {
    const driver = new ShareDriver({ topics: { t: 2, u: 1 } })
    expect(driver.join('m', 't', 'u')).toEqual({
      memberId: 'm',
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
      assignment: {
        topicPartitions: [
          { topicId: 't-id', partitions: [0, 1] },
          { topicId: 'u-id', partitions: [0] },
        ],
      },
    })
    expect(driver.group).toMatchObject({ epoch: 2, state: 'Stable' })
    expect(driver.group.facts).toMatchObject({ assignmentEpoch: 2 })
  })

  it('is stored with the group', () => {
    const driver = new ShareDriver()
    driver.join('m')
    expect(driver.changed).toEqual(['m'])
    expect(driver.stores).toBe(1)
  })

  it('may subscribe to topics that do not exist', () => {
    const driver = new ShareDriver()
    expect(driver.join('m', 'later')).toMatchObject({
      memberEpoch: 2,
      assignment: { topicPartitions: [] },
    })
  })

  it('gets the partitions of a topic that is created later', () => {
    const driver = new ShareDriver()
    driver.join('m', 'later')
    driver.topics.set('later', 1)
    driver.advance(1000)
    expect(driver.beat('m')).toMatchObject({
      memberEpoch: 3,
      assignment: { topicPartitions: [{ topicId: 'later-id', partitions: [0] }] },
    })
  })

  it('gets new partitions of its topic', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.topics.set('t', 3)
    driver.advance(1000)
    expect(driver.beat('m').memberEpoch).toBe(3)
    expect(driver.assigned('m')).toEqual({ 't-id': [0, 1, 2] })
  })

  it('loses the partitions of a topic that is deleted', () => {
    const driver = new ShareDriver({ topics: { t: 1, u: 1 } })
    driver.join('m', 't', 'u')
    driver.topics.delete('u')
    driver.advance(1000)
    driver.beat('m')
    expect(driver.assigned('m')).toEqual({ 't-id': [0] })
  })

  it('gets those of a topic that is created again', () => {
    const driver = new ShareDriver({ topics: { t: 1 } })
    driver.join('m')
    driver.topics.delete('t')
    driver.topics.set('t', 1, 'other-id')
    driver.advance(1000)
    driver.beat('m')
    expect(driver.assigned('m')).toEqual({ 'other-id': [0] })
  })

  it('does not care for topics that nobody subscribes to', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.topics.set('other', 5)
    driver.advance(1000)
    expect(driver.beat('m').memberEpoch).toBe(2)
    expect(driver.stores).toBe(1)
  })
})

describe('a heartbeat of a member', () => {
  it('in its epoch changes nothing, and tells nothing new', () => {
    const driver = new ShareDriver()
    driver.join('m')
    expect(driver.heartbeat('m', 2)).toEqual({
      memberId: 'm',
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
      assignment: null,
    })
    expect(driver.changed).toEqual([])
    expect(driver.stores).toBe(1)
  })

  it('that tells everything is told everything', () => {
    const driver = new ShareDriver()
    driver.join('m')
    const answer = driver.heartbeat('m', 2, { subscribedTopicNames: ['t'] })
    expect(answer).toMatchObject({
      memberEpoch: 2,
      assignment: { topicPartitions: [{ topicId: 't-id', partitions: [0, 1] }] },
    })
    expect(driver.changed).toEqual([])
  })

  it('in the epoch before is accepted: the reply may have been lost', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.topics.set('t', 3)
    driver.advance(1000)
    driver.heartbeat('m', 2)
    expect(driver.heartbeat('m', 2).memberEpoch).toBe(3)
  })

  it('in an older epoch is fenced', () => {
    const driver = new ShareDriver()
    driver.join('m')
    expect(() => driver.heartbeat('m', 1)).toThrow(
      kafkaError(
        'FENCED_MEMBER_EPOCH',
        'The share group member has a smaller member epoch (1) than the one known by the group ' +
          'coordinator (2), and it does not match the previous member epoch (0). The member ' +
          'must abandon all its partitions and rejoin.',
      ),
    )
  })

  it('in a later epoch is fenced', () => {
    const driver = new ShareDriver()
    driver.join('m')
    expect(() => driver.heartbeat('m', 3)).toThrow(
      kafkaError(
        'FENCED_MEMBER_EPOCH',
        'The share group member has a greater member epoch (3) than the one known by the group ' +
          'coordinator (2). The member must abandon all its partitions and rejoin.',
      ),
    )
  })

  it('in epoch 0 joins again, and keeps what it has', () => {
    const driver = new ShareDriver()
    driver.join('m')
    expect(driver.join('m')).toMatchObject({
      memberEpoch: 2,
      assignment: { topicPartitions: [{ topicId: 't-id', partitions: [0, 1] }] },
    })
  })

  it('of nobody is refused', () => {
    const driver = new ShareDriver()
    driver.join('m')
    expect(() => driver.heartbeat('n', 2)).toThrow(
      kafkaError('UNKNOWN_MEMBER_ID', 'Member n is not a member of group g.'),
    )
  })

  it('may change its subscription', () => {
    const driver = new ShareDriver({ topics: { t: 1, u: 1 } })
    driver.join('m')
    driver.advance(1000)
    expect(driver.beat('m', { subscribedTopicNames: ['u'] })).toMatchObject({
      memberEpoch: 3,
      assignment: { topicPartitions: [{ topicId: 'u-id', partitions: [0] }] },
    })
  })

  it('may drop all topics', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.advance(1000)
    expect(driver.beat('m', { subscribedTopicNames: [] })).toMatchObject({
      memberEpoch: 3,
      assignment: { topicPartitions: [] },
    })
  })

  it('takes topics away at once that it no longer subscribes to', () => {
    const driver = new ShareDriver({ topics: { t: 1, u: 1 } })
    driver.join('m', 't', 'u')
    const answer = driver.beat('m', { subscribedTopicNames: ['u'] })
    expect(answer).toMatchObject({
      memberEpoch: 2,
      assignment: { topicPartitions: [{ topicId: 'u-id', partitions: [0] }] },
    })
    expect(driver.group.epoch).toBe(3)
  })

  it('may change its rack and its client, which is stored and moves nothing', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.beat('m', { rackId: 'r' })
    expect(driver.changed).toEqual(['m'])
    driver.heartbeat('m', 2, { clientId: 'other' })
    expect(driver.changed).toEqual(['m'])
    expect(driver.group.members.get('m')).toMatchObject({ rackId: 'r', clientId: 'other' })
    expect(driver.group.epoch).toBe(2)
  })
})

describe('several members', () => {
  it('spread the partitions', () => {
    const driver = new ShareDriver({ topics: { t: 4 } })
    driver.join('a')
    driver.advance(1000)
    expect(driver.join('b')).toMatchObject({
      memberEpoch: 3,
      assignment: { topicPartitions: [{ topicId: 't-id', partitions: [2, 3] }] },
    })
    expect(driver.beat('a')).toMatchObject({
      memberEpoch: 3,
      assignment: { topicPartitions: [{ topicId: 't-id', partitions: [0, 1] }] },
    })
  })

  it('share a partition, which each of them keeps', () => {
    const driver = new ShareDriver({ topics: { t: 1 } })
    driver.join('a')
    driver.advance(1000)
    driver.join('b')
    driver.beat('a')
    expect([driver.assigned('a'), driver.assigned('b')]).toEqual([{ 't-id': [0] }, { 't-id': [0] }])
  })

  it('wait for the next assignment as long as the last one is fresh', () => {
    const driver = new ShareDriver({ topics: { t: 4 } })
    driver.join('a')
    driver.advance(999)
    expect(driver.join('b')).toMatchObject({ memberEpoch: 2, assignment: { topicPartitions: [] } })
    expect(driver.group.facts).toMatchObject({ epoch: 3, assignmentEpoch: 2 })
    driver.advance(1)
    expect(driver.beat('b')).toMatchObject({
      memberEpoch: 3,
      assignment: { topicPartitions: [{ topicId: 't-id', partitions: [2, 3] }] },
    })
  })

  it('do not wait where share.assignment.interval.ms is 0', () => {
    const groupConfigs = { 'share.assignment.interval.ms': '0' }
    const driver = new ShareDriver({ topics: { t: 4 }, groupConfigs })
    driver.join('a')
    expect(driver.join('b').memberEpoch).toBe(3)
  })

  it('are no more than group.share.max.size', () => {
    const driver = new ShareDriver({ config: { groupShareMaxSize: 1 } })
    driver.join('a')
    expect(() => driver.join('b')).toThrow(
      kafkaError(
        'GROUP_MAX_SIZE_REACHED',
        'The share group has reached its maximum capacity of 1 members.',
      ),
    )
    expect(driver.join('a').memberEpoch).toBe(2)
  })
})

describe('a member that leaves', () => {
  it('is gone, and the group epoch grows', () => {
    const driver = new ShareDriver()
    driver.join('m')
    expect(driver.leave('m')).toEqual({
      memberId: 'm',
      memberEpoch: -1,
      heartbeatIntervalMs: 0,
      assignment: null,
    })
    expect(driver.group).toMatchObject({ epoch: 3, state: 'Empty' })
    expect(driver.changed).toEqual(['m'])
    expect(driver.group.memberRow('m')).toBeNull()
  })

  it('leaves what it had to the others', () => {
    const driver = new ShareDriver()
    driver.join('a')
    driver.advance(1000)
    driver.join('b')
    driver.leave('a')
    driver.advance(1000)
    driver.beat('b')
    expect(driver.assigned('b')).toEqual({ 't-id': [0, 1] })
  })

  it('cannot leave twice', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.leave('m')
    expect(() => driver.leave('m')).toThrow(
      kafkaError('UNKNOWN_MEMBER_ID', 'Member m is not a member of group g.'),
    )
  })

  it('may join again under its id', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.leave('m')
    driver.advance(1000)
    expect(driver.join('m')).toMatchObject({ memberEpoch: 4 })
    expect(driver.assigned('m')).toEqual({ 't-id': [0, 1] })
  })
})

describe('what is set on the group holds for it', () => {
  const groupConfigs = {
    'share.heartbeat.interval.ms': '7000',
    'share.session.timeout.ms': '50000',
  }

  it('share.heartbeat.interval.ms', () => {
    expect(new ShareDriver({ groupConfigs }).join('m').heartbeatIntervalMs).toBe(7000)
  })

  it('share.session.timeout.ms', () => {
    const driver = new ShareDriver({ groupConfigs })
    driver.join('m')
    driver.advance(49_999)
    expect(driver.group.size).toBe(1)
    driver.advance(1)
    expect(driver.group.size).toBe(0)
  })
})
