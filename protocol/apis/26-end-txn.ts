/**
 * EndTxn: v0–5. First in KIP-98. v2 PRODUCER_FENCED (KIP-588). v3 flexible. v4
 * TRANSACTION_ABORTABLE. v5 each end of a transaction raises the producer's epoch (KIP-890).
 */
import { api } from '../api.ts'
import { bool, int16, int32, int64, string, struct } from '../schema.ts'

export const endTxn = api({
  key: 26,
  name: 'EndTxn',
  versions: [0, 5],
  flexibleSince: 3,
  request: struct({
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    /** Or else aborted. */
    committed: bool,
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    /** What the producer is to use from now on; -1 when that stays. */
    producerId: int64.since(5).default(-1),
    producerEpoch: int16.since(5).default(-1),
  }),
})
