/**
 * The rules of compaction, which all logs share: what may be cleaned, when that is worth it, and
 * what stays (Kafka: LogCleanerManager, Cleaner).
 */
import { parseMarker } from '../protocol/control-records.ts'
import { lastOffset, parseBatchHeader, type BatchHeader } from '../protocol/record-batch.ts'
import type { StoredRecord } from '../protocol/record-reader.ts'
import { batchOfStored, emptyBatch, storedRecords } from '../protocol/rewritten-batch.ts'
import {
  CleanedTransactions,
  packTransactions,
  type PackedTransactions,
} from './cleaned-transactions.ts'
import { KeyMap } from './key-map.ts'
import type { AbortedTransaction, CompactionContext, LogConfig } from './partition-log.ts'
import { maxDecompressedBytes } from './batches.ts'
import { latestMs, maxInt32, type SegmentFacts } from './segments.ts'

/** Keys are gathered from [firstDirtyOffset, endOffset); what lies before is cleaned by them. */
export interface CleanableRange {
  firstDirtyOffset: number
  /** Where a segment begins. */
  endOffset: number
}

/**
 * What to clean of a log whose offsets below `cleanedTo` were cleaned before, or undefined when it
 * is not worth it yet. Whole segments only, never the last one, and nothing at or above
 * `stableOffset`.
 */
export function cleanableRange(
  segments: readonly SegmentFacts[],
  { cleanedTo, stableOffset }: { cleanedTo: number; stableOffset: number },
  config: LogConfig,
  nowMs: number,
): CleanableRange | undefined {
  const { cleanupPolicy, minCompactionLagMs, maxCompactionLagMs, minCleanableDirtyRatio } = config
  if (!cleanupPolicy.includes('compact')) return undefined
  const firstDirtyOffset = Math.max(cleanedTo, segments[0]!.baseOffset)
  const isDirty = (segment: SegmentFacts): boolean => segment.nextOffset > firstDirtyOffset
  const isYoung = (segment: SegmentFacts): boolean =>
    minCompactionLagMs > 0 && latestMs(segment) > nowMs - minCompactionLagMs
  const full = segments.slice(0, -1)
  const stop = full.findIndex(
    segment => segment.nextOffset > stableOffset || (isDirty(segment) && isYoung(segment)),
  )
  const cleanable = stop < 0 ? full : full.slice(0, stop)
  const dirty = cleanable.filter(isDirty)
  const dirtyBytes = bytesOf(dirty)
  const isOverdue = full.some(
    segment =>
      isDirty(segment) &&
      segment.firstTimestamp > 0 &&
      segment.firstTimestamp < nowMs - maxCompactionLagMs,
  )
  const isWorthIt = isOverdue || dirtyBytes / bytesOf(cleanable) > minCleanableDirtyRatio
  if (dirtyBytes === 0 || !isWorthIt) return undefined
  return { firstDirtyOffset, endOffset: dirty.at(-1)!.nextOffset }
}

