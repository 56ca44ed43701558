/**
 * A batch without some of its records, as compaction leaves it (Kafka: MemoryRecords.filterTo):
 * offsets, producer and compression are those that it had, and so are the bytes of its records.
 */
import { compress, decompress } from './compression.ts'
import { KafkaError } from './errors.ts'
import { batchHeaderBytes, parseBatchHeader, setLastOffsetDelta, withBody } from './record-batch.ts'
import { RecordReader, type StoredRecord } from './record-reader.ts'
import { encodeBatch, writeVarlong } from './records.ts'
import { WireError, Writer } from './wire.ts'

/** The records of a whole batch, or undefined where they cannot be read. */
export function storedRecords(
  batch: Buffer,
  maxDecompressedBytes: number,
): StoredRecord[] | undefined {
  const { compression, recordCount } = parseBatchHeader(batch)
  const body = batch.subarray(batchHeaderBytes)
  try {
    const reader = new RecordReader(
      compression === 0 ? body : decompress(compression, body, maxDecompressedBytes),
    )
    const records: StoredRecord[] = []
    while (records.length < recordCount) records.push(reader.storedRecord())
    return reader.remaining === 0 ? records : undefined
  } catch (error) {
    if (error instanceof KafkaError || error instanceof WireError) return undefined
    throw error
  }
}

/**
 * The batch with these of its records only, at least one. A delete horizon, in milliseconds since
 * the epoch, becomes the base timestamp (KIP-534); not given, that stays what it is.
 */
export function batchOfStored(
  batch: Buffer,
  records: readonly StoredRecord[],
  deleteHorizonMs: number | undefined,
): Buffer {
  const { baseTimestamp, compression, timestampType, hasDeleteHorizon } = parseBatchHeader(batch)
  const timestamp = (record: StoredRecord): number => exact(baseTimestamp + record.timestampDelta)
  const bodies =
    deleteHorizonMs === undefined
      ? records.map(({ bytes }) => bytes)
      : records.flatMap(record => retimed(record, timestamp(record) - deleteHorizonMs))
  return withBody(batch, compress(compression, Buffer.concat(bodies)), {
    compression,
    recordCount: records.length,
    hasDeleteHorizon: hasDeleteHorizon || deleteHorizonMs !== undefined,
    baseTimestamp: deleteHorizonMs,
    maxTimestamp:
      timestampType === 'LogAppendTime'
        ? undefined
        : records.reduce((max, record) => Math.max(max, timestamp(record)), -1),
  })
}

/** What is left of a batch without records: its offsets, and what its producer sent last. */
export function emptyBatch(batch: Buffer): Buffer {
  return withBody(batch, Buffer.alloc(0), {
    compression: 0,
    recordCount: 0,
    hasDeleteHorizon: false,
    baseTimestamp: -1,
    maxTimestamp: undefined,
  })
}

/** Offsets [firstOffset, nextOffset) without records: a batch of a header only, of no producer. */
export function gapBatch(firstOffset: number, nextOffset: number): Buffer {
  const record = { timestamp: -1, key: null, value: null }
  const batch = encodeBatch({ records: [record], baseOffset: firstOffset })
  setLastOffsetDelta(batch, 0, nextOffset - firstOffset - 1)
  return emptyBatch(batch)
}

function retimed({ attributes, rest }: StoredRecord, timestampDelta: number): Buffer[] {
  const start = new Writer()
  start.int8(attributes)
  writeVarlong(start, timestampDelta)
  const length = new Writer()
  writeVarlong(length, start.length + rest.length)
  return [...length.finish(), ...start.finish(), rest]
}

/** Times that no number holds exactly become the largest, or smallest, that one does. */
function exact(timestamp: number): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(timestamp, Number.MAX_SAFE_INTEGER))
}
