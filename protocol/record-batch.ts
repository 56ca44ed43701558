/**
 * The header of a record batch in message format v2, read and patched in place: positions are those
 * of the batch's first byte in a larger buffer. Records are never decoded here (see records.ts).
 * Layout and CRC range: Kafka's DefaultRecordBatch; KIP-98 (producer fields), KIP-534 (horizon).
 */
import { crc32c } from './crc32c.ts'

/** Bytes of a batch before its records. */
export const batchHeaderBytes = 61
/** Bytes of base offset and batch length, which the batch length does not count. */
export const logOverheadBytes = 12
/** The only message format that is stored. */
export const currentMagic = 2

const batchLengthAt = 8
const partitionLeaderEpochAt = 12
const magicAt = 16
const crcAt = 17
const attributesAt = 21
const lastOffsetDeltaAt = 23
const baseTimestampAt = 27
const maxTimestampAt = 35
const producerIdAt = 43
const producerEpochAt = 51
const baseSequenceAt = 53
const recordCountAt = 57

const compressionMask = 0x07
const logAppendTimeBit = 0x08
const transactionalBit = 0x10
const controlBit = 0x20
const deleteHorizonBit = 0x40

export type TimestampType = 'CreateTime' | 'LogAppendTime'

export interface BatchHeader {
  baseOffset: number
  /** Bytes that follow this field. */
  batchLength: number
  partitionLeaderEpoch: number
  magic: number
  crc: number
  /** Kafka's CompressionType id: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; 5–7 are unassigned. */
  compression: number
  timestampType: TimestampType
  isTransactional: boolean
  isControl: boolean
  hasDeleteHorizon: boolean
  lastOffsetDelta: number
  /** Milliseconds since the epoch, or -1; the delete horizon when `hasDeleteHorizon`. */
  baseTimestamp: number
  /** Milliseconds since the epoch, or -1. */
  maxTimestamp: number
  /** -1 without an idempotent producer. */
  producerId: number
  producerEpoch: number
  baseSequence: number
  recordCount: number
}

/** All fields at once. At least `batchHeaderBytes` must lie at `at`; nothing is validated. */
export function parseBatchHeader(buffer: Buffer, at = 0): BatchHeader {
  const attributes = readAttributes(buffer, at)
  return {
    baseOffset: baseOffset(buffer, at),
    batchLength: buffer.readInt32BE(at + batchLengthAt),
    partitionLeaderEpoch: partitionLeaderEpoch(buffer, at),
    magic: magic(buffer, at),
    crc: buffer.readUInt32BE(at + crcAt),
    compression: attributes & compressionMask,
    timestampType: attributes & logAppendTimeBit ? 'LogAppendTime' : 'CreateTime',
    isTransactional: (attributes & transactionalBit) !== 0,
    isControl: (attributes & controlBit) !== 0,
    hasDeleteHorizon: (attributes & deleteHorizonBit) !== 0,
    lastOffsetDelta: lastOffsetDelta(buffer, at),
    baseTimestamp: readInt64(buffer, at + baseTimestampAt),
    maxTimestamp: maxTimestamp(buffer, at),
    producerId: readInt64(buffer, at + producerIdAt),
    producerEpoch: buffer.readInt16BE(at + producerEpochAt),
    baseSequence: buffer.readInt32BE(at + baseSequenceAt),
    recordCount: buffer.readInt32BE(at + recordCountAt),
  }
}

/** Of bytes that may be anything: whether they begin with a batch of a transaction. */
export function isTransactionalBatch(buffer: Buffer): boolean {
  if (buffer.length < batchHeaderBytes || magic(buffer) !== currentMagic) return false
  return (readAttributes(buffer, 0) & transactionalBit) !== 0
}

/** Size of the whole batch, as its header claims: it may be negative or run past the buffer. */
export function batchSize(buffer: Buffer, at = 0): number {
  return logOverheadBytes + buffer.readInt32BE(at + batchLengthAt)
}

export function baseOffset(buffer: Buffer, at = 0): number {
  return readInt64(buffer, at)
}

export function lastOffsetDelta(buffer: Buffer, at = 0): number {
  return buffer.readInt32BE(at + lastOffsetDeltaAt)
}

export function lastOffset(buffer: Buffer, at = 0): number {
  return baseOffset(buffer, at) + lastOffsetDelta(buffer, at)
}

export function partitionLeaderEpoch(buffer: Buffer, at = 0): number {
  return buffer.readInt32BE(at + partitionLeaderEpochAt)
}

export function magic(buffer: Buffer, at = 0): number {
  return buffer.readInt8(at + magicAt)
}

