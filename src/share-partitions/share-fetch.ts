/**
 * Reading for a ShareFetch request: now, and again whenever there may be more, until it is enough
 * (Kafka: DelayedShareFetch, ShareFetchUtils).
 */
import { errors, KafkaError } from '../../protocol/errors.ts'
import { baseOffset, batchesIn, batchSize, lastOffset } from '../../protocol/record-batch.ts'
import { errorCodeOf } from '../errors.ts'
import type { Context } from '../handler.ts'
import { LongPoll } from '../long-poll.ts'
import { readCommitted, readUncommitted } from '../partitions/committed-read.ts'
import { abortedBatches } from './aborted-batches.ts'
import type { AcquiredRecords, LogBatch } from './acquire.ts'
import type { SharePartition } from './share-partition.ts'
import type { AskedPartition } from './share-sessions.ts'

export interface ShareFetchRequest {
  groupId: string
  memberId: string
  /** 0 or less: answer at once. */
  maxWaitMs: number
  /** Wait until there are so many bytes, or as many as fit. */
  minBytes: number
  /** For all partitions; but the first batch is returned whatever its size. */
  maxBytes: number
  /** For all partitions; the last batch is acquired as a whole, unless `isRecordLimit`. */
  maxRecords: number
  isRecordLimit: boolean
  /** Records that are best acquired and acknowledged together. */
  batchSize: number
  /** Only up to the last stable offset. */
  readCommitted: boolean
}

export interface ShareFetched extends AskedPartition {
  errorCode: number
  records: readonly Buffer[]
  acquired: readonly AcquiredRecords[]
}

/** A partition that is read, and what came of it. */
interface Target {
  asked: AskedPartition
  share: SharePartition
  fetchOffset: number
  batches: readonly Buffer[]
  /** Of the batches, those that nobody gets. */
  aborted: readonly LogBatch[]
  /** What counts towards minBytes. */
  countedBytes: number
  errorCode: number
}

/** Answers for the partitions of which there is anything to say; in their order, errors first. */
export async function fetchShared(
  asked: readonly AskedPartition[],
  request: ShareFetchRequest,
  context: Context,
): Promise<ShareFetched[]> {
  using poll = new LongPoll(request.maxWaitMs, context)
  let refusedAtFirst: number | undefined
  for (;;) {
    poll.begin()
    const { shares, refused } = await openAll(asked, request.groupId, context)
    refusedAtFirst ??= refused.length
    const isRefused = shares.length === 0 || refused.length > refusedAtFirst
    for (const { share } of shares) {
      poll.watch(share)
      poll.watch(share.partition)
    }
    const round = new Round(shares, request, context, poll)
    try {
      const isEnough = await round.read()
      if (poll.isOver || isRefused || isEnough) return [...refused, ...round.acquire()]
    } finally {
      round.end()
    }
    const waiting = poll.wait()
    if (!shares.some(({ share }) => share.isDropped)) await waiting
  }
}

interface Opened {
  asked: AskedPartition
  share: SharePartition
}

async function openAll(
  asked: readonly AskedPartition[],
  groupId: string,
  context: Context,
): Promise<{ shares: Opened[]; refused: ShareFetched[] }> {
  const results = await Promise.all(asked.map(each => open(each, groupId, context)))
  return {
    shares: results.flatMap(result => ('share' in result ? result : [])),
    refused: results.flatMap(result => ('share' in result ? [] : result)),
  }
}

async function open(
  asked: AskedPartition,
  groupId: string,
  context: Context,
): Promise<Opened | ShareFetched> {
  const { topicId, partition } = asked
  try {
    const share = context.sharePartitions.open({ groupId, topicId, partition }, context.nodeId)
    await share.loaded
    return { asked, share }
  } catch (error) {
    const details = { api: 'ShareFetch', topicId, partition }
    const errorCode = errorCodeOf(error, context.logger, details)
    return { topicId, partition, errorCode, records: [], acquired: [] }
  }
}

/** One look at the partitions: those that nobody else reads, from where each one is. */
class Round {
  readonly #request: ShareFetchRequest
  readonly #context: Context
  readonly #poll: LongPoll
  readonly #targets: Target[]
  /** Those of the targets with something to read. */
  readonly #readable: Target[]
  #maxBytes: number

