/** The cases of Kafka's ConsumerGroupTest. */
import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { ConsumerGroup } from '../../../src/groups/consumer/consumer-group.ts'
import { describe as described } from '../../../src/groups/consumer/describe.ts'
import { loadConsumerGroup } from '../../../src/groups/consumer/load.ts'
import { newMember } from '../../../src/groups/consumer/member.ts'
import { ConsumerDriver } from './driver.ts'

const foo = { subscribedTopicNames: ['foo'] }
const changes = () => ({ changedMembers: new Set<string>() })

function has(memberId: string, ...partitions: number[]) {
  const assigned = new Map([['t', new Map(partitions.map(partition => [partition, 1]))]])
  return { ...newMember(memberId), assigned }
}

describe('who has a partition', () => {
  it('is nobody, then a member, and nobody again', () => {
    const group = new ConsumerGroup('g')
    expect(group.isFreeFor('m1', 't', 1)).toBe(true)
    group.put(has('m1', 1), changes())
    expect(group.isFreeFor('m1', 't', 1)).toBe(true)
    expect(group.isFreeFor('m2', 't', 1)).toBe(false)
    expect(group.isFreeFor('m2', 't', 2)).toBe(true)
    group.put(has('m1', 2), changes())
    expect(group.isFreeFor('m2', 't', 1)).toBe(true)
    group.remove('m1', changes())
    expect(group.isFreeFor('m2', 't', 2)).toBe(true)
  })

  it('is who is still giving it up', () => {
    const group = new ConsumerGroup('g')
    const { assigned: revoking } = has('m1', 1)
    group.put({ ...newMember('m1'), revoking, state: 'unrevoked' }, changes())
    expect(group.isFreeFor('m2', 't', 1)).toBe(false)
  })

  it('is never two', () => {
    const group = new ConsumerGroup('g')
    group.put(has('m1', 1), changes())
    expect(() => group.put(has('m2', 1), changes())).toThrow('which m1 has')
  })
})

describe('members', () => {
  it('are found by their instance ids', () => {
    const group = new ConsumerGroup('g')
    group.put({ ...newMember('m1'), instanceId: 'i' }, changes())
    expect(group.staticMember('i')?.memberId).toBe('m1')
    expect(group.staticMember('j')).toBeUndefined()
    group.remove('m1', changes())
    expect(group.staticMember('i')).toBeUndefined()
  })

  it('that are not there can be removed', () => {
    const { changedMembers } = changes()
    new ConsumerGroup('g').remove('m1', { changedMembers })
    expect(changedMembers.size).toBe(0)
  })
})

it('a group is Empty, Assigning, Reconciling and Stable', () => {
  const driver = new ConsumerDriver({
    topics: { foo: 2 },
    configs: { 'group.consumer.assignment.interval.ms': '1000' },
  })
  const states = [driver.group.state]
  driver.join('m1', foo)
  states.push(driver.group.state)
  driver.join('m2', foo)
  states.push(driver.group.state)
  driver.advance(1000)
  driver.heartbeat('m1')
  states.push(driver.group.state)
  driver.settle()
  states.push(driver.group.state)
  expect(states).toEqual(['Empty', 'Stable', 'Assigning', 'Reconciling', 'Stable'])
})

describe('a commit', () => {
  function driverWithMember(): ConsumerDriver {
    const driver = new ConsumerDriver({ topics: { foo: 1 } })
    driver.join('m1', foo)
    return driver
  }

  const by = (memberId: string, epoch: number) => {
    return { memberId, groupInstanceId: null, generationIdOrMemberEpoch: epoch }
  }

  it.each<[string, string, number, number, number]>([
    ['of a member in its epoch', 'm1', 2, 9, errors.NONE],
    ['of a member in an epoch to come', 'm1', 3, 9, errors.STALE_MEMBER_EPOCH],
    ['of an unknown member', 'x', 2, 9, errors.UNKNOWN_MEMBER_ID],
    ['of nobody', '', -1, 9, errors.UNKNOWN_MEMBER_ID],
    ['in a version without epochs', 'm1', 2, 8, errors.UNSUPPORTED_VERSION],
  ])('%s', (_, memberId, epoch, version, errorCode) => {
    const { group } = driverWithMember()
    expect(group.validateCommit(by(memberId, epoch), version, [])).toBe(errorCode)
  })

  it('of nobody is good while the group is empty', () => {
    const driver = driverWithMember()
    driver.leave('m1')
    expect(driver.group.validateCommit(by('', -1), 2, [])).toBe(errors.NONE)
    expect(driver.group.validateCommit(by('m1', 2), 9, [])).toBe(errors.UNKNOWN_MEMBER_ID)
  })
})

it('a group subscribes to the topics of its members, by name and by pattern', () => {
  const driver = new ConsumerDriver({ topics: { foo: 1, bar: 1, baz: 1 } })
  driver.join('m1', { subscribedTopicNames: ['foo', 'none'] })
  driver.join('m2', { subscribedTopicRegex: 'bar' })
  const subscribed = ['foo', 'bar', 'baz', 'none'].filter(name => driver.group.subscribesTo(name))
  expect(subscribed).toEqual(['foo', 'bar', 'none'])
  // After a start, a pattern stands for everything until a heartbeat has it matched.
  driver.group.regexTopics.clear()
  expect(driver.group.subscribesTo('baz')).toBe(true)
})

it('a group is described with what members have, are giving up, and are to have', () => {
  const driver = new ConsumerDriver({ topics: { foo: 2 } })
  driver.join('m1', foo)
  driver.join('m2', foo)
  driver.heartbeat('m1')
  expect(driver.member('m1').state).toBe('unrevoked')
  const { members, ...group } = driver.step(step => described(driver.group, step))
  expect(group).toMatchObject({
    groupState: 'Reconciling',
    groupEpoch: 3,
    assignmentEpoch: 3,
    assignorName: 'uniform',
  })
  const partitions = (list: { topicPartitions: readonly { partitions: readonly number[] }[] }) =>
    list.topicPartitions.flatMap(each => [...each.partitions])
  expect(partitions(members[0]!.assignment)).toEqual([0, 1])
  expect(partitions(members[0]!.targetAssignment)).toEqual([0])
  expect(partitions(members[1]!.assignment)).toEqual([])
  expect(partitions(members[1]!.targetAssignment)).toEqual([1])
})

it('a group goes on where its rows stopped', () => {
  const driver = new ConsumerDriver({ topics: { foo: 3 } })
  driver.join('m1', { ...foo, instanceId: 'i', rackId: 'r', serverAssignor: 'range' })
  driver.join('m2', { subscribedTopicRegex: 'fo.' })
  driver.heartbeat('m1', { instanceId: 'i' })
  const rows = Array.from(
    driver.group.members.keys(),
    id => [id, driver.group.memberRow(id)!] as const,
  )
  const stored = JSON.parse(JSON.stringify({ group: driver.group.row(), members: rows }))
  const loaded = loadConsumerGroup('g', stored.group, new Map(stored.members))
  expect(loaded.row()).toEqual(driver.group.row())
  for (const [id, row] of rows) expect(loaded.memberRow(id)).toEqual(row)
  expect(loaded.state).toBe('Reconciling')
  driver.group = loaded
  driver.step(step => loaded.resume(step))
  driver.settle()
  expect(loaded.epoch).toBe(3)
  expect(loaded.state).toBe('Stable')
  expect(Object.values(driver.assigned()).join(' ').split(' ').toSorted()).toEqual([
    'foo-0',
    'foo-1',
    'foo-2',
  ])
})
