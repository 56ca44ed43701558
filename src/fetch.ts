/** Reading for a Fetch request: now, and again whenever there may be more, until it is enough. */
import { errors, KafkaError } from '../protocol/errors.ts'
import type { AbortedTransaction } from '../storage/partition-log.ts'
import { endOffsetOf, readCommitted, readUncommitted } from './partitions/committed-read.ts'
import type { Context } from './handler.ts'
import { errorCodeOf } from './errors.ts'
import { leaderHint, noHint, type LeaderHint } from './leader-hints.ts'
import type { FetchedPartition, FetchPartition } from './fetch-sessions.ts'
import { LongPoll } from './long-poll.ts'
import type { Partition } from './partitions/partition.ts'
import type { Topic } from './topics.ts'

export interface EpochEnd {
  epoch: number
  endOffset: number
}

/** Of a client that knows no leader epoch, and of an answer that tells of none. */
const noEpoch = -1
const noDivergence: EpochEnd = { epoch: noEpoch, endOffset: -1 }

/** The first version whose clients read from followers (KIP-392). */
const followersSince = 11

export interface FetchLimits {
  /** 0 or less: answer at once. */
  maxWaitMs: number
  /** Wait until there are so many bytes, or as many as fit. */
  minBytes: number
  /** For all partitions; but the first batch is returned whatever its size (KIP-74). */
  maxBytes: number
  /** Only up to the last stable offset. */
  readCommitted: boolean
  /** Topics are named by id. */
  byId: boolean
  /** The client says that it is a broker that follows. */
  asFollower: boolean
}

interface Reading extends FetchLimits {
  /** The partitions that there were when the request came. */
  found: ReadonlySet<FetchPartition>
  /** False while there is no memory for records. */
  mayRead: boolean
  poll: LongPoll
}

export interface Fetched extends FetchedPartition {
  request: FetchPartition
  /** Where the log of the client, as it has read it, departs from this one (KIP-595). */
  divergingEpoch: EpochEnd
  batches: readonly Buffer[]
  /** Of what the batches may contain, those that a reader of committed records skips. */
  aborted: readonly AbortedTransaction[]
  /** Where to ask instead, if the client came to the wrong node. */
  currentLeader: LeaderHint
  /** What counts towards minBytes. */
  countedBytes: number
}

/**
 * Answers at once when there are `minBytes`, an error, or nothing to wait for; else whenever enough
 * has been appended, or `maxWaitMs` is over (Kafka: ReplicaManager.fetchMessages). Partitions that
 * did not exist from the start do not hurry the others, or clients that poll for one would spin.
 */
export async function fetchRecords(
  requests: readonly FetchPartition[],
  limits: FetchLimits,
  context: Context,
): Promise<Fetched[]> {
  const found = findAll(requests, limits, context)
  using poll = new LongPoll(found.size === 0 ? 0 : limits.maxWaitMs, context)
  for (;;) {
    poll.begin()
    for (const partition of partitionsOf(requests, limits, context)) poll.watch(partition)
    const reading: Reading = { ...limits, found, poll, ...reserve(requests, limits, poll, context) }
    const fetched = await readAll(requests, reading, context)
    if (poll.isOver || isEnough(fetched, reading)) return fetched
    await poll.wait()
  }
}

/**
 * Memory for what can be read now; the connection gives it back when the reply is made. A fetch
 * that cannot have it waits as if there were no records.
 */
function reserve(
  requests: readonly FetchPartition[],
  limits: FetchLimits,
  poll: LongPoll,
  context: Context,
): Pick<Reading, 'maxBytes' | 'mayRead'> {
  const { maxBytes } = limits
  let wantedBytes = 0
  let leastBytes = 0
  for (const request of requests) {
    const topic = findTopic(request, limits, context)
    const partition = topic?.partitions[request.partition]
    if (partition === undefined || request.fetchOffset >= endFor(partition, limits)) continue
    leastBytes ||= topic!.config.maxMessageBytes
    wantedBytes += request.maxBytes
    if (wantedBytes >= maxBytes) break
  }
  if (leastBytes === 0) return { maxBytes, mayRead: true }
  wantedBytes = Math.min(wantedBytes, maxBytes)
  const bytes = poll.reserve({ wantedBytes, leastBytes })
  return { maxBytes: Math.min(maxBytes, bytes), mayRead: bytes > 0 }
}

