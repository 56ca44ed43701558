import { errorName, errors, KafkaError } from '../protocol/errors.ts'
import { StorageError } from '../storage/partition-log.ts'
import type { Logger } from './logger.ts'

/**
 * The wire's code of an error. What is no KafkaError and no StorageError is a bug: it is logged
 * with its stack and `details`, and the client gets UNKNOWN_SERVER_ERROR.
 */
export function errorCodeOf(error: unknown, logger: Logger, details: object): number {
  if (error instanceof KafkaError) return error.code
  if (error instanceof StorageError) return errors.KAFKA_STORAGE_ERROR
  logger.error({ ...details, err: error }, 'request failed')
  return errors.UNKNOWN_SERVER_ERROR
}

/** The same, and what there is to say about it: null where the code says it all, as in Kafka. */
export function failureOf(
  error: unknown,
  logger: Logger,
  details: object,
): { errorCode: number; errorMessage: string | null } {
  const errorMessage = error instanceof KafkaError ? error.detail : null
  return { errorCode: errorCodeOf(error, logger, details), errorMessage }
}

/** The same for replies that have a message with every error, as in Kafka. */
export function explainedFailureOf(
  error: unknown,
  logger: Logger,
  details: object,
): { errorCode: number; errorMessage: string } {
  const { errorCode, errorMessage } = failureOf(error, logger, details)
  return { errorCode, errorMessage: errorMessage ?? new KafkaError(errorName(errorCode)).message }
}
