/**
 * InitProducerId: v0–5 (v6, KIP-939, is not released in Kafka 4.3). v2 flexible. v3 a producer may
 * raise its epoch (KIP-360). v4 PRODUCER_FENCED (KIP-588). v5 TRANSACTION_ABORTABLE (KIP-890).
 */
import { api } from '../api.ts'
import { int16, int32, int64, nullableString, struct } from '../schema.ts'

export const initProducerId = api({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 5],
  flexibleSince: 2,
  request: struct({
    transactionalId: nullableString,
    transactionTimeoutMs: int32,
    /** -1 without an id that is to be kept. */
    producerId: int64.since(3).default(-1),
    producerEpoch: int16.since(3).default(-1),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    producerId: int64.default(-1),
    producerEpoch: int16,
  }),
})
