/** When transactions are over by themselves (Kafka: TransactionStateManager). Pure. */
import { isDecided, type Transaction } from './transaction.ts'

/** Of whoever asks for this, a transaction may take as long as it likes. */
const noTimeoutMs = 2 ** 31 - 1

/** When an open transaction is to be aborted, in milliseconds since the epoch. */
export function deadlineOf({ state, startTimestamp, timeoutMs }: Transaction): number {
  return state === 'Ongoing' && timeoutMs !== noTimeoutMs ? startTimestamp + timeoutMs : Infinity
}

/** Whether a transactional id has not been used for so long that it is forgotten. */
export function isExpired(transaction: Transaction, nowMs: number, expirationMs: number): boolean {
  const isIdle = transaction.state !== 'Ongoing' && !isDecided(transaction)
  return isIdle && transaction.updateTimestamp <= nowMs - expirationMs
}
