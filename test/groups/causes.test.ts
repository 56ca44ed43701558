/** Each cause of a rebalance, as the rules of each kind of group tell it. */
import { describe, expect, it } from 'vitest'
import { eventText } from '../../src/groups/history.ts'
import { GroupDriver as ClassicDriver, protocols, subscription } from './classic/driver.ts'
import { ConsumerDriver } from './consumer/driver.ts'
import { ShareDriver } from './share/driver.ts'
import { GroupDriver as StreamsDriver } from './streams/driver.ts'
import type { GroupEvent } from '../../src/groups/history.ts'

/** What the steps of a driver have told since it was last asked. */
function told(driver: { told: GroupEvent[] }): string[] {
  return driver.told.splice(0).map(eventText)
}

const named = (memberId: string): string => `member '${memberId}' (client 'client' at 127.0.0.1)`
const namedInstance = (memberId: string): string =>
  `member '${memberId}' (instance 'one', client 'client' at 127.0.0.1)`

describe('a classic group tells that a member', () => {
  /** Stable: the leader 'm-1', and 'm-2'. */
  function pair() {
    const driver = new ClassicDriver()
    const reading = { protocols: [subscription('a')] }
    driver.stable(reading, reading)
    driver.told.splice(0)
    return driver
  }

  it('joined, and why in its own words', () => {
    const driver = new ClassicDriver()
    driver.join({ reason: 'need to re-join with the given member-id' })
    expect(told(driver)).toEqual([
      `${named('m-1')} joined: need to re-join with the given member-id`,
    ])
  })

  it('left', () => {
    const driver = pair()
    driver.leave('m-2')
    expect(told(driver)).toEqual([`${named('m-2')} left`])
  })

  it('was silent', () => {
    const driver = pair()
    driver.advance(9_999)
    driver.heartbeat('m-1')
    driver.advance(1)
    expect(told(driver)).toEqual([
      `${named('m-2')} was not heard of within its session timeout of 10000 ms`,
    ])
  })

  it('did not come to a rebalance, for which nobody else is named who does', () => {
    const driver = pair()
    driver.join({ memberId: 'm-1', protocols: [subscription('a', 'b')] })
    for (let second = 0; second < 60; second += 5) {
      driver.heartbeat('m-2')
      driver.advance(5_000)
    }
    expect(told(driver)).toEqual([
      `${named('m-1')} changed its subscription from [a] to [a, b]`,
      `${named('m-2')} did not follow a rebalance within its timeout of 60000 ms`,
    ])
  })

  it('did not ask for its assignment', () => {
    const driver = new ClassicDriver()
    const reading = { sessionTimeoutMs: 300_000 }
    const inboxes = [driver.join(reading), driver.join(reading)]
    driver.advance(0)
    driver.sync(inboxes[0]!.answer.memberId)
    driver.told.splice(0)
    driver.advance(60_000)
    expect(told(driver)).toEqual([
      `${named('m-2')} did not ask for its assignment within the rebalance timeout of 60000 ms`,
    ])
  })

  it('asked for a rebalance, and not that the others follow', () => {
    const driver = pair()
    const again = { protocols: [subscription('a')], reason: 'rebalance enforced by user' }
    driver.join({ ...again, memberId: 'm-1' })
    driver.join({ ...again, memberId: 'm-2' })
    expect(told(driver)).toEqual([
      `${named('m-1')} joined again, which asks for a rebalance: rebalance enforced by user`,
    ])
  })

  it('assigns otherwise', () => {
    const driver = new ClassicDriver()
    driver.stable({ protocols: protocols('range') })
    driver.told.splice(0)
    driver.join({ memberId: 'm-1', protocols: protocols('cooperative-sticky', 'range') })
    expect(told(driver)).toEqual([
      `${named('m-1')} changed its assignor from [range] to [cooperative-sticky, range]`,
    ])
  })

  it('came in the place of another', () => {
    const driver = new ClassicDriver()
    driver.stable({ groupInstanceId: 'one' })
    driver.told.splice(0)
    driver.join({ groupInstanceId: 'one' })
    expect(told(driver)).toEqual([`${namedInstance('one-2')} came in the place of member 'one-1'`])
  })

  it('is gone with its connection, or was kicked', () => {
    const driver = pair()
    driver.step(step => driver.group.evict('m-2', 'disconnect', step))
    driver.step(step => driver.group.evict('m-1', 'kick', step))
    expect(told(driver)).toEqual([
      `${named('m-2')} was removed because its connection was closed (group.evict.on.disconnect)`,
      `${named('m-1')} was kicked`,
    ])
  })

  it('is one too many', () => {
    const driver = new ClassicDriver({ groupMaxSize: 1 })
    driver.stable({})
    driver.told.splice(0)
    driver.join({ memberId: 'm-1' })
    expect(driver.join().answer.errorCode).not.toBe(0)
    expect(told(driver)).toEqual([`${named('m-1')} joined again, which asks for a rebalance`])
  })
})

