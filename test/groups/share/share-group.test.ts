import { describe, expect, it } from 'vitest'
import { describe as describeGroup } from '../../../src/groups/share/describe.ts'
import { newMember, type ShareMember } from '../../../src/groups/share/member.ts'
import { ShareGroup } from '../../../src/groups/share/share-group.ts'
import { reconciled } from '../../../src/groups/share/target.ts'
import { stepAt } from '../steps.ts'
import { partitionsOf, ShareDriver, TestTopics } from './driver.ts'

// The names and behaviours of Kafka's ShareGroupTest.
describe('a share group', () => {
  it('begins empty, in epoch 1', () => {
    const group = new ShareGroup('g')
    expect(group).toMatchObject({ type: 'share', protocolType: 'share', state: 'Empty', epoch: 1 })
    expect(group.facts).toMatchObject({ assignmentEpoch: 1, assignmentTimestamp: 0 })
  })

  it('is Stable as long as it has members, whatever they have', () => {
    const driver = new ShareDriver()
    driver.join('a')
    driver.join('b')
    expect(driver.group).toMatchObject({ state: 'Stable', size: 2 })
  })

  it('takes no offsets: there are none of share groups', () => {
    expect(new ShareGroup('g').validateCommit()).toBe(69)
  })

  it('lets a member go whose connection is gone', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.step(step => driver.group.evict('who', 'disconnect', step))
    expect(driver.group).toMatchObject({ size: 1, epoch: 2 })
    driver.step(step => driver.group.evict('m', 'disconnect', step))
    expect(driver.group).toMatchObject({ size: 0, epoch: 3, state: 'Empty' })
  })

  it('knows all topics that anybody subscribes to', () => {
    const driver = new ShareDriver()
    driver.join('a', 't', 'u')
    driver.join('b', 'u', 'v')
    expect(driver.group.topicNames()).toEqual(new Set(['t', 'u', 'v']))
    driver.leave('a')
    expect(driver.group.topicNames()).toEqual(new Set(['u', 'v']))
  })

  it('is described with the names of its topics, without those that are gone', () => {
    const driver = new ShareDriver({ topics: { t: 1, u: 1 } })
    driver.heartbeat('m', 0, { subscribedTopicNames: ['t', 'u'], rackId: 'r' })
    driver.topics.delete('u')
    expect(describeGroup(driver.group, driver.topics)).toEqual({
      groupState: 'Stable',
      groupEpoch: 2,
      assignmentEpoch: 2,
      assignorName: 'simple',
      members: [
        {
          memberId: 'm',
          rackId: 'r',
          memberEpoch: 2,
          clientId: 'client',
          clientHost: '/127.0.0.1',
          subscribedTopicNames: ['t', 'u'],
          assignment: { topicPartitions: [{ topicId: 't-id', topicName: 't', partitions: [0] }] },
        },
      ],
    })
  })
})

describe('a share group that is stored and loaded', () => {
  it('is as it was', () => {
    const driver = new ShareDriver()
    driver.heartbeat('a', 0, { subscribedTopicNames: ['t'], rackId: 'r' })
    driver.advance(1000)
    driver.join('b')
    const before = driver.group
    driver.restart()
    const { group } = driver
    expect(group).not.toBe(before)
    expect(group.facts).toEqual(before.facts)
    for (const { session: _, ...facts } of before.members.values()) {
      expect(group.members.get(facts.memberId)).toMatchObject(facts)
    }
  })

  it('knows its members, and stores nothing for it', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.restart()
    expect(driver.heartbeat('m', 2)).toMatchObject({ memberEpoch: 2, assignment: null })
    expect(driver.changed).toEqual([])
    expect(driver.stores).toBe(1)
  })

  it('gives members the whole session timeout, for nobody could heartbeat', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.nowMs += 100_000
    driver.restart()
    driver.advance(44_999)
    expect(driver.group.size).toBe(1)
    driver.advance(1)
    expect(driver.group.size).toBe(0)
  })

  it('notices what has happened to its topics', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.restart()
    driver.topics.set('t', 3)
    driver.advance(1000)
    expect(driver.beat('m').memberEpoch).toBe(3)
  })
})

describe('sessions', () => {
  it('end after share.session.timeout.ms without a heartbeat', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.advance(44_999)
    expect(driver.group.size).toBe(1)
    driver.advance(1)
    expect(driver.group).toMatchObject({ size: 0, state: 'Empty', epoch: 3, wakeAtMs: Infinity })
  })

  it('go on with each heartbeat', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.advance(40_000)
    driver.beat('m')
    driver.advance(40_000)
    expect(driver.group.size).toBe(1)
  })

  it('end one by one', () => {
    const driver = new ShareDriver()
    driver.join('a')
    driver.advance(10_000)
    driver.join('b')
    driver.advance(35_000)
    expect([...driver.group.members.keys()]).toEqual(['b'])
    driver.beat('b')
    expect(driver.assigned('b')).toEqual({ 't-id': [0, 1] })
  })

  it('that have ended are fenced: the member has to join again', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.advance(45_000)
    expect(() => driver.heartbeat('m', 2)).toThrow('Member m is not a member of group g.')
    expect(driver.join('m').memberEpoch).toBe(4)
  })
})

// The names and behaviours of Kafka's ShareGroupAssignmentBuilderTest.
describe('a member that is brought to its target', () => {
  const topics = new TestTopics({ t: 10, u: 10 })
  const both = new Map([
    ['t-id', new Set([1, 2, 3])],
    ['u-id', new Set([4, 5, 6])],
  ])

  function member(facts: Partial<ShareMember>): ShareMember {
    const topicNames = new Set(['t', 'u'])
    return {
      ...newMember('m'),
      epoch: 10,
      previousEpoch: 10,
      topicNames,
      assigned: both,
      target: both,
      ...facts,
    }
  }

  function bring(before: ShareMember, epoch: number, hasChanged = false): ShareMember {
    return reconciled(before, epoch, hasChanged, stepAt(1, { topics }))
  }

  it('has the new epoch, also if nothing else is new', () => {
    expect(bring(member({}), 11)).toEqual(member({ epoch: 11, previousEpoch: 10 }))
  })

  it('has new partitions at once', () => {
    const target = new Map([['t-id', new Set([1, 2, 3, 4])]])
    expect(bring(member({ target }), 11)).toEqual(
      member({ target, assigned: target, epoch: 11, previousEpoch: 10 }),
    )
  })

  it('stays as it is in the epoch that it has', () => {
    const before = member({ target: new Map() })
    expect(bring(before, 10)).toBe(before)
  })

  it.each([
    [10, 11, false],
    [10, 11, true],
    [10, 10, true],
  ])('has nothing that it is not subscribed to: %i, %i, %s', (epoch, targetEpoch, hasChanged) => {
    const before = member({ epoch, previousEpoch: epoch, topicNames: new Set(['u']) })
    const after = bring(before, targetEpoch, hasChanged)
    expect(after).toMatchObject({ epoch: targetEpoch, previousEpoch: epoch })
    expect(partitionsOf(after.assigned)).toEqual({ 'u-id': [4, 5, 6] })
  })
})
