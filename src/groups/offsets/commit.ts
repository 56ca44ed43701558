import { errors } from '../../../protocol/errors.ts'
import type { OffsetRow } from '../../../storage/metadata-store.ts'
import { ClassicGroup } from '../classic/classic-group.ts'
import type { Group, OffsetClient } from '../group.ts'
import type { GroupTopics, KnownTopic, Step } from '../step.ts'

/** First version that names topics by id (KIP-848). */
const topicIdsSince = 10
/** First version that tells that a group does not exist (KIP-848). */
const groupNotFoundSince = 9

export interface CommitRequest extends OffsetClient {
  groupId: string
  /** Milliseconds, or -1 for what the broker is configured to; of v2–4. */
  retentionTimeMs: number
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
 * An OffsetCommit or TxnOffsetCommit request. What names no topic or partition of ours fails by
 * itself; about the rest the group decides, unless it is `refused` already; undefined stands for
 * one that does not exist.
 */
export function commitOffsets(
  group: Group | undefined,
  request: CommitRequest,
  version: number,
  step: Step,
  refused: number = errors.NONE,
): CommitAnswer[] {
  const topics = findAll(request, version, step.topics)
  const known = topics.flatMap(({ partitions }) => partitions.filter(isKnown))
  const groupError = refused || validateCommit(group, request, version, known)
  const isAlive = groupError === errors.NONE && request.transaction === undefined
  if (isAlive) group?.keepAlive(request.memberId, step)
  const answers = topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map(found => {
      const errorCode = isKnown(found)
        ? groupError || commitOne(found, request, step)
        : found.errorCode
      return { partitionIndex: found.partition.partitionIndex, errorCode }
    }),
  }))
  if (group === undefined && step.offsets.length + step.pendingOffsets.length > 0) {
    step.successor = new ClassicGroup(request.groupId, step.timestamp)
  }
  return answers
}

/** Whether there is anything for the coordinators to decide about. */
export function namesKnown(request: CommitRequest, version: number, topics: GroupTopics): boolean {
  return findAll(request, version, topics).some(({ partitions }) => partitions.some(isKnown))
}

/** Kafka answers by partitions: a topic without any is not in the answer. */
function findAll(request: CommitRequest, version: number, topics: GroupTopics) {
  const byId = version >= topicIdsSince
  return request.topics
    .filter(({ partitions }) => partitions.length > 0)
    .map(({ name, topicId, partitions }) => {
      const topic = byId ? topics.getById(topicId) : topics.get(name)
      return { name, topicId, partitions: partitions.map(each => find(each, topic, byId)) }
    })
}

interface Found {
  partition: CommitPartition
  topic: KnownTopic | undefined
  errorCode: number
}

function find(partition: CommitPartition, topic: KnownTopic | undefined, byId: boolean): Found {
  const { partitionIndex } = partition
  if (topic === undefined) {
    const unknown = byId ? errors.UNKNOWN_TOPIC_ID : errors.UNKNOWN_TOPIC_OR_PARTITION
    return { partition, topic, errorCode: unknown }
  }
  const isThere = partitionIndex >= 0 && partitionIndex < topic.partitions.length
  const errorCode = isThere ? errors.NONE : errors.UNKNOWN_TOPIC_OR_PARTITION
  return { partition, topic, errorCode }
}

/** About these the group decides. */
function isKnown(found: Found): found is Found & { topic: KnownTopic } {
  return found.errorCode === errors.NONE
}

/** One partition that the group refuses is enough for it to refuse all, as in Kafka. */
function validateCommit(
  group: Group | undefined,
  request: CommitRequest,
  version: number,
  known: readonly (Found & { topic: KnownTopic })[],
): number {
  if (group !== undefined) {
    const partitions = known.map(({ topic, partition }) => {
      return { topic: topic.name, topicId: topic.id, partition: partition.partitionIndex }
    })
    const refused = group.validateCommit(request, version, partitions)
    // Epochs of members are unknown to TxnOffsetCommit, whose clients know generations.
    const isStale = refused === errors.STALE_MEMBER_EPOCH && request.transaction !== undefined
    return isStale ? errors.ILLEGAL_GENERATION : refused
  }
  // A client that is no member may commit for a group that does not exist, and so creates it.
  if (request.generationIdOrMemberEpoch < 0) return errors.NONE
  return version >= groupNotFoundSince ? errors.GROUP_ID_NOT_FOUND : errors.ILLEGAL_GENERATION
}

function commitOne(
  { topic, partition }: Found & { topic: KnownTopic },
  request: CommitRequest,
  step: Step,
): number {
  const { committedOffset, committedMetadata } = partition
  if ((committedMetadata?.length ?? 0) > step.config.offsetMetadataMaxBytes) {
    return errors.OFFSET_METADATA_TOO_LARGE
  }
  // No log has such a position, and a row could not hold it.
  if (!Number.isSafeInteger(committedOffset)) return errors.INVALID_COMMIT_OFFSET_SIZE
  const row = toRow(request, topic, partition, step)
  if (request.transaction === undefined) step.offsets.push(row)
  else step.pendingOffsets.push({ ...request.transaction, offset: row })
  return errors.NONE
}

function toRow(
  { groupId, retentionTimeMs }: CommitRequest,
  topic: KnownTopic,
  partition: CommitPartition,
  { timestamp }: Step,
): OffsetRow {
  const { commitTimestamp } = partition
  const isStamped = Number.isSafeInteger(commitTimestamp) && commitTimestamp >= 0
  const row: OffsetRow = {
    group: groupId,
    topic: topic.name,
    topicId: topic.id,
    partition: partition.partitionIndex,
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch,
    metadata: partition.committedMetadata ?? '',
    commitTimestamp: isStamped ? commitTimestamp : timestamp,
  }
  if (retentionTimeMs === -1) return row
  return { ...row, expireTimestamp: Math.min(timestamp + retentionTimeMs, Number.MAX_SAFE_INTEGER) }
}
