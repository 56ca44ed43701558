import { errors } from '../../protocol/errors.ts'
import type { OffsetRow } from '../../storage/metadata-store.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { KnownTopic, TopicLookup } from './offsets.ts'
import type { Step } from './step.ts'

/** First version that names topics by id (KIP-848). */
const topicIdsSince = 10
/** First version that tells that a group does not exist (KIP-848). */
const groupNotFoundSince = 9

export interface CommitRequest {
  groupId: string
  /** -1 when the client is no member. */
  generationIdOrMemberEpoch: number
  memberId: string
  groupInstanceId: string | null
  topics: readonly { name: string; topicId: string; partitions: readonly CommitPartition[] }[]
}

interface CommitPartition {
  partitionIndex: number
  committedOffset: number
  committedLeaderEpoch: number
  committedMetadata: string | null
  /** Milliseconds since the epoch, or -1 for now; only v1 has it. */
  commitTimestamp: number
}

export interface CommitAnswer {
  name: string
  topicId: string
  partitions: { partitionIndex: number; errorCode: number }[]
}

/**
 * An OffsetCommit request. What names no topic or partition of ours fails by itself; about the rest
 * the group decides; undefined stands for one that does not exist.
 */
export function commitOffsets(
  group: ClassicGroup | undefined,
  request: CommitRequest,
  version: number,
  lookup: TopicLookup,
  step: Step,
): CommitAnswer[] {
  const byId = version >= topicIdsSince
  const groupError = validateCommit(group, request, version)
  if (groupError === errors.NONE) keepAlive(group, request.memberId, step)
  // Kafka answers by partitions: a topic without any is not in the answer.
  const topics = request.topics.filter(({ partitions }) => partitions.length > 0)
  return topics.map(({ name, topicId, partitions }) => {
    const topic = byId ? lookup.getById(topicId) : lookup.get(name)
    const answers = partitions.map(partition => {
      const { partitionIndex } = partition
      if (topic === undefined) {
        const unknown = byId ? errors.UNKNOWN_TOPIC_ID : errors.UNKNOWN_TOPIC_OR_PARTITION
        return { partitionIndex, errorCode: unknown }
      }
      const errorCode = validatePartition(partition, topic, step) || groupError
      if (errorCode === errors.NONE)
        step.offsets.push(toRow(request.groupId, topic, partition, step))
      return { partitionIndex, errorCode }
    })
    return { name, topicId, partitions: answers }
  })
}

/**
 * Whether this client may commit for the group. Clients without a generation, such as tools, may
 * while nobody is a member. (Kafka: OffsetMetadataManager, ClassicGroup.validateOffsetCommit)
 */
function validateCommit(
  group: ClassicGroup | undefined,
  request: CommitRequest,
  version: number,
): number {
  const { generationIdOrMemberEpoch: generationId, memberId, groupInstanceId } = request
  if (group === undefined) {
    if (generationId < 0) return errors.NONE
    return version >= groupNotFoundSince ? errors.GROUP_ID_NOT_FOUND : errors.ILLEGAL_GENERATION
  }
  if (generationId < 0 && group.state === 'Empty') return errors.NONE
  const invalid = group.validateMember(memberId, groupInstanceId)
  if (invalid !== errors.NONE) return invalid
  if (generationId !== group.generationId) return errors.ILLEGAL_GENERATION
  // The member has the new generation and not its assignment: it cannot have read anything in it.
  // Members that have not joined again yet, in PreparingRebalance, commit what they give up.
  return group.state === 'CompletingRebalance' ? errors.REBALANCE_IN_PROGRESS : errors.NONE
}

/** A commit is a sign of life, as a heartbeat is. */
function keepAlive(group: ClassicGroup | undefined, memberId: string, step: Step): void {
  const member = group?.members.get(memberId)
  if (member !== undefined) group!.extendSession(member, step)
}

function validatePartition(partition: CommitPartition, topic: KnownTopic, step: Step): number {
  const { partitionIndex, committedOffset, committedMetadata } = partition
  if (partitionIndex < 0 || partitionIndex >= topic.partitions.length) {
    return errors.UNKNOWN_TOPIC_OR_PARTITION
  }
  if ((committedMetadata?.length ?? 0) > step.limits.offsetMetadataMaxBytes) {
    return errors.OFFSET_METADATA_TOO_LARGE
  }
  // No log has such a position, and a row could not hold it.
  if (!Number.isSafeInteger(committedOffset)) return errors.INVALID_COMMIT_OFFSET_SIZE
  return errors.NONE
}

function toRow(
  group: string,
  topic: KnownTopic,
  partition: CommitPartition,
  step: Step,
): OffsetRow {
  const { commitTimestamp } = partition
  return {
    group,
    topic: topic.name,
    topicId: topic.id,
    partition: partition.partitionIndex,
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch,
    metadata: partition.committedMetadata ?? '',
    commitTimestamp:
      Number.isSafeInteger(commitTimestamp) && commitTimestamp >= 0
        ? commitTimestamp
        : step.timestamp,
  }
}
