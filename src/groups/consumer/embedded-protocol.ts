import {
  decodeSubscription,
  encodeAssignment,
  type ConsumerSubscription,
} from '../../../protocol/consumer-protocol.ts'
import type { GroupTopics } from '../step.ts'
import { toTopicPartitions, type TopicPartitions } from '../assignment.ts'
import type { ClassicFacts } from './member.ts'

/** The subscription in the protocol that the member prefers. Throws a WireError. */
export function subscriptionOf({
  protocols,
}: Pick<ClassicFacts, 'protocols'>): ConsumerSubscription {
  return decodeSubscription(protocols[0]!.metadata)
}

/** What it says that it owns; none of topics that are gone. */
export function ownedBy(
  { ownedPartitions }: ConsumerSubscription,
  topics: GroupTopics,
): TopicPartitions[] {
  return ownedPartitions.flatMap(({ topic, partitions }) => {
    const known = topics.get(topic)
    return known === undefined ? [] : [{ topicId: known.id, partitions }]
  })
}

/** An assignment in the version of the member's subscription. */
export function encodedFor(
  { version }: Pick<ConsumerSubscription, 'version'>,
  assignment: Parameters<typeof toTopicPartitions>[0],
  topics: GroupTopics,
): Buffer {
  const assignedPartitions = toTopicPartitions(assignment).flatMap(({ topicId, partitions }) => {
    const known = topics.getById(topicId)
    return known === undefined ? [] : [{ topic: known.name, partitions }]
  })
  return encodeAssignment({ assignedPartitions, userData: null }, version)
}
