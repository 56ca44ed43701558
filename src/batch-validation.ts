import { KafkaError } from '../protocol/errors.ts'
import {
  batchHeaderBytes,
  batchSize,
  crcMatches,
  currentMagic,
  logOverheadBytes,
  magic,
  parseBatchHeader,
  type BatchHeader,
} from '../protocol/record-batch.ts'
import type { TopicConfig } from './config.ts'
import { validateRecords, type RecordRules } from './record-validation.ts'

/** Bytes after which the magic byte of any message format lies (Kafka: LegacyRecord overhead). */
const smallestBatchBytes = 14
const magicEnd = 17
const zstd = 4
/** The first Produce version that may carry zstd (KIP-110). */
const zstdSince = 7

/** The configs of its topic that a batch must meet. */
export type BatchRules = Pick<TopicConfig, 'maxMessageBytes' | 'segmentBytes'> & RecordRules

export interface ValidBatch {
  bytes: Buffer
  header: BatchHeader
}

/**
 * The one batch that a Produce request of this version carries for a partition. What is cut behind
 * it is left out. Errors: INVALID_RECORD, CORRUPT_MESSAGE, UNSUPPORTED_COMPRESSION_TYPE; nothing is
 * asked of the partition for them (Kafka: ProduceRequest.validateRecords).
 */
export function onlyBatch(records: Buffer | null, version: number): ValidBatch {
  const size = records === null ? undefined : wholeBatchSize(records)
  if (records === null || size === undefined) throw invalid('no complete record batch')
  const rest = records.subarray(size)
  const format = magic(records)
  if (format !== currentMagic) throw invalid(`message format ${format}; only 2 is supported`)
  if (size < batchHeaderBytes) throw corrupt(`batch of ${size} bytes`)
  if (wholeBatchSize(rest) !== undefined) throw invalid('more than one batch for a partition')
  const header = parseBatchHeader(records)
  if (header.compression === zstd && version < zstdSince) {
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `zstd needs Produce v${zstdSince}`)
  }
  return { bytes: records.subarray(0, size), header }
}

/**
 * Checks that a batch is intact, and that header and records agree with each other and the topic's
 * configs. Corrects what the header says of the records' time. Throws what Kafka answers
 * (UnifiedLog.append, LogValidator), in its order.
 */
export function validateBatch(
  { bytes, header }: ValidBatch,
  rules: BatchRules,
  nowMs: number,
): void {
  if (header.baseOffset !== 0) throw invalid(`base offset ${header.baseOffset}, not 0`)
  const { maxMessageBytes, segmentBytes } = rules
  if (bytes.length > maxMessageBytes) {
    const message = `batch of ${bytes.length} bytes; max.message.bytes is ${maxMessageBytes}`
    throw new KafkaError('MESSAGE_TOO_LARGE', message)
  }
  if (!crcMatches(bytes)) throw corrupt('the checksum does not match')
  if (header.compression > zstd) {
    const message = `compression type ${header.compression}`
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', message)
  }
  checkFields(header)
  validateRecords(bytes, header, rules, nowMs)
  if (bytes.length > segmentBytes) {
    const message = `batch of ${bytes.length} bytes; segment.bytes is ${segmentBytes}`
    throw new KafkaError('RECORD_LIST_TOO_LARGE', message)
  }
}

/**
 * The size of the batch that the bytes begin with, or undefined where none is whole. Errors:
 * CORRUPT_MESSAGE for lengths and formats that there are not (Kafka: ByteBufferLogInputStream).
 */
function wholeBatchSize(bytes: Buffer): number | undefined {
  if (bytes.length < logOverheadBytes) return undefined
  const size = batchSize(bytes)
  if (size < logOverheadBytes + smallestBatchBytes) throw corrupt(`batch of ${size} bytes`)
  if (bytes.length < magicEnd) return undefined
  const format = magic(bytes)
  if (format < 0 || format > currentMagic) throw corrupt(`message format ${format}`)
  return size > bytes.length ? undefined : size
}

function checkFields(header: BatchHeader): void {
  const { lastOffsetDelta, recordCount, producerId, baseSequence } = header
  if (recordCount <= 0) throw invalid(`${recordCount} records`)
  if (lastOffsetDelta !== recordCount - 1) {
    throw invalid(`${recordCount} records, but last offset delta ${lastOffsetDelta}`)
  }
  if (header.isControl) throw invalid('control batches are written by brokers only')
  if (producerId >= 0 && baseSequence < 0) throw invalid(`base sequence ${baseSequence}`)
}

function invalid(reason: string): KafkaError {
  return new KafkaError('INVALID_RECORD', reason)
}

function corrupt(reason: string): KafkaError {
  return new KafkaError('CORRUPT_MESSAGE', reason)
}
