/**
 * AddPartitionsToTxn: v0–5. First in KIP-98. v2 PRODUCER_FENCED (KIP-588). v3 flexible, and the
 * last that clients send. v4 is for brokers: several transactions, and asking without adding
 * (KIP-890). v5 TRANSACTION_ABORTABLE.
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int64, string, struct } from '../schema.ts'

const topicToAdd = struct({ name: string, partitions: array(int32) })
const topicResult = struct({
  name: string,
  resultsByPartition: array(struct({ partitionIndex: int32, partitionErrorCode: int16 })),
})

export const addPartitionsToTxn = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 5],
  flexibleSince: 3,
  request: struct({
    /** Of brokers; what clients send is below. */
    transactions: array(
      struct({
        transactionalId: string,
        producerId: int64,
        producerEpoch: int16,
        /** Ask whether the partitions are in the transaction, and add none. */
        verifyOnly: bool,
        topics: array(topicToAdd),
      }),
    ).since(4),
    v3AndBelowTransactionalId: string.until(3),
    v3AndBelowProducerId: int64.until(3),
    v3AndBelowProducerEpoch: int16.until(3),
    v3AndBelowTopics: array(topicToAdd).until(3),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16.since(4),
    resultsByTransaction: array(
      struct({ transactionalId: string, topicResults: array(topicResult) }),
    ).since(4),
    resultsByTopicV3AndBelow: array(topicResult).until(3),
  }),
})
