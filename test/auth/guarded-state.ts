/** What there is on a guarded broker to be asked about: one of each. */
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { batchOf } from '../handlers/batches.ts'
import { joining, TestConsumerGroup } from '../handlers/consumer-groups.ts'
import { produceTo } from '../handlers/requests.ts'
import { newShareGroup } from '../handlers/share-groups.ts'
import {
  newGroup as newStreamsGroup,
  StreamsThread,
  subtopology,
} from '../handlers/streams-groups.ts'
import { newTopic, settle, type TestTopic } from '../handlers/wire.ts'
import type { RawClient } from '../raw-client.ts'

export interface GuardedState {
  topic: TestTopic
  /** Has committed an offset of the topic, and has a member that has it. */
  consumerGroup: string
  /** Likewise. */
  shareGroup: string
  /** Reads the topic. */
  streamsGroup: string
}

export async function newState(client: RawClient): Promise<GuardedState> {
  const topic = await newTopic(client)
  await produceTo(client, topic, batchOf(['a record']))
  return {
    topic,
    consumerGroup: await newConsumerGroup(client, topic),
    shareGroup: await shareGroupOn(client, topic),
    streamsGroup: await streamsGroupOn(client, topic),
  }
}

async function newConsumerGroup(client: RawClient, topic: TestTopic): Promise<string> {
  const group = await TestConsumerGroup.create(client)
  const { groupId } = group
  const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }]
  const topics = [{ name: topic.name, partitions }]
  await client.request(offsetCommit, 9, { groupId, memberId: '', topics })
  const member = { memberId: 'member', subscribedTopicNames: [topic.name] }
  await group.heartbeat({ ...member, ...joining })
  await settle(async () => (await group.describe()).members[0]?.assignment !== undefined)
  return groupId
}

async function shareGroupOn(client: RawClient, topic: TestTopic): Promise<string> {
  const group = await newShareGroup(client)
  await group.alterOffsets(topic, 0)
  await group.member(topic)
  return group.groupId
}

async function streamsGroupOn(client: RawClient, topic: TestTopic): Promise<string> {
  const groupId = await newStreamsGroup(client)
  const reads = subtopology('0', { sourceTopics: [topic.name] })
  await new StreamsThread(client, groupId, [reads]).join()
  return groupId
}
