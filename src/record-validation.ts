/** What the records of produced batches must be by their topic's configs (Kafka: LogValidator). */
import { KafkaError } from '../protocol/errors.ts'
import { setCreateTime, type BatchHeader } from '../protocol/record-batch.ts'
import {
  atOnce,
  checkInSteps,
  eachRecord,
  recordTimestamp,
  type RecordsSummary,
  type Steps,
} from '../protocol/records.ts'
import type { TopicConfig } from './config.ts'

const uncompressed = 0
/** More are not told: an answer must not be many times as long as the request. */
const maxRecordErrors = 1000
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
 * Whether the records of a batch must be read. To decompress them costs several times what the rest
 * of Produce does: the header is believed where no config of the topic asks for more.
 */
export function mustRead(header: BatchHeader, rules: RecordRules, nowMs: number): boolean {
  const { baseTimestamp: minTimestamp, maxTimestamp } = header
  const believed = { minTimestamp, maxTimestamp, allHaveKeys: true }
  return (
    header.compression === uncompressed ||
    isCompacted(rules) ||
    rules.messageTimestampBeforeMaxMs < Infinity ||
    mayBreak(believed, header, rules, nowMs)
  )
}

/**
 * Checks records, which are what follows the header of a batch, decompressed. Errors:
 * INVALID_RECORD, INVALID_TIMESTAMP.
 */
export function validateRecords(
  records: Buffer,
  header: BatchHeader,
  rules: RecordRules,
  nowMs: number,
): RecordsSummary {
  return atOnce(validation(records, header, rules, nowMs))
}

/** As `validateRecords`. */
export function* validation(
  records: Buffer,
  header: BatchHeader,
  rules: RecordRules,
  nowMs: number,
): Steps<RecordsSummary> {
  const found = yield* checkInSteps(header, records)
  // The broker's mark makes the time of the batch that of its records.
  const { maxTimestamp } = header
  const isStamped = header.timestampType === 'LogAppendTime'
  const summary = isStamped ? { ...found, minTimestamp: maxTimestamp, maxTimestamp } : found
  if (mayBreak(summary, header, rules, nowMs)) yield* checkEach(records, header, rules, nowMs)
  return summary
}

/** Makes the header tell the records' latest time, which brokers have not set. */
export function correctTime(batch: Buffer, header: BatchHeader, maxTimestamp: number): void {
  if (header.timestampType === 'CreateTime' && header.maxTimestamp === maxTimestamp) return
  setCreateTime(batch, 0, maxTimestamp)
  header.timestampType = 'CreateTime'
  header.maxTimestamp = maxTimestamp
}

/** Whether there may be a record to refuse; it takes a closer look to tell. */
function mayBreak(
  summary: Omit<RecordsSummary, 'isNumbered'>,
  header: BatchHeader,
  rules: RecordRules,
  nowMs: number,
): boolean {
  if (isCompacted(rules) && !summary.allHaveKeys) return true
  const { minTimestamp, maxTimestamp } = summary
  if (header.timestampType === 'LogAppendTime' && maxTimestamp === noTimestamp) return true
  if (rules.logAppendTime) return header.timestampType === 'LogAppendTime'
  return isOutOfRange(minTimestamp, rules, nowMs) || isOutOfRange(maxTimestamp, rules, nowMs)
}

function* checkEach(
  records: Buffer,
  header: BatchHeader,
  rules: RecordRules,
  nowMs: number,
): Steps<void> {
  const recordErrors: RecordError[] = []
  let error: 'INVALID_RECORD' | 'INVALID_TIMESTAMP' = 'INVALID_RECORD'
  yield* eachRecord(header, records, (reader, batchIndex) => {
    reader.skipRecord()
    const time = recordTimestamp(header, reader.timestampDelta)
    const timeError = timeErrorOf(time, header, rules, nowMs)
    if (!reader.hasKey && isCompacted(rules)) {
      const batchIndexErrorMessage = 'a compacted topic takes no record without a key'
      recordErrors.push({ batchIndex, batchIndexErrorMessage })
    } else if (timeError !== undefined) {
      error = 'INVALID_TIMESTAMP'
      recordErrors.push({ batchIndex, batchIndexErrorMessage: timeError })
    }
    return recordErrors.length === maxRecordErrors
  })
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
