import { zeroUuid } from '../../../protocol/wire.ts'
import {
  unknownStartOffset,
  type ShareState,
  type ShareStates,
} from '../../share-partitions/share-states.ts'

/** A topic as far as it says what a group has not read yet. */
interface ReadableTopic {
  readonly name: string
  readonly id: string
  readonly partitions: readonly { readonly highWatermark: number }[]
}

interface ReadableTopics {
  get(name: string): ReadableTopic | undefined
  getById(id: string): ReadableTopic | undefined
}

interface WantedTopic {
  topicName: string
  partitions: readonly number[]
}

interface DescribedTopic {
  topicName: string
  topicId: string
  partitions: DescribedPartition[]
}

interface DescribedPartition {
  partitionIndex: number
  /** -1 for none; so is lag. */
  startOffset: number
  leaderEpoch: number
  lag: number
  errorCode: number
}

/**
 * How far a group is, in all that it has begun with (null) or in what is asked for. Topics that
 * there are not come last, as in Kafka.
 */
export async function describeOffsets(
  groupId: string,
  wanted: readonly WantedTopic[] | null,
  topics: ReadableTopics,
  states: ShareStates,
): Promise<DescribedTopic[]> {
  const named = (wanted ?? begun(groupId, topics, states)).map(({ topicName, partitions }) => {
    return { topic: topics.get(topicName), topicName, partitions }
  })
  const known = named.flatMap(({ topic, partitions }) => {
    return topic === undefined ? [] : [describeTopic(groupId, topic, partitions, states)]
  })
  const unknown = named
    .filter(({ topic }) => topic === undefined)
    .map(({ topicName, partitions }) => {
      return { topicName, topicId: zeroUuid, partitions: partitions.map(nothingOf) }
    })
  return [...(await Promise.all(known)), ...unknown]
}

/** Everything that the group has begun with, of topics that are still there. */
function begun(groupId: string, topics: ReadableTopics, states: ShareStates): WantedTopic[] {
  const byTopic = Map.groupBy(states.ofGroup(groupId), ({ topicId }) => topicId)
  return [...byTopic].flatMap(([topicId, keys]) => {
    const topicName = topics.getById(topicId)?.name
    if (topicName === undefined) return []
    const partitions = keys.map(({ partition }) => partition).toSorted((a, b) => a - b)
    return [{ topicName, partitions }]
  })
}

async function describeTopic(
  groupId: string,
  topic: ReadableTopic,
  indexes: readonly number[],
  states: ShareStates,
): Promise<DescribedTopic> {
  const partitions = indexes.map(async partition => {
    const key = { groupId, topicId: topic.id, partition }
    if (states.get(key) === undefined) return nothingOf(partition)
    const state = await states.read(key, -1)
    const { startOffset, leaderEpoch } = state
    const highWatermark = topic.partitions[partition]?.highWatermark
    const lag = highWatermark === undefined ? -1 : lagOf(state, highWatermark)
    return { partitionIndex: partition, startOffset, leaderEpoch, lag, errorCode: 0 }
  })
  return { topicName: topic.name, topicId: topic.id, partitions: await Promise.all(partitions) }
}

/** Records that wait for their delivery to be completed (KIP-1226); -1 where that is not known. */
function lagOf({ startOffset, deliveryCompleteCount }: ShareState, highWatermark: number): number {
  if (startOffset === unknownStartOffset || deliveryCompleteCount === -1) return -1
  return highWatermark - startOffset - deliveryCompleteCount
}

function nothingOf(partitionIndex: number): DescribedPartition {
  return { partitionIndex, startOffset: unknownStartOffset, leaderEpoch: 0, lag: -1, errorCode: 0 }
}
