/**
 * TxnOffsetCommit: v0–5. First in KIP-98. v2 leader epochs (KIP-320). v3 flexible, and who commits
 * (KIP-447). v4 TRANSACTION_ABORTABLE. v5 also adds the group to the transaction, as
 * AddOffsetsToTxn does (KIP-890).
 */
import { api } from '../api.ts'
import { array, int16, int32, int64, nullableString, string, struct } from '../schema.ts'

export const txnOffsetCommit = api({
  key: 28,
  name: 'TxnOffsetCommit',
  versions: [0, 5],
  flexibleSince: 3,
  request: struct({
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    /** -1 from outside of the group; the member's epoch in the new protocol. */
    generationId: int32.since(3).default(-1),
    memberId: string.since(3),
    groupInstanceId: nullableString.since(3).default(null),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: int32.since(2).default(-1),
            committedMetadata: nullableString,
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ partitionIndex: int32, errorCode: int16 })),
      }),
    ),
  }),
})
