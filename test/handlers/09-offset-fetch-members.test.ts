/** Who may fetch offsets, by member id and epoch (KIP-848; Kafka: Group.validateOffsetFetch). */
import { expect, it } from 'vitest'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { errorName, type ErrorName } from '../../protocol/errors.ts'
import { joining, TestConsumerGroup } from './consumer-groups.ts'
import { newShareGroup } from './share-groups.ts'
import { newGroup, StreamsThread, subtopology } from './streams-groups.ts'
import { uniqueName, useBroker, versionsOf, type TestTopic } from './wire.ts'

const wire = useBroker()
const membersSince = 9
const versions = versionsOf(offsetFetch, { since: membersSince })

/** Null and -1 are of tools, and of clients that know no epochs. */
type FetchClient = readonly [memberId: string | null, memberEpoch: number]

/** What a client is told of partition 0: the offset, or why not. All of its answers are alike. */
async function fetchAs(
  [memberId, memberEpoch]: FetchClient,
  groupId: string,
  topic: TestTopic,
): Promise<ErrorName | number | undefined> {
  const { name, id: topicId } = topic
  const answers = new Set<ErrorName | number>()
  for (const version of versions) {
    for (const topics of [null, [{ name, topicId, partitionIndexes: [0] }]]) {
      const group = { groupId, memberId, memberEpoch, topics }
      const { groups } = await wire.client.request(offsetFetch, version, { groups: [group] })
      const { errorCode, topics: told } = groups[0]!
      const error = errorName(errorCode)
      if (error !== 'NONE') expect(told).toEqual([])
      else expect(told.length).toBeLessThanOrEqual(1)
      answers.add(error === 'NONE' ? (told[0]?.partitions[0]!.committedOffset ?? -1) : error)
    }
  }
  expect(answers.size).toBe(1)
  return answers.values().next().value
}

async function commit(groupId: string, topic: TestTopic, committedOffset: number): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: null }]
  const topics = [{ name: topic.name, partitions }]
  const answer = await wire.client.request(offsetCommit, 8, { groupId, topics })
  expect(answer.topics[0]!.partitions[0]!.errorCode).toBe(0)
}

/** A consumer group with offset 7, and its member m in epoch 2. */
async function consumerGroup() {
  const topic = await wire.newTopic()
  const group = await TestConsumerGroup.create(wire.client)
  await commit(group.groupId, topic, 7)
  const member = { ...joining, memberId: 'm', subscribedTopicNames: [topic.name] }
  expect(await group.heartbeat(member)).toMatchObject({ memberEpoch: 2 })
  return { topic, group }
}

it.each<[FetchClient, ErrorName | number]>([
  [[null, -1], 7],
  [['m', 2], 7],
  [['m', 1], 'STALE_MEMBER_EPOCH'],
  [['m', 3], 'STALE_MEMBER_EPOCH'],
  [['m', -1], 'STALE_MEMBER_EPOCH'],
  [['x', 2], 'UNKNOWN_MEMBER_ID'],
  [['', -1], 'UNKNOWN_MEMBER_ID'],
])('of a consumer group, %j is told %s', async (client, told) => {
  const { topic, group } = await consumerGroup()
  expect(await fetchAs(client, group.groupId, topic)).toBe(told)
})

it('of a consumer group, a member that has left is told UNKNOWN_MEMBER_ID', async () => {
  const { topic, group } = await consumerGroup()
  await group.heartbeat({ memberId: 'm', memberEpoch: -1 })
  expect(await fetchAs(['m', 2], group.groupId, topic)).toBe('UNKNOWN_MEMBER_ID')
  expect(await fetchAs([null, -1], group.groupId, topic)).toBe(7)
})

it('of a consumer group, a classic member is told ILLEGAL_GENERATION', async () => {
  const { topic, group } = await consumerGroup()
  const { groupId } = group
  const { name } = topic
  const metadata = Buffer.concat([
    Buffer.from([0, 0, 0, 0, 0, 1, 0, name.length]),
    Buffer.from(name),
    Buffer.from('ffffffff', 'hex'),
  ])
  const { errorCode, memberId, generationId } = await wire.client.request(joinGroup, 9, {
    groupId,
    memberId: '',
    groupInstanceId: 'i',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata }],
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
  })
  expect(errorCode).toBe(0)
  expect(await fetchAs([memberId, generationId], groupId, topic)).toBe(7)
  expect(await fetchAs([memberId, generationId - 1], groupId, topic)).toBe('ILLEGAL_GENERATION')
})

it('of a streams group, a member must be in its epoch', async () => {
  const topic = await wire.newTopic()
  const groupId = await newGroup(wire.client)
  await commit(groupId, topic, 7)
  const parts = [subtopology('0', { sourceTopics: [topic.name] })]
  const member = new StreamsThread(wire.client, groupId, parts)
  const { memberEpoch, memberId } = await member.join()
  expect(memberEpoch).toBeGreaterThan(0)
  expect(await fetchAs([memberId, memberEpoch], groupId, topic)).toBe(7)
  for (const epoch of [memberEpoch - 1, memberEpoch + 1]) {
    expect(await fetchAs([memberId, epoch], groupId, topic)).toBe('STALE_MEMBER_EPOCH')
  }
  expect(await fetchAs(['x', memberEpoch], groupId, topic)).toBe('UNKNOWN_MEMBER_ID')
  expect(await fetchAs(['', -1], groupId, topic)).toBe('UNKNOWN_MEMBER_ID')
  expect(await fetchAs([null, -1], groupId, topic)).toBe(7)
})

it('of a classic group, members and epochs are not looked at', async () => {
  const topic = await wire.newTopic()
  const { groupId } = await TestConsumerGroup.create(wire.client)
  await commit(groupId, topic, 7)
  expect(await fetchAs(['x', 4], groupId, topic)).toBe(7)
})

it('of a share group, there are none: it stores no offsets here', async () => {
  const topic = await wire.newTopic()
  const group = await newShareGroup(wire.client)
  const memberEpoch = await group.member(topic)
  expect(await fetchAs(['m', memberEpoch], group.groupId, topic)).toBe(-1)
  expect(await fetchAs(['x', 4], group.groupId, topic)).toBe(-1)
})

it('of a group that does not exist, there are none, and that is no error', async () => {
  const topic = await wire.newTopic()
  const groupId = uniqueName()
  await TestConsumerGroup.create(wire.client)
  expect(await fetchAs(['m', 2], groupId, topic)).toBe(-1)
})
