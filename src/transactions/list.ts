/** Which transactions ListTransactions tells of (Kafka: TransactionStateManager). Pure. */
import { compilePattern } from '../patterns.ts'
import type { Transaction } from './transaction.ts'

export interface TransactionFilter {
  /** By their names; empty for all. */
  readonly states: readonly string[]
  /** Empty for all. */
  readonly producerIds: readonly number[]
  /** Those that have begun longer ago than this, in milliseconds; below 0 for all. */
  readonly durationMs: number
  /** Of RE2; null or empty for all. */
  readonly pattern: string | null
}

interface ListedTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly transactionState: string
}

/** Those that Kafka knows; the last two nobody can see. */
const knownStates: ReadonlySet<string> = new Set([
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'PrepareEpochFence',
  'Dead',
])

/** Each name once. */
export function unknownStates({ states }: TransactionFilter): string[] {
  return [...new Set(states)].filter(state => !knownStates.has(state))
}

/** Throws INVALID_REGULAR_EXPRESSION. `nowMs`: milliseconds since the epoch. */
export function listed(
  all: ReadonlyMap<string, Transaction>,
  { states, producerIds, durationMs, pattern }: TransactionFilter,
  nowMs: number,
): ListedTransaction[] {
  const matches = pattern ? compilePattern('transactionalIdPattern', pattern) : () => true
  const found: ListedTransaction[] = []
  for (const [transactionalId, { producerId, state, startTimestamp }] of all) {
    if (producerIds.length > 0 && !producerIds.includes(producerId)) continue
    if (states.length > 0 && !states.includes(state)) continue
    if (durationMs >= 0 && nowMs - startTimestamp <= durationMs) continue
    if (!matches(transactionalId)) continue
    found.push({ transactionalId, producerId, transactionState: state })
  }
  return found
}