function isEnough(fetched: readonly Fetched[], reading: Reading): boolean {
  const { minBytes, maxBytes, found, mayRead } = reading
  let bytes = 0
  for (const answer of fetched) {
    if (answer.diverges) return true
    if (answer.errorCode !== errors.NONE && found.has(answer.request)) return true
    bytes += answer.countedBytes
  }
  return bytes >= (mayRead ? Math.min(minBytes, maxBytes) : minBytes)
}

function findAll(
  requests: readonly FetchPartition[],
  limits: FetchLimits,
  context: Context,
): Set<FetchPartition> {
  const found = new Set<FetchPartition>()
  for (const request of requests) {
    const topic = findTopic(request, limits, context)
    request.foundName ??= topic?.name
    if (topic?.partitions[request.partition]) found.add(request)
  }
  return found
}

function* partitionsOf(
  requests: readonly FetchPartition[],
  limits: FetchLimits,
  context: Context,
): Generator<Partition> {
  for (const request of requests) {
    const partition = findTopic(request, limits, context)?.partitions[request.partition]
    if (partition) yield partition
  }
}

/**
 * In the order of the requests, as each leaves less to those after it. But those that fit together,
 * whatever they take, are read at the same time.
 */
async function readAll(
  requests: readonly FetchPartition[],
  reading: Reading,
  context: Context,
): Promise<Fetched[]> {
  const fetched: Fetched[] = []
  let bytesLeft = reading.maxBytes
  let isFirst = reading.mayRead
  while (fetched.length < requests.length) {
    const start = fetched.length
    const count = isFirst ? 1 : countThatFit(requests, start, bytesLeft)
    const answers = await Promise.all(
      requests.slice(start, start + count).map(request => {
        const maxBytes = Math.min(request.maxBytes, bytesLeft)
        return readOne(request, maxBytes, isFirst, reading, context)
      }),
    )
    for (const answer of answers) {
      bytesLeft -= answer.countedBytes
      isFirst &&= answer.bytes === 0
      fetched.push(answer)
    }
  }
  return fetched
}

/** How many from `start` on fit together; 1 where not even that one does. */
function countThatFit(requests: readonly FetchPartition[], start: number, bytes: number): number {
  let end = start
  let bytesLeft = bytes
  while (end < requests.length && requests[end]!.maxBytes <= bytesLeft) {
    bytesLeft -= Math.max(requests[end++]!.maxBytes, 0)
  }
  return Math.max(end - start, 1)
}

