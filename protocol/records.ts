/**
 * The records inside a batch of message format v2 (Kafka: DefaultRecord, DefaultRecordBatch).
 * Produced and fetched data is not decoded on its way; timestamp search and control markers are.
 */
import { compress, decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'
import { KafkaError } from './errors.ts'
import {
  batchHeaderBytes,
  batchSize,
  currentMagic,
  parseBatchHeader,
  type BatchHeader,
  type TimestampType,
} from './record-batch.ts'
import { RecordReader, type KafkaRecord, type RecordHeader } from './record-reader.ts'
import { WireError, Writer } from './wire.ts'

/**
 * Decodes one whole batch, record by record, because a small batch may inflate to very many. Keys
 * and values are views of the batch or of its decompressed bytes. The CRC is not looked at.
 * Errors: INVALID_RECORD, and those of `decompress`.
 */
export function decodeRecords(
  batch: Buffer,
  maxDecompressedBytes: number,
): Generator<KafkaRecord, void> {
  const header = wholeBatchHeader(batch)
  return decodeOpened(header, opened(batch, header, maxDecompressedBytes))
}

/** The same for what follows the batch's header, once that is decompressed. */
function* decodeOpened(header: BatchHeader, records: Buffer): Generator<KafkaRecord, void> {
  const reader = new RecordReader(records)
  for (let i = 0; i < header.recordCount; i++) {
    let record
    try {
      record = reader.record(header)
    } catch (error) {
      throw invalidRecord(error, i)
    }
    yield record
  }
  assertNothingLeft(reader, header.recordCount)
}

/** What a walk through the records of a batch tells of them. */
export interface RecordsSummary {
  /** Milliseconds since the epoch; -1 is what a record without a time has. */
  minTimestamp: number
  /** At least -1. */
  maxTimestamp: number
  allHaveKeys: boolean
  /** Their offset deltas are 0, 1, 2, … */
  isNumbered: boolean
}

/**
 * Walks through the records of one whole batch and decodes none of them. Refuses what Kafka refuses
 * on append (LogValidator over DefaultRecord): lengths and counts that do not fit. Errors:
 * INVALID_RECORD, and those of `decompress`.
 */
export function checkRecords(batch: Buffer, maxDecompressedBytes: number): RecordsSummary {
  const header = wholeBatchHeader(batch)
  return atOnce(checkInSteps(header, opened(batch, header, maxDecompressedBytes)))
}

/** Work that pauses now and then, for others to have their turn. */
export type Steps<T> = Generator<void, T, void>

export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** The same for what follows the batch's header, once that is decompressed. */
export function* checkInSteps(header: BatchHeader, records: Buffer): Steps<RecordsSummary> {
  const { recordCount, baseTimestamp } = header
  const reader = new RecordReader(records)
  const seen = { count: 0, min: Infinity, max: -Infinity, allHaveKeys: true, isNumbered: true }
  for (;;) {
    checkTurn(reader, recordCount, seen)
    if (seen.count >= recordCount) break
    yield
  }
  assertNothingLeft(reader, recordCount)
  const { allHaveKeys, isNumbered } = seen
  const maxTimestamp = Math.max(-1, baseTimestamp + seen.max)
  return { minTimestamp: baseTimestamp + seen.min, maxTimestamp, allHaveKeys, isNumbered }
}

/** Every produced record comes through here: there is nothing in the loop but what it takes. */
function checkTurn(
  reader: RecordReader,
  recordCount: number,
  seen: { count: number; min: number; max: number; allHaveKeys: boolean; isNumbered: boolean },
): void {
  const endBytes = reader.remaining - turnBytes
  let { count: i, min, max, allHaveKeys, isNumbered } = seen
  try {
    for (; i < recordCount && reader.remaining >= endBytes; i++) {
      reader.skipRecord()
      if (reader.timestampDelta < min) min = reader.timestampDelta
      if (reader.timestampDelta > max) max = reader.timestampDelta
      allHaveKeys &&= reader.hasKey
      isNumbered &&= reader.offsetDelta === i
    }
  } catch (error) {
    throw invalidRecord(error, i)
  }
  Object.assign(seen, { count: i, min, max, allHaveKeys, isNumbered })
}

/** What a turn goes through: some milliseconds, whatever it is. */
const turnBytes = 512 * 1024
/** Where more is done for each record than to step over it. */
const slowTurnBytes = 128 * 1024

/**
 * Has each record of an opened batch read by `step`, until that says true, and then tells whether
 * it has. Errors: INVALID_RECORD.
 */
export function* eachRecord(
  { recordCount }: BatchHeader,
  records: Buffer,
  step: (reader: RecordReader, index: number) => boolean | void,
): Steps<boolean> {
  const reader = new RecordReader(records)
  let pauseAtBytes = reader.remaining - slowTurnBytes
  for (let i = 0; i < recordCount; i++) {
    if (reader.remaining < pauseAtBytes) {
      yield
      pauseAtBytes = reader.remaining - slowTurnBytes
    }
    try {
      if (step(reader, i) === true) return true
    } catch (error) {
      throw invalidRecord(error, i)
    }
  }
  assertNothingLeft(reader, recordCount)
  return false
}

function opened(batch: Buffer, { compression }: BatchHeader, maxDecompressedBytes: number): Buffer {
  const body = batch.subarray(batchHeaderBytes)
  return compression === 0 ? body : decompress(compression, body, maxDecompressedBytes)
}

function wholeBatchHeader(batch: Buffer): BatchHeader {
  if (batch.length < batchHeaderBytes || batch.length !== batchSize(batch)) {
    throw new KafkaError('INVALID_RECORD', `${batch.length} bytes are not one whole record batch`)
  }
  const header = parseBatchHeader(batch)
  if (header.magic !== currentMagic) {
    throw new KafkaError('INVALID_RECORD', `message format ${header.magic} is not supported`)
  }
  return header
}

function assertNothingLeft(reader: RecordReader, recordCount: number): void {
  if (reader.remaining === 0) return
  const message = `${reader.remaining} bytes follow the last of ${recordCount} records`
  throw new KafkaError('INVALID_RECORD', message)
}

function invalidRecord(error: unknown, index: number): unknown {
  if (!(error instanceof WireError)) return error
  return new KafkaError('INVALID_RECORD', `record ${index}: ${error.message}`)
}

export interface NewRecord {
  /** Milliseconds since the epoch, or -1. */
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers?: readonly RecordHeader[]
}

/** What is left out is 0, false or CreateTime; leader epoch and the producer's fields are -1. */
export interface NewBatch {
  records: readonly NewRecord[]
  baseOffset?: number
  /** What follows from the records, if it is not given: more for offsets without records. */
  lastOffsetDelta?: number
  partitionLeaderEpoch?: number
  /** Kafka's CompressionType id. */
  compression?: number
  timestampType?: TimestampType
  producerId?: number
  producerEpoch?: number
  baseSequence?: number
  isTransactional?: boolean
  isControl?: boolean
}

/** One batch, its records numbered without gaps, with its CRC. */
export function encodeBatch(batch: NewBatch): Buffer {
  const { records, baseOffset = 0, partitionLeaderEpoch = -1, compression = 0 } = batch
  const { lastOffsetDelta = records.length - 1 } = batch
  const { producerId = -1, producerEpoch = -1, baseSequence = -1 } = batch
  const checked = new Writer()
  checked.int16(attributes(batch))
  checked.int32(lastOffsetDelta)
  checked.int64(records[0]?.timestamp ?? -1)
  checked.int64(records.reduce((max, record) => Math.max(max, record.timestamp), -1))
  checked.int64(producerId)
  checked.int16(producerEpoch)
  checked.int32(baseSequence)
  checked.int32(records.length)
  checked.raw(compress(compression, encodeRecords(records)))
  const checkedBytes = Buffer.concat(checked.finish())

  const start = new Writer()
  start.int64(baseOffset)
  // Of leader epoch, magic and CRC.
  start.int32(4 + 1 + 4 + checkedBytes.length)
  start.int32(partitionLeaderEpoch)
  start.int8(currentMagic)
  start.uint32(crc32c(checkedBytes))
  return Buffer.concat([...start.finish(), checkedBytes])
}

/** What follows the header of a batch with the first record's time: numbered, not compressed. */
function encodeRecords(records: readonly NewRecord[]): Buffer {
  const body = new Writer()
  records.forEach((record, i) => writeRecord(body, record, i, records[0]!.timestamp))
  return Buffer.concat(body.finish())
}

/**
 * The records of an opened batch numbered 0, 1, 2, …, and each with a time of its own, where the
 * batch has one for all; `baseTimestamp` is the time of the first.
 */
export function* renumbered(
  header: BatchHeader,
  records: Buffer,
): Steps<{ records: Buffer; baseTimestamp: number }> {
  const to = Buffer.allocUnsafeSlow(records.length + header.recordCount * maxGrowthBytes)
  let at = 0
  let first: number | undefined
  yield* eachRecord(header, records, (reader, i) => {
    reader.skipRecord()
    const time = recordTimestamp(header, reader.timestampDelta)
    first ??= time
    const { contentStart } = reader
    const contentEnd = records.length - reader.remaining
    const deltaBytes = varlongBytes(time - first) + varlongBytes(i)
    at = putVarlong(to, at, 1 + deltaBytes + contentEnd - contentStart)
    to[at++] = 0
    at = putVarlong(to, at, time - first)
    at = putVarlong(to, at, i)
    at += records.copy(to, at, contentStart, contentEnd)
  })
  return { records: to.subarray(0, at), baseTimestamp: first! }
}

/** Of a record that gets a longer length, and deltas of ten and five bytes. */
const maxGrowthBytes = 4 + 9 + 4

/** Zigzag: values below 0 and from 0 on take turns. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

function varlongBytes(value: number): number {
  let bytes = 1
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}

/** The position behind it. */
function putVarlong(to: Buffer, at: number, value: number): number {
  let rest = zigzag(value)
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) to[at++] = (rest % 0x80) | 0x80
  to[at++] = rest
  return at
}

