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
import { hasMagic } from '../protocol/compression.ts'
import type { TopicConfig } from './config.ts'
import { reopened, targetCompression, type CompressionRules } from './recompression.ts'
import { correctTime, mustRead, validateRecords, type RecordRules } from './record-validation.ts'

/** Bytes after which the magic byte of any message format lies (Kafka: LegacyRecord overhead). */
const smallestBatchBytes = 14
const magicEnd = 17
const uncompressed = 0
const zstd = 4
/** The first Produce version that may carry zstd (KIP-110). */
const zstdSince = 7

/** The configs of its topic that a batch must meet. */
export type BatchRules = Pick<TopicConfig, 'maxMessageBytes' | 'segmentBytes'> &
  RecordRules &
  CompressionRules

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
 * configs. Resolves with the batch as it is to be stored: at once, but where records have to be
 * decompressed (`opensAll`: all that are compressed). Throws what Kafka answers (UnifiedLog.append,
 * LogValidator), in its order.
 */
export function validateBatch(
  batch: ValidBatch,
  rules: BatchRules,
  { nowMs, opensAll }: { nowMs: number; opensAll: boolean },
): ValidBatch | Promise<ValidBatch> {
  checkWhole(batch, rules.maxMessageBytes)
  const { bytes, header } = batch
  const records = bytes.subarray(batchHeaderBytes)
  const target = targetCompression(rules.compressionType, header.compression)
  const stays = header.compression === target
  if (stays && target === uncompressed) {
    const { maxTimestamp } = validateRecords(records, header, rules, nowMs)
    return fitting(batch, maxTimestamp, rules)
  }
  if (!hasMagic(header.compression, records)) {
    throw invalid(`the records are not of compression ${header.compression}`)
  }
  if (stays && !opensAll && !mustRead(header, rules, nowMs)) {
    return fitting(batch, header.maxTimestamp, rules)
  }
  return reopened(batch, target, rules, nowMs).then(({ bytes, header, maxTimestamp }) =>
    fitting({ bytes, header }, maxTimestamp, rules),
  )
}

function checkWhole({ bytes, header }: ValidBatch, maxMessageBytes: number): void {
  if (header.baseOffset !== 0) throw invalid(`base offset ${header.baseOffset}, not 0`)
  checkSize(bytes, maxMessageBytes)
  if (!crcMatches(bytes)) throw corrupt('the checksum does not match')
  if (header.compression > zstd) {
    const message = `compression type ${header.compression}`
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', message)
  }
  checkFields(header)
}

/** The batch with the time of its records in the header, if it is of a size that can be stored. */
function fitting(batch: ValidBatch, maxTimestamp: number, rules: BatchRules): ValidBatch {
  const { bytes, header } = batch
  const { maxMessageBytes, segmentBytes, logAppendTime } = rules
  checkSize(bytes, maxMessageBytes)
  if (bytes.length > segmentBytes) {
    const message = `batch of ${bytes.length} bytes; segment.bytes is ${segmentBytes}`
    throw new KafkaError('RECORD_LIST_TOO_LARGE', message)
  }
  if (!logAppendTime) correctTime(bytes, header, maxTimestamp)
  return batch
}

function checkSize({ length }: Buffer, maxMessageBytes: number): void {
  if (length <= maxMessageBytes) return
  const message = `batch of ${length} bytes; max.message.bytes is ${maxMessageBytes}`
  throw new KafkaError('MESSAGE_TOO_LARGE', message)
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
