/** Groups that change between the classic and the consumer protocol while they run (KIP-848). */
import { expect, it } from 'vitest'
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { decodeAssignment, encodeAssignment } from '../../protocol/consumer-protocol.ts'
import { joining, TestConsumerGroup } from './consumer-groups.ts'
import { latest, named, useBroker } from './wire.ts'

const wire = useBroker()

it('a classic group becomes a consumer group, and a classic one again', async () => {
  const { name, id } = await wire.newTopic({ partitions: 2 })
  const group = await TestConsumerGroup.create(wire.client)
  const { groupId } = group
  const protocol = { protocolType: 'consumer', protocolName: 'range' }
  /** A subscription of version 0: it does not say what is owned. */
  const metadata = Buffer.concat([
    Buffer.from([0, 0, 0, 0, 0, 1, 0, name.length]),
    Buffer.from(name),
    Buffer.from('ffffffff', 'hex'),
  ])
  const join = (memberId: string) =>
    wire.client.request(joinGroup, latest(joinGroup), {
      groupId,
      memberId,
      groupInstanceId: 'i',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata }],
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
    })
  const sync = async (generationId: number, memberId: string, assignment?: Buffer) => {
    const answer = await wire.client.request(syncGroup, latest(syncGroup), {
      ...protocol,
      groupId,
      generationId,
      memberId,
      groupInstanceId: 'i',
      assignments: assignment === undefined ? [] : [{ memberId, assignment }],
    })
    return decodeAssignment(answer.assignment).assignedPartitions
  }
  const classicBeat = async (generationId: number, memberId: string) => {
    const request = { groupId, generationId, memberId, groupInstanceId: 'i' }
    return named(await wire.client.request(heartbeat, latest(heartbeat), request)).error
  }

  const { memberId } = await join('')
  const all = [{ topic: name, partitions: [0, 1] }]
  await sync(1, memberId, encodeAssignment({ assignedPartitions: all, userData: null }, 0))

  const entered = await group.heartbeat({
    ...joining,
    memberId: 'm',
    subscribedTopicNames: [name],
  })
  expect(entered).toMatchObject({ memberEpoch: 2, assignment: { topicPartitions: [] } })
  const { members } = await group.describe()
  expect(new Set(members.map(member => member.memberType))).toEqual(new Set([0, 1]))

  // The classic member gives up what it has when it joins again, and gets its share.
  expect(await classicBeat(1, memberId)).toBe('REBALANCE_IN_PROGRESS')
  expect(await join(memberId)).toMatchObject({ errorCode: 0, generationId: 2, memberId })
  const kept = (await sync(2, memberId))[0]!.partitions
  const { assignment } = await group.heartbeat({ memberId: 'm', memberEpoch: 2 })
  expect(assignment!.topicPartitions).toEqual([{ topicId: id, partitions: [1 - kept[0]!] }])
  expect(await classicBeat(2, memberId)).toBe('NONE')

  await group.heartbeat({ memberId: 'm', memberEpoch: -1 })
  expect((await group.describe()).error).toBe('GROUP_ID_NOT_FOUND')
  const { groups } = await wire.client.request(describeGroups, latest(describeGroups), {
    groups: [groupId],
  })
  expect(groups[0]).toMatchObject({ groupState: 'PreparingRebalance', protocolType: 'consumer' })
  expect(await classicBeat(2, memberId)).toBe('REBALANCE_IN_PROGRESS')
  expect(await join(memberId)).toMatchObject({ errorCode: 0, generationId: 3, leader: memberId })
})
