/** What went wrong, as a status and as JSON: `{ error, message, hint }`. */
import { KafkaError, type ErrorName } from '../../protocol/errors.ts'
import { ExpectationFailed, NotSettled } from '../admin/failures.ts'
import { InvalidInput } from '../admin/invalid-input.ts'

export interface ErrorBody {
  /** For programs: Kafka's name of the error, or one of ours in the same form. */
  error: string
  /** For people: what is wrong, and where. */
  message: string
  /** For people: what to do. */
  hint?: string
}

/** A request that cannot be answered as it was meant. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly body: ErrorBody

  constructor(status: number, error: string, message: string, hint?: string) {
    super(message)
    this.status = status
    this.body = { error, message, ...(hint !== undefined && { hint }) }
  }
}

export interface Failure {
  readonly status: number
  readonly body: ErrorBody
}

/** Undefined for what should not have happened. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof HttpError) return error
  if (error instanceof InvalidInput) return failure(400, 'INVALID_INPUT', error)
  if (error instanceof KafkaError) return failure(statusOf(error), error.error, error)
  if (error instanceof NotSettled) return failure(408, 'NOT_SETTLED', error)
  if (error instanceof ExpectationFailed) {
    const { matching, seen } = error
    const { status, body } = failure(408, 'EXPECTATION_FAILED', error)
    return { status, body: Object.assign(body, { matching, seen }) }
  }
  return undefined
}

function failure(status: number, error: string, { message }: Error): Failure {
  return { status, body: { error, message } }
}

/** Of those that say something else than that the request is wrong. */
const statuses: Partial<Record<ErrorName, number>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 404,
  UNKNOWN_TOPIC_ID: 404,
  GROUP_ID_NOT_FOUND: 404,
  UNKNOWN_MEMBER_ID: 404,
  TRANSACTIONAL_ID_NOT_FOUND: 404,
  TOPIC_ALREADY_EXISTS: 409,
  NON_EMPTY_GROUP: 409,
  MESSAGE_TOO_LARGE: 413,
  RECORD_LIST_TOO_LARGE: 413,
  UNKNOWN_SERVER_ERROR: 500,
  KAFKA_STORAGE_ERROR: 503,
}

/** What may succeed when it is tried again is no fault of the request. */
function statusOf({ error, retriable }: KafkaError): number {
  return statuses[error] ?? (retriable ? 503 : 400)
}
