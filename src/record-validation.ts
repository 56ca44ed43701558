/** Looks into produced batches, as far as their topic's configs ask for (Kafka: LogValidator). */
import { hasMagic } from '../protocol/compression.ts'
import { KafkaError } from '../protocol/errors.ts'
import { batchHeaderBytes, setCreateTime, type BatchHeader } from '../protocol/record-batch.ts'
import { checkRecords, decodeRecords, type RecordsSummary } from '../protocol/records.ts'
import type { TopicConfig } from './config.ts'

/** What a batch may become that must be opened: a few bytes can ask for gigabytes. */
const maxDecompressedBytes = 64 * 1024 * 1024
const uncompressed = 0
/** The time of a record that has none. */
const noTimestamp = -1

export type RecordRules = Pick<
  TopicConfig,
  'cleanupPolicy' | 'logAppendTime' | 'messageTimestampAfterMaxMs' | 'messageTimestampBeforeMaxMs'
>

/** A record for which its whole batch is refused, as a reply to Produce tells it. */
export interface RecordError {
  batchIndex: number
  batchIndexErrorMessage: string
}

/** Refuses a batch for some of its records (KIP-467). */
export class RejectedRecords extends KafkaError {
  readonly recordErrors: readonly RecordError[]

  constructor(error: 'INVALID_RECORD' | 'INVALID_TIMESTAMP', recordErrors: readonly RecordError[]) {
    const { batchIndex, batchIndexErrorMessage } = recordErrors[0]!
    const others = recordErrors.length > 1 ? `, and ${recordErrors.length - 1} more` : ''
    super(error, `record ${batchIndex}: ${batchIndexErrorMessage}${others}`)
    this.recordErrors = recordErrors
  }
}

/**
 * Checks the records of one whole batch, and makes its header tell their latest time. To open a
 * compressed batch costs several times what the rest of Produce does: the header is believed where
 * no config of the topic asks for more. Errors: INVALID_RECORD, INVALID_TIMESTAMP,
 * MESSAGE_TOO_LARGE for a batch that becomes too large.
 */
export function validateRecords(
  batch: Buffer,
  header: BatchHeader,
  rules: RecordRules,
  nowMs: number,
): void {
  const { compression } = header
  if (compression !== uncompressed && !hasMagic(compression, batch.subarray(batchHeaderBytes))) {
    throw new KafkaError('INVALID_RECORD', `the records are not of compression ${compression}`)
  }
  const summary = summaryOf(batch, header, rules, nowMs)
  if (mayBreak(summary, header, rules, nowMs)) checkEach(batch, header, rules, nowMs)
  if (rules.logAppendTime) return
  if (header.timestampType === 'LogAppendTime' || header.maxTimestamp !== summary.maxTimestamp) {
    setCreateTime(batch, 0, summary.maxTimestamp)
    header.timestampType = 'CreateTime'
    header.maxTimestamp = summary.maxTimestamp
  }
}

function summaryOf(
  batch: Buffer,
  header: BatchHeader,
  rules: RecordRules,
  nowMs: number,
): RecordsSummary {
  const { baseTimestamp: minTimestamp, maxTimestamp } = header
  const believed = { minTimestamp, maxTimestamp, allHaveKeys: true }
  const mustOpen =
    header.compression === uncompressed ||
    isCompacted(rules) ||
    rules.messageTimestampBeforeMaxMs < Infinity ||
    mayBreak(believed, header, rules, nowMs)
  if (!mustOpen) return believed
  try {
    const summary = checkRecords(batch, maxDecompressedBytes)
    const isStamped = header.timestampType === 'LogAppendTime'
    return isStamped ? { ...summary, minTimestamp: maxTimestamp, maxTimestamp } : summary
  } catch (error) {
    // Clients would send a corrupt message again, and these records will not become better.
    if (!(error instanceof KafkaError) || error.error !== 'CORRUPT_MESSAGE') throw error
    throw new KafkaError('INVALID_RECORD', error.message)
  }
}

/** Whether there may be a record to refuse; it takes a closer look to tell. */
function mayBreak(summary: RecordsSummary, header: BatchHeader, rules: RecordRules, nowMs: number) {
  if (isCompacted(rules) && !summary.allHaveKeys) return true
  const { minTimestamp, maxTimestamp } = summary
  if (header.timestampType === 'LogAppendTime' && maxTimestamp === noTimestamp) return true
  if (rules.logAppendTime) return header.timestampType === 'LogAppendTime'
  return isOutOfRange(minTimestamp, rules, nowMs) || isOutOfRange(maxTimestamp, rules, nowMs)
}

function checkEach(batch: Buffer, header: BatchHeader, rules: RecordRules, nowMs: number): void {
  const recordErrors: RecordError[] = []
  let error: 'INVALID_RECORD' | 'INVALID_TIMESTAMP' = 'INVALID_RECORD'
  let batchIndex = 0
  for (const { key, timestamp } of decodeRecords(batch, maxDecompressedBytes)) {
    const timeError = timeErrorOf(timestamp, header, rules, nowMs)
    if (key === null && isCompacted(rules)) {
      const batchIndexErrorMessage = 'a compacted topic takes no record without a key'
      recordErrors.push({ batchIndex, batchIndexErrorMessage })
    } else if (timeError !== undefined) {
      error = 'INVALID_TIMESTAMP'
      recordErrors.push({ batchIndex, batchIndexErrorMessage: timeError })
    }
    batchIndex++
  }
  if (recordErrors.length > 0) throw new RejectedRecords(error, recordErrors)
}

function timeErrorOf(
  timestamp: number,
  { timestampType }: BatchHeader,
  rules: RecordRules,
  nowMs: number,
): string | undefined {
  if (!rules.logAppendTime && timestamp !== noTimestamp) {
    if (!isOutOfRange(timestamp, rules, nowMs)) return undefined
    const limit = timestamp < nowMs ? 'before' : 'after'
    return `timestamp ${timestamp} is out of range (message.timestamp.${limit}.max.ms)`
  }
  return timestampType === 'LogAppendTime' ? 'LogAppendTime is set by brokers only' : undefined
}

function isOutOfRange(timestamp: number, rules: RecordRules, nowMs: number): boolean {
  const { messageTimestampBeforeMaxMs, messageTimestampAfterMaxMs } = rules
  const ageMs = nowMs - timestamp
  return ageMs > messageTimestampBeforeMaxMs || -ageMs > messageTimestampAfterMaxMs
}

function isCompacted({ cleanupPolicy }: RecordRules): boolean {
  return cleanupPolicy.includes('compact')
}