  constructor(
    shares: readonly Opened[],
    request: ShareFetchRequest,
    context: Context,
    poll: LongPoll,
  ) {
    this.#request = request
    this.#context = context
    this.#poll = poll
    this.#maxBytes = request.maxBytes
    const nothing = { batches: [], aborted: [], countedBytes: 0, errorCode: errors.NONE }
    this.#targets = shares
      .filter(({ share }) => share.mayAcquire(poll.wake))
      .map(({ asked, share }) => ({ asked, share, fetchOffset: share.nextOffset, ...nothing }))
    this.#readable = this.#targets.filter(({ share, fetchOffset }) => {
      return fetchOffset < this.#end(share)
    })
    for (const { share } of this.#readable) share.beginReading()
  }

  /** True where that is enough for an answer. */
  async read(): Promise<boolean> {
    const { minBytes, maxBytes } = this.#request
    if (!this.#reserve()) return false
    const shareBytes = Math.floor(this.#maxBytes / Math.max(1, this.#readable.length))
    await Promise.all(this.#readable.map((target, i) => this.#readOne(target, shareBytes, i === 0)))
    let bytes = 0
    for (const { errorCode, countedBytes } of this.#targets) {
      if (errorCode !== errors.NONE) return true
      bytes += countedBytes
    }
    return this.#targets.length > 0 && bytes >= Math.min(minBytes, maxBytes)
  }

  /** Makes the member the owner of what was read, unless it is gone. */
  acquire(): ShareFetched[] {
    const { memberId, isRecordLimit, batchSize: size } = this.#request
    let maxRecords = this.#context.closed.aborted ? 0 : this.#request.maxRecords
    return this.#targets.map(({ asked, share, fetchOffset, batches, aborted, errorCode }) => {
      const { topicId, partition } = asked
      const read = batches.flatMap(offsetsOf)
      const nothing = { topicId, partition, errorCode, records: [], acquired: [] }
      if (read.length === 0) return nothing
      const wanted = { memberId, isRecordLimit, batchSize: size, maxRecords, fetchOffset }
      const { records: acquired, count } = share.acquire({ ...wanted, batches: read, aborted })
      maxRecords -= count
      return { ...nothing, records: slice(batches, acquired), acquired }
    })
  }

  /** Others may read. */
  end(): void {
    for (const { share } of this.#readable) share.endReading()
  }

  /** False where there is no memory; who waits for it is woken. */
  #reserve(): boolean {
    if (this.#readable.length === 0) return true
    const { topics } = this.#context
    const topic = topics.getById(this.#readable[0]!.asked.topicId)
    const leastBytes = topic?.config.maxMessageBytes ?? 0
    const wantedBytes = this.#maxBytes
    const bytes = this.#poll.reserve({ wantedBytes, leastBytes })
    this.#maxBytes = Math.min(wantedBytes, bytes)
    return bytes > 0
  }

  /** `isFirst`: at least one batch, so that a consumer gets on whatever its limits are. */
  async #readOne(target: Target, maxBytes: number, isFirst: boolean): Promise<void> {
    const { share, fetchOffset } = target
    const end = this.#end(share)
    try {
      const read = this.#request.readCommitted ? readCommitted : readUncommitted
      const found = await read(share.partition, fetchOffset, maxBytes, end, this.#poll.allocate)
      const { batches, aborted } = found
      const bytes = sizeOf(batches)
      const fits = isFirst || bytes <= maxBytes
      const last = offsetsOf(batches.at(-1) ?? Buffer.alloc(0)).at(-1)
      const isCut = !fits || (last !== undefined && last.lastOffset + 1 < end)
      target.batches = fits ? batches : []
      if (aborted.length > 0) target.aborted = abortedBatches(target.batches, aborted)
      target.countedBytes = isCut ? Math.max(fits ? bytes : 0, maxBytes) : bytes
    } catch (error) {
      // The log begins later now: the next request goes on from there.
      if (error instanceof KafkaError && error.error === 'OFFSET_OUT_OF_RANGE') {
        target.countedBytes = Infinity
        return
      }
      const { topicId, partition } = target.asked
      const details = { api: 'ShareFetch', topicId, partition }
      target.errorCode = errorCodeOf(error, this.#context.logger, details)
    }
  }

  #end({ partition }: SharePartition): number {
    return this.#request.readCommitted ? partition.lastStableOffset : partition.highWatermark
  }
}

function offsetsOf(buffer: Buffer): LogBatch[] {
  return Array.from(batchesIn(buffer), at => {
    return { baseOffset: baseOffset(buffer, at), lastOffset: lastOffset(buffer, at) }
  })
}

/** The batches with records that were acquired, and those between. */
function slice(batches: readonly Buffer[], acquired: readonly AcquiredRecords[]): Buffer[] {
  if (acquired.length === 0) return []
  const [first, last] = [acquired[0]!.firstOffset, acquired.at(-1)!.lastOffset]
  return batches.flatMap(buffer => {
    const wanted = Array.from(batchesIn(buffer)).filter(at => {
      return lastOffset(buffer, at) >= first && baseOffset(buffer, at) <= last
    })
    if (wanted.length === 0) return []
    const end = wanted.at(-1)!
    return [buffer.subarray(wanted[0], end + batchSize(buffer, end))]
  })
}

function sizeOf(batches: readonly Buffer[]): number {
  let bytes = 0
  for (const batch of batches) bytes += batch.length
  return bytes
}