/** Of a record so many milliseconds after the batch's base timestamp. */
export function recordTimestamp(header: BatchHeader, timestampDelta: number): number {
  const isStamped = header.timestampType === 'LogAppendTime'
  return isStamped ? header.maxTimestamp : header.baseTimestamp + timestampDelta
}

function attributes({ compression = 0, timestampType, ...batch }: NewBatch): number {
  return (
    compression |
    (timestampType === 'LogAppendTime' ? 0x08 : 0) |
    (batch.isTransactional === true ? 0x10 : 0) |
    (batch.isControl === true ? 0x20 : 0)
  )
}

function writeRecord(to: Writer, record: NewRecord, delta: number, baseTimestamp: number): void {
  const { timestamp, key, value, headers = [] } = record
  const body = new Writer()
  body.int8(0)
  writeVarlong(body, timestamp - baseTimestamp)
  writeVarlong(body, delta)
  writeNullable(body, key)
  writeNullable(body, value)
  writeVarlong(body, headers.length)
  for (const header of headers) {
    writeNullable(body, Buffer.from(header.key))
    writeNullable(body, header.value)
  }
  writeVarlong(to, body.length)
  for (const part of body.finish()) to.raw(part)
}

/** Zigzag encoded. A varint of 32 bits is written alike. */
export function writeVarlong(writer: Writer, value: number): void {
  let rest = zigzag(value)
  while (rest >= 0x80) {
    writer.int8((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  writer.int8(rest)
}

function writeNullable(writer: Writer, value: Buffer | null): void {
  writeVarlong(writer, value === null ? -1 : value.length)
  if (value !== null) writer.raw(value)
}