/** `isFirst`: at least one batch, so that a client gets on whatever its limits are. */
async function readOne(
  request: FetchPartition,
  maxBytes: number,
  isFirst: boolean,
  limits: Reading,
  context: Context,
): Promise<Fetched> {
  const { nodeId } = context
  let partition: Partition | undefined
  try {
    const topic = findTopic(request, limits, context)
    if (topic === undefined && limits.byId) throw goneError(request, context)
    partition = topic?.partitions[request.partition]
    if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    if (limits.asFollower) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    // Kafka: FetchRequest.optionalEpoch takes any epoch below 0 for none.
    const currentEpoch = Math.max(noEpoch, request.currentLeaderEpoch)
    if (context.version < followersSince) partition.checkLeader(nodeId, currentEpoch)
    else partition.checkReplica(nodeId, currentEpoch)
    const { highWatermark, lastStableOffset, startOffset: logStartOffset } = partition
    const offsets = { highWatermark, lastStableOffset, logStartOffset }
    const divergingEpoch = divergence(request, partition)
    if (divergingEpoch !== noDivergence) {
      const details = { currentLeader: noHint, divergingEpoch, diverges: true }
      return { request, errorCode: errors.NONE, ...details, ...offsets, ...nothing }
    }
    const limit = endFor(partition, limits)
    const hasRecords = request.fetchOffset < limit
    if (hasRecords && Math.min(request.maxBytes, limits.maxBytes) < 0) {
      throw new KafkaError('UNKNOWN_SERVER_ERROR', 'less than no bytes are asked for')
    }
    const mayRead = isFirst || maxBytes > 0
    const end = mayRead ? limit : 0
    const read = limits.readCommitted ? readCommitted : readUncommitted
    const found = await read(partition, request.fetchOffset, maxBytes, end, limits.poll.allocate)
    const fits = isFirst || sizeOf(found.batches) <= maxBytes
    const { batches, aborted } = fits ? found : nothing
    const bytes = sizeOf(batches)
    // Kafka sends a part of a batch where the whole one does not fit: it counts what would fit.
    const isCut = !fits || (bytes > 0 && bytes < limits.minBytes && endOffsetOf(batches) < limit)
    const countedBytes = isCut ? Math.max(bytes, maxBytes) : bytes
    const details = { currentLeader: noHint, divergingEpoch, diverges: false }
    const counted = { bytes, countedBytes, batches, aborted }
    return { request, errorCode: errors.NONE, ...details, ...offsets, ...counted }
  } catch (error) {
    const { topic, topicId } = request
    const details = { api: 'Fetch', topic: topic || topicId, partition: request.partition }
    return failedFetch(request, errorCodeOf(error, context.logger, details), partition)
  }
}

/** Of a partition that is not read. */
export function failedFetch(
  request: FetchPartition,
  errorCode: number,
  partition?: Partition,
): Fetched {
  const offsets = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 }
  const currentLeader = leaderHint(errorCode, partition)
  const fields = { currentLeader, divergingEpoch: noDivergence, diverges: false }
  return { request, errorCode, ...fields, ...offsets, ...nothing }
}

const nothing = { bytes: 0, countedBytes: 0, batches: [], aborted: [] }

/** Below this offset a partition may be read. */
function endFor(partition: Partition, { readCommitted }: FetchLimits): number {
  return readCommitted ? partition.lastStableOffset : partition.highWatermark
}

/**
 * A client that has read up to its offset in an epoch that ended before it must go back to that
 * end: what it read later is gone (Kafka: Partition.readRecords).
 */
function divergence(
  { lastFetchedEpoch, fetchOffset }: FetchPartition,
  partition: Partition,
): EpochEnd {
  if (lastFetchedEpoch <= noEpoch) return noDivergence
  const end = partition.epochEnd(lastFetchedEpoch)
  if (end === undefined || fetchOffset < partition.startOffset) {
    throw new KafkaError('OFFSET_OUT_OF_RANGE')
  }
  return end.epoch < lastFetchedEpoch || end.endOffset < fetchOffset ? end : noDivergence
}

/** What Kafka says of an id that no topic has, or has any more. */
function goneError({ foundName }: FetchPartition, { topics }: Context): KafkaError {
  if (foundName === undefined) return new KafkaError('UNKNOWN_TOPIC_ID')
  const isAnother = topics.get(foundName) !== undefined
  return new KafkaError(isAnother ? 'INCONSISTENT_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION')
}

function findTopic(
  { topic, topicId }: FetchPartition,
  { byId }: FetchLimits,
  { topics }: Context,
): Topic | undefined {
  return byId ? topics.getById(topicId) : topics.get(topic)
}

function sizeOf(batches: readonly Buffer[]): number {
  let bytes = 0
  for (const batch of batches) bytes += batch.length
  return bytes
}