describe('a kicked static member of a classic group', () => {
  it('is gone, unlike one whose connection is', () => {
    const driver = new ClassicDriver()
    const [memberId] = driver.stable({ groupInstanceId: 'one' })
    driver.step(step => driver.group.evict(memberId!, 'disconnect', step))
    expect(driver.group.size).toBe(1)
    driver.step(step => driver.group.evict(memberId!, 'kick', step))
    expect(driver.group.size).toBe(0)
  })
})

describe('a consumer group tells that', () => {
  function pair() {
    const driver = new ConsumerDriver()
    driver.join('m-1')
    driver.join('m-2')
    driver.settle()
    driver.told.splice(0)
    return driver
  }

  it('a member joined, changed its subscription, and left', () => {
    const driver = new ConsumerDriver()
    driver.join('m-1')
    driver.confirm('m-1', { subscribedTopicNames: ['foo'] })
    driver.leave('m-1')
    expect(told(driver)).toEqual([
      `${named('m-1')} joined`,
      `${named('m-1')} changed its subscription from [bar, foo] to [foo]`,
      `${named('m-1')} left`,
    ])
  })

  it('a member assigns otherwise', () => {
    const driver = pair()
    driver.confirm('m-1', { serverAssignor: 'range' })
    expect(told(driver)).toEqual([`${named('m-1')} changed its assignor from [default] to [range]`])
  })

  it('topics have changed, and no heartbeat besides', () => {
    const driver = pair()
    driver.topics.set('foo', 7)
    driver.confirm('m-1')
    driver.confirm('m-1')
    expect(told(driver)).toEqual(['a subscribed topic was created or deleted, or got partitions'])
  })

  it('a member was silent, or has not given up its partitions', () => {
    const silent = pair()
    silent.advance(44_000)
    silent.confirm('m-1')
    silent.advance(1_000)
    expect(told(silent)).toEqual([
      `${named('m-2')} was not heard of within its session timeout of 45000 ms`,
    ])
    const slow = new ConsumerDriver()
    slow.join('m-1')
    slow.settle()
    slow.join('m-2')
    slow.heartbeat('m-1')
    slow.told.splice(0)
    slow.advance(5_000)
    expect(told(slow)).toEqual([
      `${named('m-1')} did not follow a rebalance within its timeout of 5000 ms`,
    ])
  })

  it('a static member came in the place of another', () => {
    const driver = new ConsumerDriver()
    driver.join('m-1', { instanceId: 'one' })
    driver.heartbeat('m-1', { memberEpoch: -2, instanceId: 'one' })
    driver.told.splice(0)
    driver.join('m-2', { instanceId: 'one' })
    expect(told(driver)).toEqual([`${namedInstance('m-2')} came in the place of member 'm-1'`])
  })

  it('a member was kicked, a static one as well', () => {
    const driver = new ConsumerDriver()
    driver.join('m-1', { instanceId: 'one' })
    driver.told.splice(0)
    driver.step(step => driver.group.evict('m-1', 'kick', step))
    expect(told(driver)).toEqual([`${namedInstance('m-1')} was kicked`])
  })
})

describe('a share group tells that', () => {
  it('a member joined, changed its subscription, was silent; that topics have changed', () => {
    const driver = new ShareDriver({ topics: { t: 2, u: 1 } })
    driver.join('m')
    driver.beat('m', { subscribedTopicNames: ['u'] })
    driver.topics.set('u', 2)
    driver.beat('m')
    driver.beat('m')
    driver.advance(45_000)
    expect(told(driver)).toEqual([
      `${named('m')} joined`,
      `${named('m')} changed its subscription from [t] to [u]`,
      'a subscribed topic was created or deleted, or got partitions',
      `${named('m')} was not heard of within its session timeout of 45000 ms`,
    ])
  })

  it('a member left, or was kicked', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.join('n')
    driver.told.splice(0)
    driver.leave('m')
    driver.step(step => driver.group.evict('n', 'kick', step))
    expect(told(driver)).toEqual([`${named('m')} left`, `${named('n')} was kicked`])
  })
})

describe('a streams group tells that', () => {
  it('a member joined, told something new of itself, left; that topics have changed', () => {
    const driver = new StreamsDriver()
    driver.join('m')
    driver.heartbeat('m', { rackId: 'r' })
    driver.setTopic('in', 5)
    driver.heartbeat('m')
    driver.heartbeat('m')
    driver.heartbeat('m', { memberEpoch: -1 })
    expect(told(driver)).toEqual([
      `${named('m')} joined`,
      `${named('m')} has told something new of itself`,
      'a subscribed topic was created or deleted, or got partitions',
      `${named('m')} left`,
    ])
  })

  it('a member was silent, or was kicked', () => {
    const driver = new StreamsDriver()
    driver.join('m')
    driver.told.splice(0)
    driver.nowMs += 45_000
    driver.step(step => driver.group.expire(step))
    driver.join('n')
    driver.step(step => driver.group.evict('n', 'kick', step))
    expect(told(driver)).toEqual([
      `${named('m')} was not heard of within its session timeout of 45000 ms`,
      `${named('n')} joined`,
      `${named('n')} was kicked`,
    ])
  })
})
