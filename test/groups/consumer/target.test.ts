/** When a target assignment is made, and by which assignor (Kafka: TargetAssignmentBuilderTest). */
import { describe, expect, it } from 'vitest'
import { assignorOf } from '../../../src/groups/consumer/target.ts'
import { ConsumerDriver, text } from './driver.ts'

const foo = { subscribedTopicNames: ['foo'] }

describe('the assignor', () => {
  function assignor(driver: ConsumerDriver): string {
    return driver.step(step => assignorOf(driver.group, step))
  }

  it('is the first of the broker when nobody says', () => {
    const driver = new ConsumerDriver()
    driver.join('m1')
    expect(assignor(driver)).toBe('uniform')
    const other = new ConsumerDriver({ configs: { 'group.consumer.assignors': 'range,uniform' } })
    expect(assignor(other)).toBe('range')
  })

  it('is the one that most members prefer', () => {
    const driver = new ConsumerDriver()
    driver.join('m1', { serverAssignor: 'uniform' })
    driver.join('m2', { serverAssignor: 'range' })
    driver.join('m3', { serverAssignor: 'range' })
    driver.join('m4')
    expect(assignor(driver)).toBe('range')
  })

  it('changes with what members prefer, at the next epoch', () => {
    const driver = new ConsumerDriver({ topics: { foo: 2, bar: 2 } })
    driver.join('m1')
    driver.join('m2')
    driver.settle()
    driver.heartbeat('m1', { serverAssignor: 'range' })
    expect(driver.group.state).toBe('Stable')
    driver.join('m3')
    driver.settle()
    expect(driver.assigned()).toEqual({ m1: 'bar-0 foo-0', m2: 'bar-1 foo-1', m3: '' })
  })

  it('that the broker has no more does not count', () => {
    const driver = new ConsumerDriver({ configs: { 'group.consumer.assignors': 'uniform' } })
    driver.join('m1', { serverAssignor: 'range' })
    expect(assignor(driver)).toBe('uniform')
  })
})

describe('a target', () => {
  const interval = { configs: { 'group.consumer.assignment.interval.ms': '1000' } }

  it('is stored for those whose part changes only', () => {
    const driver = new ConsumerDriver({ topics: { foo: 4 } })
    driver.join('m1', foo)
    driver.join('m2', foo)
    driver.settle()
    driver.join('m3', foo)
    // One of the two gives up a partition; the other one stays as it was.
    expect(driver.stored.members).toHaveLength(2)
    expect(driver.stored.members).toContain('m3')
  })

  it('is made at most once in the interval', () => {
    const driver = new ConsumerDriver({ topics: { foo: 2 }, ...interval })
    driver.join('m1', foo)
    const second = driver.join('m2', foo)
    expect(second).toMatchObject({ memberEpoch: 2, assignment: { topicPartitions: [] } })
    expect(driver.group).toMatchObject({ epoch: 3, state: 'Assigning' })
    expect(driver.group.facts.assignmentEpoch).toBe(2)
    driver.advance(999)
    driver.heartbeat('m1')
    expect(driver.group.state).toBe('Assigning')
    driver.advance(1)
    expect(text(driver.heartbeat('m1').assignment)).toBe('foo-0')
    expect(driver.group.state).toBe('Reconciling')
  })

  it('takes nothing from who unsubscribes before it is made, and leaves it nothing', () => {
    const driver = new ConsumerDriver({ topics: { foo: 1, bar: 1 }, ...interval })
    driver.join('m1')
    const answer = driver.heartbeat('m1', foo)
    expect(text(answer.assignment)).toBe('foo-0')
    expect(driver.member('m1')).toMatchObject({ state: 'unrevoked', epoch: 2 })
    driver.confirm('m1')
    expect(driver.member('m1')).toMatchObject({ state: 'stable', epoch: 2 })
    driver.advance(1000)
    expect(driver.heartbeat('m1').memberEpoch).toBe(3)
  })

  it('has an interval that is set on the group', () => {
    const groupConfigs = { 'consumer.assignment.interval.ms': '0' }
    const driver = new ConsumerDriver({ topics: { foo: 2 }, ...interval, groupConfigs })
    driver.join('m1', foo)
    expect(driver.join('m2', foo).memberEpoch).toBe(3)
  })

  it('goes with a static member to who takes over', () => {
    const driver = new ConsumerDriver({ topics: { foo: 2 } })
    driver.join('m1', { ...foo, instanceId: 'i' })
    driver.heartbeat('m1', { instanceId: 'i', memberEpoch: -2 })
    driver.join('m2', { ...foo, instanceId: 'i' })
    expect(text(driver.member('m2').target)).toBe('foo-0 foo-1')
  })

  it('is for all topics of all members, by name or by pattern', () => {
    const driver = new ConsumerDriver({ topics: { foo: 1, bar: 1, baz: 2 } })
    driver.join('m1', foo)
    driver.join('m2', { subscribedTopicRegex: 'ba.' })
    driver.settle()
    expect(driver.assigned()).toEqual({ m1: 'foo-0', m2: 'bar-0 baz-0 baz-1' })
  })
})

it('the heartbeat interval is that of the group', () => {
  const groupConfigs = { 'consumer.heartbeat.interval.ms': '7000' }
  const driver = new ConsumerDriver({ groupConfigs })
  expect(driver.join('m1').heartbeatIntervalMs).toBe(7000)
})
