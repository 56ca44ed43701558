import { errors, KafkaError } from '../../../protocol/errors.ts'
import type { Group } from '../group.ts'
import type { Step } from '../step.ts'
import type { Offsets } from './committed.ts'

export interface DeleteRequest {
  groupId: string
  topics: readonly { name: string; partitions: readonly { partitionIndex: number }[] }[]
}

export interface DeleteAnswer {
  name: string
  partitions: { partitionIndex: number; errorCode: number }[]
}

/**
 * An OffsetDelete request (KIP-496). Offsets in use stay; those that do not exist are no error.
 * What open transactions would commit goes as well. Throws GROUP_ID_NOT_FOUND and NON_EMPTY_GROUP.
 * (Kafka: OffsetMetadataManager.deleteOffsets)
 */
export function deleteOffsets(
  group: Group | undefined,
  { groupId, topics }: DeleteRequest,
  offsets: Offsets,
  step: Step,
): DeleteAnswer[] {
  if (group === undefined || group.type === 'share') throw new KafkaError('GROUP_ID_NOT_FOUND')
  // Of members that are no consumers, nobody knows what they read.
  const isOpaque = group.type === 'classic' && group.protocolType !== 'consumer'
  if (isOpaque && group.state !== 'Empty') throw new KafkaError('NON_EMPTY_GROUP')
  // Kafka answers by partitions: a topic without any is not in the answer.
  const asked = topics.filter(({ partitions }) => partitions.length > 0)
  return asked.map(({ name, partitions }) => {
    const known = step.topics.get(name)?.partitions.length ?? 0
    const isInUse = group.subscribesTo(name)
    const answers = partitions.map(({ partitionIndex }) => {
      if (partitionIndex < 0 || partitionIndex >= known) {
        return { partitionIndex, errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION }
      }
      if (isInUse) return { partitionIndex, errorCode: errors.GROUP_SUBSCRIBED_TO_TOPIC }
      const row = offsets.get(groupId, name, partitionIndex)
      if (row !== undefined) step.forgottenOffsets.push(row)
      const place = { group: groupId, topic: name, partition: partitionIndex }
      step.forgottenPending.push(...offsets.pending.ofPartition(place))
      return { partitionIndex, errorCode: errors.NONE }
    })
    return { name, partitions: answers }
  })
}
