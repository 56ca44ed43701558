/** Classic groups that members of the consumer protocol join (KIP-848, online migration). */
import { expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { text } from './driver.ts'
import { MixedGroup } from './mixed-group.ts'

it('an empty classic group is replaced', async () => {
  const group = new MixedGroup()
  const memberId = await group.classicMember()
  await group.leave(memberId)
  expect(group.state).toBe('classic Empty')
  expect(await group.enter('c')).toMatchObject({ memberEpoch: 2 })
  expect(group.state).toBe('consumer Stable')
  expect(group.describeClassic()).toBeUndefined()
})

it('a stable classic group goes on as a consumer group', async () => {
  const group = new MixedGroup()
  const memberId = await group.classicMember()
  const entered = await group.enter('c')
  // The generation of the classic group was 1, and goes on as the epoch.
  expect(entered).toMatchObject({ memberEpoch: 2, assignment: { topicPartitions: [] } })
  expect(group.state).toBe('consumer Reconciling')
  const { members, groupEpoch } = await group.describe()
  expect(groupEpoch).toBe(2)
  expect(members.map(each => [each.memberId, each.memberType, each.memberEpoch])).toEqual([
    [memberId, 0, 1],
    ['c', 1, 2],
  ])
  expect(members[0]!.assignment.topicPartitions[0]!.partitions).toEqual([0, 1, 2, 3])
})

it('a classic member gives up partitions, and the new one gets them', async () => {
  const group = new MixedGroup()
  const memberId = await group.classicMember()
  await group.enter('c')
  expect(await group.heartbeat(memberId, 1)).toBe('REBALANCE_IN_PROGRESS')
  // It keeps two, and has to give up two: it joins again in its old generation.
  const told = await group.rejoin(memberId, { foo: [0, 1, 2, 3] })
  expect(told).toMatchObject({ errorCode: 0, generationId: 1, leader: '', members: [] })
  expect(await group.sync(memberId, 1)).toBe('foo-0 foo-1')
  expect((await group.beat('c', { memberEpoch: 2 })).assignment).toBeNull()
  expect(await group.heartbeat(memberId, 1)).toBe('REBALANCE_IN_PROGRESS')
  const done = await group.rejoin(memberId, { foo: [0, 1] })
  expect(done.generationId).toBe(2)
  expect(await group.sync(memberId, 2)).toBe('foo-0 foo-1')
  expect(text((await group.beat('c', { memberEpoch: 2 })).assignment)).toBe('foo-2 foo-3')
  expect(group.state).toBe('consumer Stable')
  expect(await group.heartbeat(memberId, 2)).toBe('NONE')
})

it('an eager member, which owns nothing when it joins, is done at once', async () => {
  const group = new MixedGroup()
  const memberId = await group.classicMember()
  await group.enter('c')
  expect((await group.rejoin(memberId, {})).generationId).toBe(2)
  expect(await group.sync(memberId, 2)).toBe('foo-0 foo-1')
  expect(text((await group.beat('c', { memberEpoch: 2 })).assignment)).toBe('foo-2 foo-3')
})

it('a join phase ends with REBALANCE_IN_PROGRESS for those who wait', async () => {
  const group = new MixedGroup()
  const memberId = await group.classicMember()
  const second = group.join()
  expect(group.state).toBe('classic PreparingRebalance')
  await group.enter('c')
  expect(await second).toMatchObject({ errorCode: errors.REBALANCE_IN_PROGRESS })
  expect(group.state).toMatch('consumer')
  expect(await group.heartbeat(memberId, 1)).toBe('REBALANCE_IN_PROGRESS')
})

it('a sync phase ends with REBALANCE_IN_PROGRESS for those who wait', async () => {
  const group = new MixedGroup()
  const leader = await group.classicMember()
  const second = group.join()
  const again = group.join({ memberId: leader })
  const { memberId, generationId } = await second
  await again
  const synced = group.sync(memberId, generationId)
  expect(group.state).toBe('classic CompletingRebalance')
  await group.enter('c')
  expect(await synced).toBe('REBALANCE_IN_PROGRESS')
})

it('a static classic member is replaced by one of the consumer protocol', async () => {
  const group = new MixedGroup()
  await group.classicMember({ groupInstanceId: 'i' })
  const entered = await group.enter('c', { instanceId: 'i' })
  expect(text(entered.assignment)).toBe('foo-0 foo-1 foo-2 foo-3')
  const { members } = await group.describe()
  expect(members.map(each => [each.memberId, each.memberType])).toEqual([['c', 1]])
})

it('a topic that is gone is not assigned any more', async () => {
  const group = new MixedGroup()
  await group.classicMember()
  group.topics.delete('foo')
  await group.enter('c', { subscribedTopicNames: [] })
  const { members } = await group.describe()
  expect(members[0]!.assignment.topicPartitions).toEqual([])
})

it.each(['disabled', 'downgrade'])('is refused with the policy %s', async policy => {
  const group = new MixedGroup({ foo: 4 }, { 'group.consumer.migration.policy': policy })
  const memberId = await group.classicMember()
  await expect(group.enter('c')).rejects.toMatchObject({ error: 'GROUP_ID_NOT_FOUND' })
  expect(group.state).toBe('classic Stable')
  expect(await group.heartbeat(memberId, 1)).toBe('NONE')
})

it('is refused for groups of another protocol type', async () => {
  const group = new MixedGroup()
  await group.classicMember({ protocolType: 'connect' })
  await expect(group.enter('c')).rejects.toMatchObject({ error: 'GROUP_ID_NOT_FOUND' })
})

it('is refused when the group is larger than a consumer group may be', async () => {
  const group = new MixedGroup({ foo: 4 }, { 'group.consumer.max.size': '1' })
  await group.classicMember()
  // It fits, but there is no room for the one that joins.
  await expect(group.enter('c')).rejects.toMatchObject({ error: 'GROUP_MAX_SIZE_REACHED' })
  expect(group.state).toBe('classic Stable')
})

it('is refused when subscriptions cannot be read', async () => {
  const group = new MixedGroup()
  const protocols = [{ name: 'range', metadata: Buffer.from([0, 1, 0]) }]
  await group.classicMember({ protocols })
  await expect(group.enter('c')).rejects.toMatchObject({ error: 'GROUP_ID_NOT_FOUND' })
  expect(group.state).toBe('classic Stable')
})

it('nobody goes on with a classic group with an epoch', async () => {
  const group = new MixedGroup()
  await group.classicMember()
  const stale = group.beat('c', { memberEpoch: 1 })
  await expect(stale).rejects.toMatchObject({ error: 'GROUP_ID_NOT_FOUND' })
})

it('survives a restart with members of both protocols', async () => {
  const group = new MixedGroup()
  const memberId = await group.classicMember()
  await group.enter('c')
  await group.restart()
  expect(group.state).toBe('consumer Reconciling')
  expect((await group.rejoin(memberId, {})).generationId).toBe(2)
  expect(await group.sync(memberId, 2)).toBe('foo-0 foo-1')
  expect(text((await group.beat('c', { memberEpoch: 2 })).assignment)).toBe('foo-2 foo-3')
})
