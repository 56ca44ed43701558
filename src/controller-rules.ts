/** What Kafka's controller asks of every operation. */
import { KafkaError } from '../protocol/errors.ts'

/** Records that one request may write: a partition is one (Kafka: MAX_RECORDS_PER_USER_OP). */
export const maxRecordsPerRequest = 10_000

/** Throws REQUEST_TIMED_OUT where no time is left: such a request is not begun. */
export function checkTimeLeft(timeoutMs: number): void {
  if (timeoutMs <= 0) throw new KafkaError('REQUEST_TIMED_OUT')
}
