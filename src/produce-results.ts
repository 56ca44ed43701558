/** What a reply to Produce says of a partition. */
import { errors, type ErrorName, errorName } from '../protocol/errors.ts'
import { leaderHint, noHint, type LeaderHint } from './leader-hints.ts'
import type { Appended, Partition } from './partitions/partition.ts'
import { RejectedRecords, type RecordError } from './record-validation.ts'

export interface ProduceResult {
  index: number
  errorCode: number
  errorMessage: string | null
  baseOffset: number
  logAppendTimeMs: number
  logStartOffset: number
  recordErrors: readonly RecordError[]
  currentLeader: LeaderHint
}

/** Errors with which Kafka does not tell where the log starts (ReplicaManager.appendToLocalLog). */
const withoutLogStart: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'CORRUPT_MESSAGE',
  'KAFKA_STORAGE_ERROR',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

export function appendedResult(index: number, appended: Appended): ProduceResult {
  const { startOffset: logStartOffset, ...placed } = appended
  const details = { recordErrors: [], currentLeader: noHint }
  return {
    index,
    errorCode: errors.NONE,
    errorMessage: null,
    ...placed,
    logStartOffset,
    ...details,
  }
}

/** For an error that holds for the whole request. */
export function failedResult(index: number, errorCode: number): ProduceResult {
  const placed = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 }
  return {
    index,
    errorCode,
    errorMessage: null,
    ...placed,
    recordErrors: [],
    currentLeader: noHint,
  }
}

/** For an error of this partition; `mayAppend`: it would have appended the batch, were it right. */
export function refusedResult(
  index: number,
  { error, errorCode }: { error: unknown; errorCode: number },
  partition: Partition | undefined,
  mayAppend: boolean,
): ProduceResult {
  const tellsStart = mayAppend && !withoutLogStart.has(errorName(errorCode))
  return {
    ...failedResult(index, errorCode),
    errorMessage: error instanceof Error ? error.message : null,
    logStartOffset: tellsStart && partition ? partition.startOffset : -1,
    recordErrors: error instanceof RejectedRecords ? error.recordErrors : [],
    currentLeader: leaderHint(errorCode, partition),
  }
}