function bytesOf(segments: readonly SegmentFacts[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** What the merging of segments asks of them. */
export interface MergeFacts {
  baseOffset: number
  nextOffset: number
  bytes: number
  offsetIndexBytes: number
  timeIndexBytes: number
}

/** Adjacent segments that fit into one as they are now (Kafka: Cleaner.groupSegmentsBySize). */
export function groupSegments<T extends MergeFacts>(
  segments: readonly T[],
  { segmentBytes, segmentIndexBytes }: Pick<LogConfig, 'segmentBytes' | 'segmentIndexBytes'>,
): T[][] {
  const groups: T[][] = []
  const sum = { bytes: 0, offsetIndexBytes: 0, timeIndexBytes: 0 }
  for (const segment of segments) {
    const group = groups.at(-1)
    sum.bytes += segment.bytes
    sum.offsetIndexBytes += segment.offsetIndexBytes
    sum.timeIndexBytes += segment.timeIndexBytes
    const fits =
      sum.bytes <= Math.min(segmentBytes, maxInt32) &&
      Math.max(sum.offsetIndexBytes, sum.timeIndexBytes) <= segmentIndexBytes &&
      group !== undefined &&
      segment.nextOffset - 1 - group[0]!.baseOffset <= maxInt32
    if (fits) {
      group.push(segment)
    } else {
      groups.push([segment])
      Object.assign(sum, segment)
    }
  }
  return groups
}

/** What decides which records stay. */
export interface CleaningRules
  extends
    CleanableRange,
    Pick<CompactionContext, 'nowMs' | 'lastOffsets' | 'markedEpochs' | 'keyMapBytes'> {
  deleteRetentionMs: number
  aborted: PackedTransactions
}

/** `aborted`: those that the context tells. */
export function cleaningRules(
  range: CleanableRange,
  { nowMs, lastOffsets, markedEpochs, keyMapBytes }: CompactionContext,
  aborted: readonly AbortedTransaction[],
  { deleteRetentionMs }: LogConfig,
): CleaningRules {
  const context = { nowMs, lastOffsets, markedEpochs, keyMapBytes }
  return { ...range, ...context, deleteRetentionMs, aborted: packTransactions(aborted) }
}

/** One compaction: first all dirty batches are noted, in order, then all batches are cleaned. */
export class Cleaning {
  readonly #rules: CleaningRules
  readonly #latest: KeyMap
  readonly #transactions: CleanedTransactions
  #cleanedTo: number

  constructor(rules: CleaningRules) {
    const { firstDirtyOffset, endOffset, keyMapBytes, aborted } = rules
    this.#rules = rules
    this.#latest = new KeyMap(endOffset - firstDirtyOffset, keyMapBytes)
    this.#transactions = new CleanedTransactions(aborted)
    this.#cleanedTo = firstDirtyOffset
  }

  /** The offset up to which keys were noted: below it, only the latest record of each stays. */
  get cleanedTo(): number {
    return this.#cleanedTo
  }

  /** See CleanedTransactions.emptied, of what has been cleaned. */
  emptied(endOffset: number): number[] {
    return this.#transactions.emptied(endOffset)
  }

  /** Notes the keys of a batch. False when the map is full: the compaction ends before it. */
  note(batch: Buffer): boolean {
    const header = parseBatchHeader(batch)
    const hasKeys = !header.isControl && !this.#transactions.isAborted(header)
    const records = hasKeys ? recordsOf(batch) : undefined
    for (const { key, offsetDelta } of records ?? []) {
      const offset = header.baseOffset + offsetDelta
      if (key === null || offset < this.#cleanedTo) continue
      if (!this.#latest.put(key, offset)) return false
      this.#cleanedTo = offset + 1
    }
    this.#cleanedTo = Math.max(this.#cleanedTo, lastOffset(batch) + 1)
    return true
  }

  /**
   * What stays of a batch: all, some or no records, or undefined for nothing at all. The last batch
   * of a segment stays, if need be without records, so that a segment ends where the next begins.
   */
  clean(batch: Buffer, isLastOfSegment: boolean): Buffer | undefined {
    const header = parseBatchHeader(batch)
    const cleaned = header.isControl
      ? this.#cleanMarker(batch, header)
      : this.#cleanRecords(batch, header)
    if (cleaned !== undefined) return cleaned
    return isLastOfSegment || this.#isLastOfProducer(header) ? emptyBatch(batch) : undefined
  }

  #cleanRecords(batch: Buffer, header: BatchHeader): Buffer | undefined {
    this.#transactions.passBatch(header)
    if (this.#transactions.isAborted(header)) return undefined
    const records = recordsOf(batch)
    // What nobody can read, nobody can judge.
    if (records === undefined) return batch
    const kept = records.filter(record => this.#stays(record, header))
    if (kept.length === 0) return undefined
    const isWhole = kept.length === header.recordCount
    const needsHorizon = !header.hasDeleteHorizon && kept.some(({ hasValue }) => !hasValue)
    if (needsHorizon) return this.#withHorizon(batch, kept)
    return isWhole ? batch : batchOfStored(batch, kept, undefined)
  }

  #stays({ key, hasValue, offsetDelta }: StoredRecord, header: BatchHeader): boolean {
    const offset = header.baseOffset + offsetDelta
    if (offset >= this.#cleanedTo) return true
    if (key === null || this.#latest.get(key) > offset) return false
    return hasValue || !this.#isPastHorizon(header)
  }

  /**
   * A marker stays while there are batches of its transaction, and for the time of tombstones after
   * that. One that aborts goes after its transaction has left the list of those that readers are
   * told: they would take what the producer sent next for aborted.
   */
  #cleanMarker(batch: Buffer, header: BatchHeader): Buffer | undefined {
    if (header.recordCount === 0) return undefined
    if (parseMarker(batch) === undefined) return batch
    const { hasBatches, isListed } = this.#transactions.passMarker(header)
    if (hasBatches) return batch
    if (!header.hasDeleteHorizon) return this.#withHorizon(batch, recordsOf(batch)!)
    return isListed || !this.#isPastHorizon(header) ? batch : undefined
  }

  /** Time runs from the first cleaning that sees a tombstone or a lone marker (KIP-534). */
  #withHorizon(batch: Buffer, kept: readonly StoredRecord[]): Buffer {
    const { nowMs, deleteRetentionMs } = this.#rules
    return batchOfStored(batch, kept, Math.min(nowMs + deleteRetentionMs, Number.MAX_SAFE_INTEGER))
  }

  #isPastHorizon({ hasDeleteHorizon, baseTimestamp }: BatchHeader): boolean {
    return hasDeleteHorizon && baseTimestamp <= this.#rules.nowMs
  }

  /**
   * Its header is all that tells what the producer's next sequence is, or that of a marker what its
   * epoch is (Kafka: RETAIN_EMPTY).
   */
  #isLastOfProducer(header: BatchHeader): boolean {
    const { producerId, producerEpoch, baseOffset, lastOffsetDelta, isControl } = header
    const lastSent = this.#rules.lastOffsets.get(producerId)
    if (lastSent !== undefined) return lastSent === baseOffset + lastOffsetDelta
    return isControl && this.#rules.markedEpochs.get(producerId) === producerEpoch
  }
}

function recordsOf(batch: Buffer): StoredRecord[] | undefined {
  return storedRecords(batch, maxDecompressedBytes)
}