export function recordCount(buffer: Buffer, at = 0): number {
  return buffer.readInt32BE(at + recordCountAt)
}

export function maxTimestamp(buffer: Buffer, at = 0): number {
  return readInt64(buffer, at + maxTimestampAt)
}

/** Outside the CRC's range, as is the leader epoch: no new checksum is needed. */
export function setBaseOffset(buffer: Buffer, at: number, offset: number): void {
  writeInt64(buffer, at, offset)
}

/** Inside the CRC's range: a new checksum is needed. */
export function setLastOffsetDelta(buffer: Buffer, at: number, delta: number): void {
  buffer.writeInt32BE(delta, at + lastOffsetDeltaAt)
}

export function setPartitionLeaderEpoch(buffer: Buffer, at: number, epoch: number): void {
  buffer.writeInt32BE(epoch, at + partitionLeaderEpochAt)
}

/**
 * Makes the broker's clock the time of all records in the batch (message.timestamp.type =
 * LogAppendTime). This is inside the CRC's range, so the checksum is computed anew.
 */
export function setLogAppendTime(buffer: Buffer, at: number, timestampMs: number): void {
  setTime(buffer, at, readAttributes(buffer, at) | logAppendTimeBit, timestampMs)
}

/** Leaves the records their own times, of which this is the largest; with a new checksum, too. */
export function setCreateTime(buffer: Buffer, at: number, maxTimestampMs: number): void {
  setTime(buffer, at, readAttributes(buffer, at) & ~logAppendTimeBit, maxTimestampMs)
}

function setTime(buffer: Buffer, at: number, attributes: number, maxTimestampMs: number): void {
  buffer.writeInt16BE(attributes, at + attributesAt)
  writeInt64(buffer, at + maxTimestampAt, maxTimestampMs)
  buffer.writeUInt32BE(computeCrc(buffer, at), at + crcAt)
}

/** What of a batch's header follows from its records; times that are not given stay. */
interface BodyFacts {
  compression: number
  recordCount: number
  /** The base timestamp is a delete horizon (KIP-534). */
  hasDeleteHorizon: boolean
  baseTimestamp: number | undefined
  maxTimestamp: number | undefined
}

/** A batch with the header of another one but for what is given, with its CRC. */
export function withBody(batch: Buffer, body: Buffer, facts: BodyFacts): Buffer {
  const { compression, recordCount, hasDeleteHorizon, baseTimestamp, maxTimestamp } = facts
  const kept = readAttributes(batch, 0) & ~(compressionMask | deleteHorizonBit)
  const horizonBit = hasDeleteHorizon ? deleteHorizonBit : 0
  const result = Buffer.concat([batch.subarray(0, batchHeaderBytes), body])
  result.writeInt32BE(result.length - logOverheadBytes, batchLengthAt)
  result.writeInt16BE(kept | compression | horizonBit, attributesAt)
  if (baseTimestamp !== undefined) writeInt64(result, baseTimestampAt, baseTimestamp)
  if (maxTimestamp !== undefined) writeInt64(result, maxTimestampAt, maxTimestamp)
  result.writeInt32BE(recordCount, recordCountAt)
  result.writeUInt32BE(computeCrc(result, 0), crcAt)
  return result
}

function readAttributes(buffer: Buffer, at: number): number {
  return buffer.readInt16BE(at + attributesAt)
}

/** The batch must be whole. */
export function crcMatches(buffer: Buffer, at = 0): boolean {
  return buffer.readUInt32BE(at + crcAt) === computeCrc(buffer, at)
}

/** Positions of the whole batches from the start on; ends before one that is cut or nonsense. */
export function* batchesIn(buffer: Buffer): Generator<number> {
  for (let at = 0; isWhole(buffer, at); at += batchSize(buffer, at)) yield at
}

/** True when header and records, as long as the header says, lie within the buffer. */
export function isWhole(buffer: Buffer, at = 0): boolean {
  if (at + batchHeaderBytes > buffer.length) return false
  const size = batchSize(buffer, at)
  return size >= batchHeaderBytes && at + size <= buffer.length
}

function computeCrc(buffer: Buffer, at: number): number {
  return crc32c(buffer.subarray(at + attributesAt, at + batchSize(buffer, at)))
}

/** Numbers are exact up to 2^53; the far larger ones of a hostile batch only stay large. */
function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4)
}

function writeInt64(buffer: Buffer, at: number, value: number): void {
  buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), at)
  buffer.writeUInt32BE((value % 0x1_0000_0000) >>> 0, at + 4)
}
