/** When a segment is full, and when it goes: rules that all logs share. */
import type { LogConfig } from './partition-log.ts'

/** Kafka's index formats hold relative offsets and positions as int32. */
export const maxInt32 = 2 ** 31 - 1

/** What the rules ask of a segment. */
export interface SegmentFacts {
  baseOffset: number
  /** The offset after its last record. */
  nextOffset: number
  bytes: number
  /** The largest timestamp of its first batch, or -1: the age of a segment counts from there. */
  firstTimestamp: number
  /** The largest of all, or -1. */
  maxTimestamp: number
  /** Milliseconds since the epoch: when it was created, or opened, and when it last grew. */
  openedMs: number
  modifiedMs: number
  /** Rolls so much earlier than the settings say. */
  rollJitterMs: number
}

/** What the roll rule asks of an append. */
export interface AppendFacts {
  bytes: number
  lastOffset: number
  maxTimestamp: number
}

/**
 * The append belongs into a new segment (Kafka: LogSegment.shouldRoll). `pendingBytes` are those
 * that will be written before it.
 */
export function mustRollBefore(
  append: AppendFacts,
  segment: SegmentFacts,
  pendingBytes: number,
  config: LogConfig,
  nowMs: number,
): boolean {
  const bytes = segment.bytes + pendingBytes
  if (append.lastOffset - segment.baseOffset > maxInt32) return true
  if (bytes === 0) return false
  return (
    bytes + append.bytes > Math.min(config.segmentBytes, maxInt32) ||
    ageMs(segment, append.maxTimestamp, nowMs) > maxAgeMs(config) - segment.rollJitterMs
  )
}

/** What is written to is not compacted, however late it gets (Kafka: LogConfig.maxSegmentMs). */
function maxAgeMs({ cleanupPolicy, segmentMs, maxCompactionLagMs }: LogConfig): number {
  return cleanupPolicy.includes('compact') ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs
}

/**
 * How much earlier a new segment rolls. `randomBelow(limit)`: an integer in [0, limit). Kafka:
 * LogConfig.randomSegmentJitter.
 */
export function chooseRollJitterMs(
  { segmentMs, segmentJitterMs }: Pick<LogConfig, 'segmentMs' | 'segmentJitterMs'>,
  randomBelow: (limit: number) => number,
): number {
  const limitMs = Math.min(segmentMs, segmentJitterMs, maxInt32)
  return limitMs > 0 ? randomBelow(limitMs) : 0
}

/** Its largest timestamp. Whoever gives none is judged by the clock (Kafka: largestTimestamp). */
export function latestMs({ maxTimestamp, modifiedMs }: SegmentFacts): number {
  return maxTimestamp >= 0 ? maxTimestamp : modifiedMs
}

/** By timestamps of records where there are any (Kafka: LogSegment.timeWaitedForRoll). */
function ageMs({ firstTimestamp, openedMs }: SegmentFacts, timestamp: number, nowMs: number) {
  return firstTimestamp >= 0 ? timestamp - firstTimestamp : nowMs - openedMs
}

/**
 * The offset from which on retention keeps a log: the oldest segments go while they are too old, or
 * while the others are still `retentionBytes` or more (Kafka: UnifiedLog.deleteOldSegments).
 * Segments are in offset order, the last one is written to, and may go as well.
 */
export function retainedFrom(
  segments: readonly SegmentFacts[],
  config: LogConfig,
  nowMs: number,
): number {
  const { cleanupPolicy, retentionMs, retentionBytes } = config
  let start = segments[0]!.baseOffset
  if (!cleanupPolicy.includes('delete')) return start
  let excessBytes =
    retentionBytes < 0
      ? -Infinity
      : segments.reduce((sum, { bytes }) => sum + bytes, 0) - retentionBytes
  for (const segment of segments) {
    const { nextOffset, bytes } = segment
    const isTooOld = retentionMs >= 0 && nowMs - latestMs(segment) > retentionMs
    excessBytes -= bytes
    if (bytes === 0 || (!isTooOld && excessBytes < 0)) break
    start = nextOffset
  }
  return start
}
