/** Consumer groups in which only members of the classic protocol are left (KIP-848). */
import { expect, it } from 'vitest'
import { MixedGroup } from './mixed-group.ts'

/** A group of a classic member and 'c', of the consumer protocol; both have two partitions. */
async function mixed(settings: Readonly<Record<string, string>> = {}, request: object = {}) {
  const group = new MixedGroup({ foo: 4 }, settings)
  const memberId = await group.classicMember()
  await group.enter('c', request)
  await group.rejoin(memberId, {})
  await group.sync(memberId, 2)
  await group.beat('c', { memberEpoch: 2 })
  expect(group.state).toBe('consumer Stable')
  return { group, memberId }
}

it('when the last member of the consumer protocol leaves', async () => {
  const { group, memberId } = await mixed()
  await group.beat('c', { memberEpoch: -1 })
  expect(group.state).toBe('classic PreparingRebalance')
  expect(group.describeClassic()).toEqual({ [memberId]: 'foo-0 foo-1' })
  expect(await group.heartbeat(memberId, 2)).toBe('REBALANCE_IN_PROGRESS')
  const joined = await group.join({ memberId })
  expect(joined).toMatchObject({ errorCode: 0, generationId: 3, leader: memberId })
})

it('when its session ends', async () => {
  const { group, memberId } = await mixed()
  for (let passedMs = 0; passedMs < 45_000; passedMs += 5000) {
    await group.heartbeat(memberId, 2)
    group.clock.advance(5000)
  }
  expect(group.state).toBe('classic PreparingRebalance')
})

it('when it does not give up its partitions in time', async () => {
  const { group, memberId } = await mixed({}, { rebalanceTimeoutMs: 7000 })
  group.topics.set('foo', 2)
  await group.rejoin(memberId, {})
  await group.beat('c', { memberEpoch: 2 })
  group.clock.advance(7000)
  expect(group.state).toBe('classic PreparingRebalance')
})

it('when an admin removes it', async () => {
  const { group, memberId } = await mixed({}, { instanceId: 'i' })
  expect(await group.removeInstance('i')).toBe('NONE')
  expect(group.state).toBe('classic PreparingRebalance')
  expect(Object.keys(group.describeClassic()!)).toEqual([memberId])
})

it('when a static one is replaced by one of the classic protocol', async () => {
  const { group, memberId } = await mixed({}, { instanceId: 'i' })
  const joined = await group.join({ groupInstanceId: 'i' })
  expect(joined).toMatchObject({ errorCode: 0, generationId: 2 })
  // Nothing has changed but the protocol: nobody has to rebalance.
  expect(group.state).toBe('classic Stable')
  expect(group.describeClassic()).toEqual({
    [memberId]: 'foo-0 foo-1',
    [joined.memberId]: 'foo-2 foo-3',
  })
  expect(await group.sync(joined.memberId, 2)).toBe('foo-2 foo-3')
})

it('with a rebalance when the target is out of date', async () => {
  const { group } = await mixed({}, { instanceId: 'i' })
  group.topics.set('foo', 6)
  await group.join({ groupInstanceId: 'i' })
  expect(group.state).toBe('classic PreparingRebalance')
})

it('not when nobody is left', async () => {
  const group = new MixedGroup()
  await group.enter('c')
  await group.beat('c', { memberEpoch: -1 })
  expect(group.state).toBe('consumer Empty')
})

it('not while others speak the consumer protocol', async () => {
  const { group, memberId } = await mixed()
  await group.enter('d')
  await group.beat('c', { memberEpoch: -1 })
  expect(group.state).toMatch('consumer')
  expect(await group.heartbeat(memberId, 2)).not.toBe('UNKNOWN_MEMBER_ID')
})

it.each(['disabled', 'upgrade'])('not with the policy %s', async policy => {
  const group = new MixedGroup({ foo: 4 }, { 'group.consumer.migration.policy': policy })
  const memberId = await group.classicMember()
  if (policy === 'disabled') {
    await expect(group.enter('c')).rejects.toMatchObject({ error: 'GROUP_ID_NOT_FOUND' })
    return
  }
  await group.enter('c')
  await group.beat('c', { memberEpoch: -1 })
  expect(group.state).toMatch('consumer')
  expect((await group.rejoin(memberId, {})).errorCode).toBe(0)
})

it('not when the group is larger than a classic group may be', async () => {
  const { group } = await mixed({ 'group.max.size': '1' })
  await group.join()
  await group.beat('c', { memberEpoch: -1 })
  expect(group.state).toMatch('consumer')
})

it('an empty consumer group is replaced by a classic one', async () => {
  const group = new MixedGroup()
  await group.enter('c')
  await group.beat('c', { memberEpoch: -1 })
  const memberId = await group.classicMember()
  expect(group.state).toBe('classic Stable')
  await expect(group.describe()).rejects.toMatchObject({ error: 'GROUP_ID_NOT_FOUND' })
  await group.restart()
  expect(group.describeClassic()).toEqual({ [memberId]: 'foo-0 foo-1 foo-2 foo-3' })
})

it('leaves no row of the consumer group behind', async () => {
  const { group, memberId } = await mixed()
  await group.beat('c', { memberEpoch: -1 })
  await group.restart()
  expect(group.describeClassic()).toEqual({ [memberId]: 'foo-0 foo-1' })
})
