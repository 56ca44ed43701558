import { describe, expect, it } from 'vitest'
import { shareGroupHeartbeat } from '../../protocol/apis/76-share-group-heartbeat.ts'
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { updateFeatures } from '../../protocol/apis/57-update-features.ts'
import { errors } from '../../protocol/errors.ts'
import { newShareGroup } from './share-groups.ts'
import { differs, onKafka, uniqueName, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

const refused = {
  throttleTimeMs: 0,
  errorMessage: null,
  memberId: null,
  memberEpoch: 0,
  heartbeatIntervalMs: 0,
  assignment: null,
}

describe('ShareGroupHeartbeat', () => {
  it('has one version: what Kafka 4.0 tried as v0 is gone', () => {
    expect(versionsOf(shareGroupHeartbeat)).toEqual([1])
  })

  it('has a member join, and tells what it is assigned', async () => {
    const { client } = wire
    const topic = await wire.newTopic({ partitions: 2 })
    const group = await newShareGroup(client)
    const assigned = { topicPartitions: [{ topicId: topic.id, partitions: [0, 1] }] }
    expect(await group.heartbeat({ subscribedTopicNames: [topic.name] })).toEqual({
      throttleTimeMs: 0,
      error: 'NONE',
      errorMessage: null,
      memberId: 'm',
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
      // Kafka prepares the partitions first, and assigns them with a later heartbeat.
      assignment: differs({ here: assigned, kafka: { topicPartitions: [] } }),
    })
    const memberEpoch = await group.member(topic, 2)
    expect(await group.heartbeat({ memberEpoch })).toMatchObject({ memberEpoch, assignment: null })
    const asked = { memberEpoch, subscribedTopicNames: [topic.name] }
    expect(await group.heartbeat(asked)).toMatchObject({ memberEpoch, assignment: assigned })
  })

  it('has a member leave', async () => {
    const topic = await wire.newTopic()
    const group = await newShareGroup(wire.client)
    await group.member(topic)
    expect(await group.leave()).toEqual({
      ...refused,
      error: 'NONE',
      memberId: 'm',
      memberEpoch: -1,
    })
    expect(await group.leave()).toEqual({
      ...refused,
      error: 'UNKNOWN_MEMBER_ID',
      errorMessage: `Member m is not a member of group ${group.groupId}.`,
    })
  })

  it.each([
    [{ memberEpoch: 0 }, 'SubscribedTopicNames must be set in first request.'],
    [
      { memberEpoch: 0, subscribedTopicNames: [] },
      'SubscribedTopicNames must be set in first request.',
    ],
    [{ memberEpoch: -2 }, 'MemberEpoch is invalid.'],
    [{ memberId: ' ', memberEpoch: 1 }, "MemberId can't be empty."],
    [{ rackId: '', memberEpoch: 1 }, "RackId can't be empty."],
    [{ memberId: '' }, null],
    [{ memberId: 'x'.repeat(37) }, null],
  ])('refuses %j', async (heartbeat, errorMessage) => {
    const group = await newShareGroup(wire.client)
    const answer = await group.heartbeat(heartbeat)
    expect(answer).toEqual({ ...refused, error: 'INVALID_REQUEST', errorMessage })
  })

  it('knows no group before somebody joins', async () => {
    const group = await newShareGroup(wire.client)
    expect(await group.heartbeat({ memberEpoch: 1 })).toEqual({
      ...refused,
      error: 'GROUP_ID_NOT_FOUND',
      errorMessage: `Share group ${group.groupId} not found.`,
    })
    expect(await group.leave()).toEqual({
      ...refused,
      error: 'GROUP_ID_NOT_FOUND',
      errorMessage: `Group ${group.groupId} not found.`,
    })
  })

  it('fences who is in another epoch', async () => {
    const topic = await wire.newTopic()
    const group = await newShareGroup(wire.client)
    const memberEpoch = await group.member(topic)
    const answer = await group.heartbeat({ memberEpoch: memberEpoch + 1 })
    expect(answer).toMatchObject({
      error: 'FENCED_MEMBER_EPOCH',
      errorMessage: expect.stringMatching(/has a greater member epoch .* and rejoin\.$/),
    })
  })

  it('and JoinGroup do not mix in a group', async () => {
    const { client } = wire
    const topic = await wire.newTopic()
    const group = await newShareGroup(client)
    await group.member(topic)
    const join = await client.request(joinGroup, 3, {
      groupId: group.groupId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    })
    expect(join.errorCode).toBe(errors.INCONSISTENT_GROUP_PROTOCOL)
    await group.leave()
  })

  it('finds no share group where there is a classic one', async () => {
    const { client } = wire
    const group = await newShareGroup(client)
    const join = await client.request(joinGroup, 3, {
      groupId: group.groupId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    })
    expect(join.errorCode).toBe(errors.NONE)
    expect(await group.heartbeat({ subscribedTopicNames: [uniqueName()] })).toEqual({
      ...refused,
      error: 'GROUP_ID_NOT_FOUND',
      errorMessage: `Group ${group.groupId} is not a share group.`,
    })
  })

  it('makes groups of the type "share"', async () => {
    const { client } = wire
    const topic = await wire.newTopic()
    const group = await newShareGroup(client)
    await group.member(topic)
    const list = async (statesFilter: string[]) => {
      const { groups } = await client.request(listGroups, 5, {
        statesFilter,
        typesFilter: ['Share'],
      })
      return groups.find(({ groupId }) => groupId === group.groupId)
    }
    const listed = { groupId: group.groupId, protocolType: 'share', groupType: 'share' }
    expect(await list(['stable'])).toEqual({ ...listed, groupState: 'Stable' })
    await group.leave()
    expect(await list(['Empty'])).toEqual({ ...listed, groupState: 'Empty' })
  })

  it.skipIf(onKafka)(
    'is not served while share.version is 0 (skipped on Apache Kafka: others use it)',
    async () => {
      const { client } = wire
      const setTo = (maxVersionLevel: number, upgradeType: number) =>
        client.request(updateFeatures, 2, {
          timeoutMs: 1000,
          featureUpdates: [{ feature: 'share.version', maxVersionLevel, upgradeType }],
          validateOnly: false,
        })
      const group = await newShareGroup(client)
      expect((await setTo(0, 2)).errorCode).toBe(errors.NONE)
      expect(await group.heartbeat({})).toEqual({
        ...refused,
        error: 'UNSUPPORTED_VERSION',
        errorMessage: 'the share protocol is switched off',
      })
      expect(await group.describe()).toMatchObject({ error: 'UNSUPPORTED_VERSION' })
      expect((await setTo(1, 1)).errorCode).toBe(errors.NONE)
    },
  )
})
