/**
 * ListTransactions: v0–2. Flexible from the start (KIP-664). v1 transactions that have run for some
 * time (KIP-994). v2 a pattern of ids (KIP-1152).
 */
import { api } from '../api.ts'
import { array, int16, int32, int64, nullableString, string, struct } from '../schema.ts'

export const listTransactions = api({
  key: 66,
  name: 'ListTransactions',
  versions: [0, 2],
  flexibleSince: 0,
  request: struct({
    /** Here and in the next, empty for all. */
    stateFilters: array(string),
    producerIdFilters: array(int64),
    /** Milliseconds that a transaction has run for at least; below 0 for all. */
    durationFilter: int64.since(1).default(-1),
    /** A regular expression of RE2; null or empty for all. */
    transactionalIdPattern: nullableString.since(2).default(null),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    unknownStateFilters: array(string),
    transactionStates: array(
      struct({ transactionalId: string, producerId: int64, transactionState: string }),
    ),
  }),
})
