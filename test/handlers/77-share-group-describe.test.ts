import { describe, expect, it } from 'vitest'
import { shareGroupDescribe } from '../../protocol/apis/77-share-group-describe.ts'
import { errorName } from '../../protocol/errors.ts'
import { newShareGroup } from './share-groups.ts'
import { useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

describe('ShareGroupDescribe', () => {
  it.each(versionsOf(shareGroupDescribe))('v%i tells all of a group', async version => {
    const { client } = wire
    const topic = await wire.newTopic({ partitions: 2 })
    const group = await newShareGroup(client)
    const memberEpoch = await group.member(topic, 2)
    await group.heartbeat({ memberEpoch, rackId: 'r' })
    const { groups } = await client.request(shareGroupDescribe, version, {
      groupIds: [group.groupId],
      includeAuthorizedOperations: true,
    })
    expect(groups).toEqual([
      {
        errorCode: 0,
        errorMessage: null,
        groupId: group.groupId,
        groupState: 'Stable',
        groupEpoch: memberEpoch,
        assignmentEpoch: memberEpoch,
        assignorName: 'simple',
        members: [
          {
            memberId: 'm',
            rackId: 'r',
            memberEpoch,
            clientId: 'test',
            clientHost: '/127.0.0.1',
            subscribedTopicNames: [topic.name],
            assignment: {
              topicPartitions: [{ topicId: topic.id, topicName: topic.name, partitions: [0, 1] }],
            },
          },
        ],
        authorizedOperations: 3400,
      },
    ])
  })

  it('tells of an empty group that it is Empty', async () => {
    const topic = await wire.newTopic()
    const group = await newShareGroup(wire.client)
    const memberEpoch = await group.member(topic)
    await group.leave()
    expect(await group.describe()).toMatchObject({
      error: 'NONE',
      groupState: 'Empty',
      groupEpoch: memberEpoch + 1,
      assignmentEpoch: memberEpoch,
      members: [],
      authorizedOperations: -(2 ** 31),
    })
  })

  it('knows no group that nobody has joined, and none without a name', async () => {
    const { client } = wire
    const { groupId } = await newShareGroup(client)
    const { groups } = await client.request(shareGroupDescribe, 1, {
      groupIds: ['', groupId],
      includeAuthorizedOperations: true,
    })
    expect(
      groups.map(({ errorCode, errorMessage, ...group }) => {
        return [group.groupId, errorName(errorCode), errorMessage, group.groupState]
      }),
    ).toEqual([
      ['', 'INVALID_GROUP_ID', null, ''],
      [groupId, 'GROUP_ID_NOT_FOUND', `Group ${groupId} not found.`, ''],
    ])
    expect(groups.every(group => group.authorizedOperations === -(2 ** 31))).toBe(true)
  })
})
