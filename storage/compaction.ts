/**
 * The rules of compaction, which all logs share: what may be cleaned, when that is worth it, and
 * what stays (Kafka: LogCleanerManager, Cleaner).
 */
import { lastOffset, parseBatchHeader, type BatchHeader } from '../protocol/record-batch.ts'
import type { StoredRecord } from '../protocol/record-reader.ts'
import { batchOfStored, emptyBatch, storedRecords } from '../protocol/rewritten-batch.ts'
import { KeyMap } from './key-map.ts'
import type { CompactionContext, LogConfig } from './partition-log.ts'
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
  extends CleanableRange, Pick<CompactionContext, 'nowMs' | 'lastOffsets' | 'keyMapBytes'> {
  deleteRetentionMs: number
}

/** One compaction: first all dirty batches are noted, in order, then batches are cleaned. */
export class Cleaning {
  readonly #rules: CleaningRules
  readonly #latest: KeyMap
  #cleanedTo: number

  constructor(rules: CleaningRules) {
    const { firstDirtyOffset, endOffset, keyMapBytes } = rules
    this.#rules = rules
    this.#latest = new KeyMap(endOffset - firstDirtyOffset, keyMapBytes)
    this.#cleanedTo = firstDirtyOffset
  }

  /** The offset up to which keys were noted: below it, only the latest record of each stays. */
  get cleanedTo(): number {
    return this.#cleanedTo
  }

  /** Notes the keys of a batch. False when the map is full: the compaction ends before it. */
  note(batch: Buffer): boolean {
    const header = parseBatchHeader(batch)
    const records = staysWhole(header) ? undefined : recordsOf(batch)
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
    if (staysWhole(header)) return batch
    const records = recordsOf(batch)
    // What nobody can read, nobody can judge.
    if (records === undefined) return batch
    const kept = records.filter(record => this.#stays(record, header))
    if (kept.length > 0) return this.#withRecords(batch, header, kept)
    return isLastOfSegment || this.#isLastOfProducer(header) ? emptyBatch(batch) : undefined
  }

  #stays({ key, hasValue, offsetDelta }: StoredRecord, header: BatchHeader): boolean {
    const offset = header.baseOffset + offsetDelta
    if (offset >= this.#cleanedTo) return true
    if (key === null || this.#latest.get(key) > offset) return false
    return hasValue || !header.hasDeleteHorizon || this.#rules.nowMs < header.baseTimestamp
  }

  /** A tombstone's time runs from the first cleaning that sees it (KIP-534). */
  #withRecords(batch: Buffer, header: BatchHeader, kept: readonly StoredRecord[]): Buffer {
    const { nowMs, deleteRetentionMs } = this.#rules
    const needsHorizon = !header.hasDeleteHorizon && kept.some(({ hasValue }) => !hasValue)
    if (kept.length === header.recordCount && !needsHorizon) return batch
    const horizonMs = Math.min(nowMs + deleteRetentionMs, Number.MAX_SAFE_INTEGER)
    return batchOfStored(batch, kept, needsHorizon ? horizonMs : undefined)
  }

  /** Its header is all that tells what the producer's next sequence is (Kafka: RETAIN_EMPTY). */
  #isLastOfProducer({ producerId, baseOffset, lastOffsetDelta }: BatchHeader): boolean {
    return this.#rules.lastOffsets.get(producerId) === baseOffset + lastOffsetDelta
  }
}

/**
 * Here is where transactions come in: their markers stay for as long as records of theirs do, and
 * batches that were aborted go (Kafka: CleanedTransactionMetadata).
 */
function staysWhole({ isControl }: BatchHeader): boolean {
  return isControl
}

function recordsOf(batch: Buffer): StoredRecord[] | undefined {
  return storedRecords(batch, maxDecompressedBytes)
}
