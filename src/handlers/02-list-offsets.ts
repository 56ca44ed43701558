/**
 * ListOffsets: v0–11. v0 lists offsets before a time, as segments begin; v1 one offset for a time;
 * v2 isolation level; v4 leader epochs (KIP-320); v6 flexible; v7 max timestamp (KIP-734); v8 local
 * log start, v9 and v11 tiered storage, which there is none of (KIP-405, KIP-1023).
 */
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { requires } from '../auth/required.ts'
import { handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'
import type { Partition } from '../partitions/partition.ts'
import { repeatedKeys } from '../repeated.ts'

type Request = Infer<typeof listOffsets.request>
type PartitionRequest = Request['topics'][number]['partitions'][number]

interface Found {
  offset: number
  timestamp: number
  leaderEpoch: number
}

const latest = -1
const earliest = -2
const maxTimestamp = -3
const earliestLocal = -4
const latestTiered = -5
const earliestPendingUpload = -6

/** The version that introduced each special timestamp. */
const specialSince: ReadonlyMap<number, number> = new Map([
  [latest, 0],
  [earliest, 0],
  [maxTimestamp, 7],
  [earliestLocal, 8],
  [latestTiered, 9],
  [earliestPendingUpload, 11],
])

const notFound: Found = { offset: -1, timestamp: -1, leaderEpoch: -1 }

export default handle(listOffsets, {
  async run(request, context) {
    const { isolationLevel } = request
    if (isolationLevel !== 0 && isolationLevel !== 1) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    const answers = Array.from(byTopic(request), async ([name, wanted]) => {
      const repeated = repeatedKeys(wanted, ({ partitionIndex }) => partitionIndex)
      const distinct = new Map(wanted.map(partition => [partition.partitionIndex, partition]))
      if (!context.authorizer.allows(context, requires.ListOffsets.topic, name)) {
        const code = errors.TOPIC_AUTHORIZATION_FAILED
        return { name, partitions: Array.from(distinct.keys(), index => refuse(index, code)) }
      }
      const partitions = Array.from(distinct, ([index, wanted]) =>
        answer({ name, wanted, isRepeated: repeated.has(index) }, request, context),
      )
      return { name, partitions: await Promise.all(partitions) }
    })
    return { topics: await Promise.all(answers) }
  },

  fail: (errorCode, { topics }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => refuse(partitionIndex, errorCode)),
    })),
  }),
})

/** Kafka answers by topic and partition: each once, and no topic without partitions. */
function byTopic({ topics }: Request): Map<string, PartitionRequest[]> {
  const found = new Map<string, PartitionRequest[]>()
  for (const { name, partitions } of topics) {
    if (partitions.length === 0) continue
    const known = found.get(name)
    if (known === undefined) found.set(name, [...partitions])
    else for (const partition of partitions) known.push(partition)
  }
  return found
}

async function answer(
  { name, wanted, isRepeated }: { name: string; wanted: PartitionRequest; isRepeated: boolean },
  request: Request,
  context: Context,
) {
  const { partitionIndex, currentLeaderEpoch, timestamp } = wanted
  try {
    if (isRepeated) throw new KafkaError('INVALID_REQUEST')
    const partition = context.topics.get(name)?.partitions[partitionIndex]
    if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    partition.checkLeader(context.nodeId, currentLeaderEpoch)
    if (context.version < (timestamp < 0 ? (specialSince.get(timestamp) ?? Infinity) : 0)) {
      throw new KafkaError('UNSUPPORTED_VERSION')
    }
    const found = await find(partition, timestamp, request.isolationLevel === 1)
    const oldStyleOffsets = context.version === 0 ? offsetsBefore(wanted, found, partition) : []
    return { partitionIndex, errorCode: errors.NONE, ...found, oldStyleOffsets }
  } catch (error) {
    const details = { api: 'ListOffsets', topic: name, partition: partitionIndex }
    return refuse(partitionIndex, errorCodeOf(error, context.logger, details))
  }
}

async function find(
  partition: Partition,
  timestamp: number,
  readCommitted: boolean,
): Promise<Found> {
  const end = readCommitted ? partition.lastStableOffset : partition.highWatermark
  switch (timestamp) {
    case latest:
      return { offset: end, timestamp: -1, leaderEpoch: partition.leaderEpoch }
    case earliest:
    case earliestLocal: {
      const offset = partition.startOffset
      return { offset, timestamp: -1, leaderEpoch: partition.leaderEpochAt(offset) }
    }
    case maxTimestamp:
      if (partition.maxTimestamp >= 0) return findByTime(partition, partition.maxTimestamp, end)
      // Where no record has a time, Kafka tells the first of them.
      return partition.startOffset < end ? find(partition, earliest, readCommitted) : notFound
    case latestTiered:
    case earliestPendingUpload:
      return notFound
    default:
      return findByTime(partition, timestamp, end)
  }
}

async function findByTime(partition: Partition, ms: number, end: number): Promise<Found> {
  const found = await partition.offsetForTimestamp(ms)
  if (found === undefined || found.offset >= end) return notFound
  return { ...found, leaderEpoch: partition.leaderEpochAt(found.offset) }
}

/** Version 0 asks for up to so many offsets at or below a time, newest first. */
function offsetsBefore(
  { timestamp, maxNumOffsets }: PartitionRequest,
  { offset }: Found,
  { startOffset, highWatermark }: Partition,
): number[] {
  const newest = timestamp === latest || offset < 0 ? highWatermark : offset
  return [...new Set([newest, startOffset])].slice(0, Math.max(0, maxNumOffsets))
}

function refuse(partitionIndex: number, errorCode: number) {
  return { partitionIndex, errorCode, ...notFound, oldStyleOffsets: [] }
}
