import { errors, KafkaError } from '../protocol/errors.ts'
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
