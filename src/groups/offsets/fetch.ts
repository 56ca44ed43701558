import { errorName, errors, KafkaError } from '../../../protocol/errors.ts'
import type { OffsetRow } from '../../../storage/metadata-store.ts'
import type { FetchClient, Group } from '../group.ts'
import type { GroupTopics } from '../step.ts'
import type { Offsets } from './committed.ts'
import type { Place } from './pending.ts'

/** First version that names topics by id (KIP-848). */
const topicIdsSince = 10

export interface FetchRequest extends FetchClient {
  groupId: string
  /** Not to be told of what an open transaction may still change (KIP-447). */
  requireStable: boolean
  /** Null for all that the group has committed. */
  topics: readonly { name: string; topicId: string; partitionIndexes: readonly number[] }[] | null
}

export interface FetchAnswer {
  name: string
  topicId: string
  partitions: FetchedOffset[]
}

interface FetchedOffset {
  partitionIndex: number
  committedOffset: number
  committedLeaderEpoch: number
  metadata: string
  errorCode: number
}

/**
 * One group of an OffsetFetch request. A group or an offset that does not exist is no error: the
 * client then follows its auto.offset.reset. Throws for a member that is none, or of another epoch.
 * (Kafka: OffsetMetadataManager.fetchOffsets)
 */
export function fetchOffsets(
  group: Group | undefined,
  offsets: Offsets,
  request: FetchRequest,
  version: number,
  lookup: Pick<GroupTopics, 'getById'>,
): FetchAnswer[] {
  const { groupId, topics } = request
  const { pending } = offsets
  const isHidden = (place: Place) => request.requireStable && pending.isUnstable(place)
  const tell = (row: OffsetRow) =>
    isHidden(row) ? noOffset(row.partition, errors.UNSTABLE_OFFSET_COMMIT) : fetchedOffset(row)
  const refused = group?.validateFetch(request) ?? errors.NONE
  const isRefused = refused !== errors.NONE && refused !== errors.GROUP_ID_NOT_FOUND
  if (isRefused) throw new KafkaError(errorName(refused))
  // As in Kafka, a partition for which nothing was committed yet is not among all of them.
  if (topics === null) return offsets.of(groupId).map(rows => ofTopic(rows, rows.map(tell)))
  return topics.map(({ name, topicId, partitionIndexes }) => {
    const byId = version >= topicIdsSince
    const topic = byId ? lookup.getById(topicId)?.name : name
    const partitions = partitionIndexes.map(partitionIndex => {
      if (topic === undefined) return noOffset(partitionIndex, errors.UNKNOWN_TOPIC_ID)
      const row = offsets.get(groupId, topic, partitionIndex)
      if (row !== undefined) return tell(row)
      const isUnstable = isHidden({ group: groupId, topic, partition: partitionIndex })
      return noOffset(partitionIndex, isUnstable ? errors.UNSTABLE_OFFSET_COMMIT : errors.NONE)
    })
    return { name, topicId, partitions }
  })
}

/** All offsets of one topic; there is at least one. */
function ofTopic(rows: OffsetRow[], partitions: FetchedOffset[]): FetchAnswer {
  const { topic, topicId } = rows[0]!
  return { name: topic, topicId, partitions }
}

function fetchedOffset(row: OffsetRow): FetchedOffset {
  return {
    partitionIndex: row.partition,
    committedOffset: row.offset,
    committedLeaderEpoch: row.leaderEpoch,
    metadata: row.metadata,
    errorCode: errors.NONE,
  }
}

export function noOffset(partitionIndex: number, errorCode: number = errors.NONE): FetchedOffset {
  return {
    partitionIndex,
    committedOffset: -1,
    committedLeaderEpoch: -1,
    metadata: '',
    errorCode,
  }
}
