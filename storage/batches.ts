/** What every kind of log does with the batches it is given. */
import {
  batchesIn,
  batchHeaderBytes,
  batchSize,
  lastOffset,
  maxTimestamp,
  parseBatchHeader,
  recordCount,
  setBaseOffset,
  type BatchHeader,
} from '../protocol/record-batch.ts'
import { openRecords } from '../protocol/opened-records.ts'
import { atOnce, eachRecord, recordTimestamp, type Steps } from '../protocol/records.ts'

/** What a stored batch may inflate to where no client waits; KafkaError past it. */
export const maxDecompressedBytes = 256 * 1024 * 1024

export interface TimestampedOffset {
  offset: number
  timestamp: number
}

/**
 * Gives whole batches their offsets, in place, and says what follows them. RangeError when the
 * buffer is not whole batches, and then nothing has been numbered that will be stored.
 */
export function numberBatches(
  batches: Buffer,
  firstOffset: number,
): { nextOffset: number; maxTimestamp: number } {
  let end = 0
  let nextOffset = firstOffset
  let largest = -1
  for (const at of batchesIn(batches)) {
    setBaseOffset(batches, at, nextOffset)
    nextOffset = lastOffset(batches, at) + 1
    largest = Math.max(largest, exactMaxTimestamp(batches, at))
    end = at + batchSize(batches, at)
  }
  if (end !== batches.length || nextOffset <= firstOffset) {
    throw new RangeError(`${batches.length} bytes are not whole record batches`)
  }
  return { nextOffset, maxTimestamp: largest }
}

/**
 * The largest timestamp of a batch's records, or -1; those that no number holds exactly count as
 * the largest that is. What compaction has emptied still names the time of what it had.
 */
export function exactMaxTimestamp(buffer: Buffer, at = 0): number {
  if (recordCount(buffer, at) === 0) return -1
  return Math.min(maxTimestamp(buffer, at), Number.MAX_SAFE_INTEGER)
}

/**
 * The first record of the batch, at `from` or after it, whose timestamp is `ms` or later. Only a
 * batch whose header promises one is decoded (Kafka: FileRecords.searchForTimestamp).
 */
export function recordAtTimestamp(
  batch: Buffer,
  ms: number,
  from: number,
): TimestampedOffset | undefined | Promise<TimestampedOffset | undefined> {
  if (maxTimestamp(batch) < ms || lastOffset(batch) < from) return undefined
  const header = parseBatchHeader(batch)
  const { compression } = header
  if (compression !== 0) return openRecords(batch, records => firstAt(header, records, ms, from))
  return atOnce(firstAt(header, batch.subarray(batchHeaderBytes), ms, from))
}

function* firstAt(
  header: BatchHeader,
  records: Buffer,
  ms: number,
  from: number,
): Steps<TimestampedOffset | undefined> {
  let found: TimestampedOffset | undefined
  yield* eachRecord(header, records, reader => {
    reader.skipRecord()
    const timestamp = recordTimestamp(header, reader.timestampDelta)
    const offset = header.baseOffset + reader.offsetDelta
    if (timestamp >= ms && offset >= from) found = { offset, timestamp }
    return found !== undefined
  })
  return found
}
