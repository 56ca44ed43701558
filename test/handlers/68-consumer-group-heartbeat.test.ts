import { describe, expect, it } from 'vitest'
import { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import { updateFeatures } from '../../protocol/apis/57-update-features.ts'
import type { Input } from '../../protocol/schema.ts'
import { joining, TestConsumerGroup } from './consumer-groups.ts'
import { latest, named, onKafka, useBroker, versionsOf } from './wire.ts'

type Request = Input<typeof consumerGroupHeartbeat.request>

const wire = useBroker({ 'group.consumer.assignment.interval.ms': '0' })

describe('ConsumerGroupHeartbeat', () => {
  it.each(versionsOf(consumerGroupHeartbeat))('v%i joins, stays and leaves', async version => {
    const { name, id } = await wire.newTopic({ partitions: 2 })
    const group = await TestConsumerGroup.create(wire.client)
    const joined = await group.heartbeat(
      { ...joining, memberId: 'm', subscribedTopicNames: [name] },
      version,
    )
    expect(joined).toEqual({
      throttleTimeMs: 0,
      error: 'NONE',
      errorMessage: null,
      memberId: 'm',
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
      assignment: { topicPartitions: [{ topicId: id, partitions: [0, 1] }] },
    })
    expect(await group.heartbeat({ memberId: 'm', memberEpoch: 2 }, version)).toMatchObject({
      error: 'NONE',
      memberEpoch: 2,
      assignment: null,
    })
    expect(await group.heartbeat({ memberId: 'm', memberEpoch: -1 }, version)).toMatchObject({
      error: 'NONE',
      memberId: 'm',
      memberEpoch: -1,
      heartbeatIntervalMs: 0,
      assignment: null,
    })
    const gone = await group.heartbeat({ memberId: 'm', memberEpoch: 2 }, version)
    expect(gone).toMatchObject({ error: 'UNKNOWN_MEMBER_ID', memberId: null, memberEpoch: 0 })
  })

  it('v0 makes up a member id (KIP-1082)', async () => {
    const group = await TestConsumerGroup.create(wire.client)
    const { error, memberId } = await group.heartbeat({ ...joining, subscribedTopicNames: [] }, 0)
    expect(error).toBe('NONE')
    expect(memberId).toMatch(/^[\w-]{22,36}$/)
  })

  it.each<[string, Partial<Request>, string]>([
    ['without a member id', { memberId: '' }, 'INVALID_REQUEST'],
    ['without a group id', { groupId: '' }, 'INVALID_REQUEST'],
    ['with an empty instance id', { instanceId: '' }, 'INVALID_REQUEST'],
    ['with a blank rack id', { rackId: ' ' }, 'INVALID_REQUEST'],
    ['without a rebalance timeout', { rebalanceTimeoutMs: -1 }, 'INVALID_REQUEST'],
    ['without its partitions', { topicPartitions: null }, 'INVALID_REQUEST'],
    ['without a subscription', { subscribedTopicNames: null }, 'INVALID_REQUEST'],
    ['with an assignor that there is not', { serverAssignor: 'x' }, 'UNSUPPORTED_ASSIGNOR'],
    ['with an assignor', { serverAssignor: 'range' }, 'NONE'],
    ['with a bad pattern', { subscribedTopicRegex: 'a(' }, 'INVALID_REGULAR_EXPRESSION'],
    [
      'with a look-behind, which RE2 has not',
      { subscribedTopicRegex: '(?<!a)b' },
      'INVALID_REGULAR_EXPRESSION',
    ],
    ['with epoch -3', { memberEpoch: -3 }, 'INVALID_REQUEST'],
    ['with epoch -2 and no instance id', { memberEpoch: -2 }, 'INVALID_REQUEST'],
    ['with an epoch, of no group', { memberEpoch: 1 }, 'GROUP_ID_NOT_FOUND'],
    ['leaving no group', { memberEpoch: -1 }, 'GROUP_ID_NOT_FOUND'],
  ])('joins %s', async (_, request, error) => {
    const group = await TestConsumerGroup.create(wire.client)
    const subscribing = { ...joining, memberId: 'm', subscribedTopicNames: [] }
    const answer = await group.heartbeat({ ...subscribing, ...request })
    expect(answer.error).toBe(error)
    if (error !== 'NONE') expect(answer.errorMessage).not.toBeNull()
  })

  it('moves partitions to a second member, without two owners', async () => {
    const { name, id } = await wire.newTopic({ partitions: 4 })
    const group = await TestConsumerGroup.create(wire.client)
    const subscribing = { ...joining, subscribedTopicNames: [name] }
    await group.heartbeat({ ...subscribing, memberId: 'm1' })
    const second = await group.heartbeat({ ...subscribing, memberId: 'm2' })
    expect(second.assignment).toEqual({ topicPartitions: [] })
    // Apache Kafka makes the next assignment when the last one is a second old.
    const owns = (partitions: number[]) => [{ topicId: id, partitions }]
    let kept: number[] = []
    await expect
      .poll(
        async () => {
          const answer = await group.heartbeat({ memberId: 'm1', memberEpoch: 2 })
          kept = answer.assignment?.topicPartitions[0]?.partitions ?? kept
          return kept.length
        },
        { timeout: 5000 },
      )
      .toBe(2)
    const early = await group.heartbeat({ memberId: 'm2', memberEpoch: second.memberEpoch })
    expect(early.assignment?.topicPartitions ?? []).toEqual([])
    const revoked = await group.heartbeat({
      memberId: 'm1',
      memberEpoch: 2,
      topicPartitions: owns(kept),
    })
    expect(revoked).toMatchObject({ error: 'NONE', memberEpoch: 3 })
    const { memberEpoch, assignment } = await group.heartbeat({
      memberId: 'm2',
      memberEpoch: early.memberEpoch,
    })
    expect(memberEpoch).toBe(3)
    const got = assignment!.topicPartitions[0]!.partitions
    expect([...kept, ...got].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
  })

  it('subscribes by pattern', async () => {
    const { name, id } = await wire.newTopic({ partitions: 2 })
    const group = await TestConsumerGroup.create(wire.client)
    const subscribedTopicRegex = `none|${name}`
    const subscribing = { ...joining, memberId: 'm', subscribedTopicRegex }
    // Apache Kafka looks for topics after it has answered.
    await expect
      .poll(async () => (await group.heartbeat(subscribing)).assignment, { timeout: 5000 })
      .toEqual({ topicPartitions: [{ topicId: id, partitions: [0, 1] }] })
  })

  it('keeps the assignment of a static member that is replaced', async () => {
    const { name, id } = await wire.newTopic({ partitions: 2 })
    const group = await TestConsumerGroup.create(wire.client)
    const asInstance = { instanceId: 'i' }
    const subscribing = { ...joining, ...asInstance, subscribedTopicNames: [name] }
    await group.heartbeat({ ...subscribing, memberId: 'old' })
    const tooEarly = await group.heartbeat({ ...subscribing, memberId: 'new' })
    expect(tooEarly.error).toBe('UNRELEASED_INSTANCE_ID')
    const left = await group.heartbeat({ ...asInstance, memberId: 'old', memberEpoch: -2 })
    expect(left).toMatchObject({ error: 'NONE', memberEpoch: -2 })
    expect(await group.heartbeat({ ...subscribing, memberId: 'new' })).toMatchObject({
      error: 'NONE',
      memberEpoch: 2,
      assignment: { topicPartitions: [{ topicId: id, partitions: [0, 1] }] },
    })
    const fenced = await group.heartbeat({ ...asInstance, memberId: 'old', memberEpoch: 2 })
    expect(fenced.error).toBe('FENCED_INSTANCE_ID')
  })

  // It changes what the broker does for everybody.
  it.skipIf(onKafka)('is refused without its feature (skipped on Apache Kafka)', async () => {
    const featureUpdates = (maxVersionLevel: number, upgradeType: number) => ({
      timeoutMs: 5000,
      featureUpdates: [{ feature: 'group.version', maxVersionLevel, upgradeType }],
    })
    const version = latest(updateFeatures)
    await wire.client.request(updateFeatures, version, featureUpdates(0, 2))
    const group = await TestConsumerGroup.create(wire.client)
    const subscribing = { ...joining, memberId: 'm', subscribedTopicNames: [] }
    expect((await group.heartbeat(subscribing)).error).toBe('UNSUPPORTED_VERSION')
    expect((await group.describe()).error).toBe('UNSUPPORTED_VERSION')
    expect(
      named(await wire.client.request(updateFeatures, version, featureUpdates(1, 1))).error,
    ).toBe('NONE')
    expect((await group.heartbeat(subscribing)).error).toBe('NONE')
  })
})
