import { baseOffset, batchesIn, batchSize } from '../../protocol/record-batch.ts'
import { decodeRecords, encodeBatch, type NewBatch } from '../../protocol/records.ts'
import type { LogConfig, PartitionLog } from '../../storage/partition-log.ts'

export const topicId = 'logtestlogtestlogtest1'

export const largeSegments: LogConfig = {
  segmentBytes: 1024 * 1024,
  segmentMs: Infinity,
  indexIntervalBytes: 4096,
  segmentJitterMs: 0,
  segmentIndexBytes: 1024 * 1024,
  flushMessages: Infinity,
  cleanupPolicy: ['delete'],
  retentionMs: -1,
  retentionBytes: -1,
  deleteRetentionMs: 0,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Infinity,
  minCleanableDirtyRatio: 0,
}

/** Two or three small batches fit into a segment, and nearly each one is indexed. */
export const smallSegments: LogConfig = {
  ...largeSegments,
  segmentBytes: 300,
  indexIntervalBytes: 1,
}

/** One batch of records with these timestamps. */
export function batchAt(timestamps: readonly number[], fields: Partial<NewBatch> = {}): Buffer {
  const records = timestamps.map(timestamp => ({ timestamp, key: null, value: Buffer.from('v') }))
  return encodeBatch({ records, ...fields })
}

/** A key, a value or null for a tombstone, and a time, which is 1000 if it is not given. */
export type KeyedRecord = readonly [key: string, value: string | null, timestamp?: number]

/** One batch of records with keys. */
export function keyedBatch(keyed: readonly KeyedRecord[], fields: Partial<NewBatch> = {}): Buffer {
  const records = keyed.map(([key, value, timestamp = 1000]) => {
    return { timestamp, key: Buffer.from(key), value: value === null ? null : Buffer.from(value) }
  })
  return encodeBatch({ records, ...fields })
}

/** The records of a log, as 'offset key=value'; of a tombstone, 'offset key'. */
export async function recordsOf(log: PartitionLog, maxBytes = 1_000_000): Promise<string[]> {
  return split([await readAll(log, maxBytes)]).flatMap(batch =>
    Array.from(decodeRecords(batch, 1_000_000), ({ offset, key, value }) =>
      [`${offset} ${key?.toString()}`, ...(value === null ? [] : [value.toString()])].join('='),
    ),
  )
}

/** One batch of `count` records, with values of this many bytes in sum. */
export function batchOf(count: number, bytes = count, fill = 'x'): Buffer {
  const value = Buffer.alloc(Math.floor(bytes / count), fill)
  return encodeBatch({
    records: Array.from({ length: count }, () => ({ timestamp: 1000, key: null, value })),
  })
}

export function split(read: readonly Buffer[]): Buffer[] {
  const bytes = Buffer.concat(read)
  return [...batchesIn(bytes)].map(at => bytes.subarray(at, at + batchSize(bytes, at)))
}

export function baseOffsets(read: readonly Buffer[]): number[] {
  return split(read).map(batch => baseOffset(batch))
}

export async function readFrom(log: PartitionLog, from: number): Promise<number[]> {
  return baseOffsets(await log.read(from, 1_000_000, Infinity))
}

/** The whole log, by as many reads as it takes. */
export async function readAll(log: PartitionLog, maxBytes = 1_000_000): Promise<Buffer> {
  const all: Buffer[] = []
  let from = log.startOffset
  while (from < log.endOffset) {
    for (const batch of split(await log.read(from, maxBytes, Infinity))) {
      all.push(batch)
      from = baseOffset(batch) + batch.readInt32BE(23) + 1
    }
  }
  return Buffer.concat(all)
}
