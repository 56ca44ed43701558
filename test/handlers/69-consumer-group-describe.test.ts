import { describe, expect, it } from 'vitest'
import { consumerGroupDescribe } from '../../protocol/apis/69-consumer-group-describe.ts'
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import { joining, TestConsumerGroup } from './consumer-groups.ts'
import { latest, named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const operationsOmitted = -(2 ** 31)

describe('ConsumerGroupDescribe', () => {
  it.each(versionsOf(consumerGroupDescribe))('v%i tells all of a group', async version => {
    const { name: topicName, id: topicId } = await wire.newTopic({ partitions: 2 })
    const group = await TestConsumerGroup.create(wire.client)
    await group.heartbeat({
      ...joining,
      memberId: 'm',
      instanceId: 'i',
      rackId: 'r',
      subscribedTopicNames: [topicName],
      serverAssignor: 'range',
    })
    const assignment = { topicPartitions: [{ topicId, topicName, partitions: [0, 1] }] }
    expect(await group.describe(version)).toEqual({
      error: 'NONE',
      errorMessage: null,
      groupId: group.groupId,
      groupState: 'Stable',
      groupEpoch: 2,
      assignmentEpoch: 2,
      assignorName: 'range',
      members: [
        {
          memberId: 'm',
          instanceId: 'i',
          rackId: 'r',
          memberEpoch: 2,
          clientId: 'test',
          clientHost: '/127.0.0.1',
          subscribedTopicNames: [topicName],
          subscribedTopicRegex: '',
          assignment,
          targetAssignment: assignment,
          memberType: version >= 1 ? 1 : -1,
        },
      ],
      authorizedOperations: operationsOmitted,
    })
  })

  it('tells what is allowed, if asked', async () => {
    const group = await TestConsumerGroup.create(wire.client)
    await group.heartbeat({ ...joining, memberId: 'm', subscribedTopicNames: [] })
    const { authorizedOperations } = await group.describe(latest(consumerGroupDescribe), true)
    expect(authorizedOperations).toBe(3400)
  })

  it('knows no group that is none, and no empty id', async () => {
    const group = await TestConsumerGroup.create(wire.client)
    expect(await group.describe()).toMatchObject({
      error: 'GROUP_ID_NOT_FOUND',
      groupId: group.groupId,
      members: [],
    })
    const { groups } = await wire.client.request(consumerGroupDescribe, 1, {
      groupIds: [''],
      includeAuthorizedOperations: false,
    })
    expect(named(groups[0]!).error).toBe('INVALID_GROUP_ID')
  })

  it('tells of an empty group', async () => {
    const group = await TestConsumerGroup.create(wire.client)
    await group.heartbeat({ ...joining, memberId: 'm', subscribedTopicNames: [] })
    await group.heartbeat({ memberId: 'm', memberEpoch: -1 })
    expect(await group.describe()).toMatchObject({
      error: 'NONE',
      groupState: 'Empty',
      groupEpoch: 2,
      members: [],
    })
  })

  it('is for groups that DescribeGroups does not know and ListGroups tells by type', async () => {
    const group = await TestConsumerGroup.create(wire.client)
    await group.heartbeat({ ...joining, memberId: 'm', subscribedTopicNames: [] })
    const { groupId } = group
    const described = await wire.client.request(describeGroups, latest(describeGroups), {
      groups: [groupId],
    })
    expect(named(described.groups[0]!)).toMatchObject({
      error: 'GROUP_ID_NOT_FOUND',
      groupState: 'Dead',
    })
    const { groups } = await wire.client.request(listGroups, latest(listGroups), {
      typesFilter: ['Consumer'],
    })
    expect(groups.find(listed => listed.groupId === groupId)).toEqual({
      groupId,
      protocolType: 'consumer',
      groupState: 'Stable',
      groupType: 'consumer',
    })
  })
})
