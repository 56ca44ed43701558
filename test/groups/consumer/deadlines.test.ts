/** Sessions, and time to give up partitions (KIP-848). */
import { describe, expect, it } from 'vitest'
import { ConsumerDriver, text } from './driver.ts'
import { errorOf } from './errors.ts'

const foo = { subscribedTopicNames: ['foo'] }

describe('a session', () => {
  it('ends after the time of the group without a heartbeat', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    driver.advance(44_999)
    expect(driver.group.size).toBe(1)
    driver.advance(1)
    expect(driver.group).toMatchObject({ size: 0, epoch: 3, state: 'Empty' })
    expect(driver.stored).toEqual({ group: true, members: ['m1'] })
    expect(errorOf(() => driver.heartbeat('m1', { memberEpoch: 2 }))).toBe('UNKNOWN_MEMBER_ID')
  })

  it('goes on with each heartbeat', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    for (let beat = 0; beat < 5; beat++) {
      driver.advance(44_999)
      driver.heartbeat('m1')
    }
    expect(driver.group.size).toBe(1)
  })

  it('is as long as is set on the group', () => {
    const groupConfigs = { 'consumer.session.timeout.ms': '50000' }
    const driver = new ConsumerDriver({ groupConfigs })
    driver.join('m1')
    driver.advance(49_999)
    expect(driver.group.size).toBe(1)
    driver.advance(1)
    expect(driver.group.size).toBe(0)
  })

  it('is as long as is set on the broker', () => {
    const driver = new ConsumerDriver({ configs: { 'group.consumer.session.timeout.ms': '60000' } })
    driver.join('m1')
    driver.advance(59_999)
    expect(driver.group.size).toBe(1)
    driver.advance(1)
    expect(driver.group.size).toBe(0)
  })

  it('that ends frees the partitions for the others', () => {
    const driver = new ConsumerDriver({ topics: { foo: 2 } })
    driver.join('m1', foo)
    driver.join('m2', foo)
    driver.settle()
    driver.advance(30_000)
    driver.heartbeat('m2')
    driver.advance(15_000)
    expect(text(driver.heartbeat('m2').assignment)).toBe('foo-0 foo-1')
  })

  it('of several members that ends at the same time makes one epoch', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    driver.join('m2')
    const { epoch } = driver.group
    driver.advance(45_000)
    expect(driver.group).toMatchObject({ size: 0, epoch: epoch + 1 })
  })

  it('starts anew when the group is loaded', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    driver.advance(40_000)
    driver.step(step => driver.group.resume(step))
    driver.advance(44_999)
    expect(driver.group.size).toBe(1)
    driver.advance(1)
    expect(driver.group.size).toBe(0)
  })
})

describe('a member that has to give up partitions', () => {
  function revoking(): ConsumerDriver {
    const driver = new ConsumerDriver({ topics: { foo: 2 } })
    driver.join('m1', { ...foo, rebalanceTimeoutMs: 10_000 })
    driver.join('m2', foo)
    driver.heartbeat('m1')
    expect(driver.member('m1').state).toBe('unrevoked')
    return driver
  }

  it('is removed when it takes too long', () => {
    const driver = revoking()
    driver.advance(5000)
    driver.heartbeat('m1')
    driver.advance(5000)
    expect([...driver.group.members.keys()]).toEqual(['m2'])
    expect(text(driver.heartbeat('m2').assignment)).toBe('foo-0 foo-1')
  })

  it('stays when it does so in time', () => {
    const driver = revoking()
    driver.advance(9999)
    driver.confirm('m1')
    driver.heartbeat('m2')
    driver.advance(30_000)
    expect(driver.group.size).toBe(2)
  })

  it('has the whole time again after a restart', () => {
    const driver = revoking()
    driver.advance(9999)
    driver.step(step => driver.group.resume(step))
    driver.advance(9999)
    expect(driver.group.size).toBe(2)
    driver.advance(1)
    expect(driver.group.size).toBe(1)
  })
})
