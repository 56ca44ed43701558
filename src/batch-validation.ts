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
import { checkRecords } from '../protocol/records.ts'

/** Bytes after which the magic byte of any message format lies (Kafka: LegacyRecord overhead). */
const smallestBatchBytes = 14
const magicEnd = 17
const none = 0
const zstd = 4
/** The first Produce version that may carry zstd (KIP-110). */
const zstdSince = 7

export interface BatchLimits {
  /** Version of the Produce request. */
  version: number
  maxMessageBytes: number
  segmentBytes: number
}

/**
 * Checks what a Produce request carries for one partition: exactly one whole batch in message
 * format v2, with an intact checksum and a header that agrees with itself. Records are looked at
 * only where they are not compressed. Throws what Kafka answers (ProduceRequest.validateRecords,
 * LogValidator, UnifiedLog.analyzeAndValidateRecords).
 */
export function validateBatch(records: Buffer | null, limits: BatchLimits): BatchHeader {
  if (records === null || records.length === 0) throw invalid('no record batch')
  checkFrame(records)
  const header = parseBatchHeader(records)
  checkFields(header)
  if (header.compression === zstd && limits.version < zstdSince) {
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `zstd needs Produce v${zstdSince}`)
  }
  if (records.length > limits.maxMessageBytes) {
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `batch of ${records.length} bytes; max.message.bytes is ${limits.maxMessageBytes}`,
    )
  }
  if (records.length > limits.segmentBytes) {
    throw new KafkaError(
      'RECORD_LIST_TOO_LARGE',
      `batch of ${records.length} bytes; segment.bytes is ${limits.segmentBytes}`,
    )
  }
  if (!crcMatches(records)) throw new KafkaError('CORRUPT_MESSAGE', 'the checksum does not match')
  if (header.compression === none) checkRecords(records)
  return header
}

/** Throws unless the bytes are exactly one whole batch of format v2, as far as lengths tell. */
function checkFrame(records: Buffer): void {
  if (records.length < magicEnd) throw invalid('no complete batch')
  const size = batchSize(records)
  if (size < logOverheadBytes + smallestBatchBytes) throw corrupt(`batch of ${size} bytes`)
  if (size > records.length) throw invalid('no complete batch')
  const format = magic(records)
  if (format < 0 || format > currentMagic) throw corrupt(`message format ${format}`)
  if (format !== currentMagic) throw invalid(`message format ${format}; only 2 is supported`)
  if (size < batchHeaderBytes) throw corrupt(`batch of ${size} bytes`)
  if (size < records.length) throw invalid('more than one batch for a partition')
}

function checkFields(header: BatchHeader): void {
  const { baseOffset, lastOffsetDelta, recordCount, compression, timestampType } = header
  if (baseOffset !== 0) throw invalid(`base offset ${baseOffset}, not 0`)
  if (recordCount <= 0) throw invalid(`${recordCount} records`)
  if (lastOffsetDelta !== recordCount - 1) {
    throw invalid(`${recordCount} records, but last offset delta ${lastOffsetDelta}`)
  }
  if (header.isControl) throw invalid('control batches are written by brokers only')
  if (compression > zstd) {
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `compression type ${compression}`)
  }
  if (timestampType === 'LogAppendTime') {
    throw new KafkaError('INVALID_TIMESTAMP', 'LogAppendTime is set by brokers only')
  }
  if (header.producerId >= 0 && header.baseSequence < 0) {
    throw invalid(`base sequence ${header.baseSequence}`)
  }
}

function invalid(reason: string): KafkaError {
  return new KafkaError('INVALID_RECORD', reason)
}

function corrupt(reason: string): KafkaError {
  return new KafkaError('CORRUPT_MESSAGE', reason)
}
