/**
 * WriteTxnMarkers: v0–2. From broker to broker, first in KIP-98. v1 flexible. v2 the transaction
 * protocol's version (KIP-1228).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int64, int8, string, struct } from '../schema.ts'

export const writeTxnMarkers = api({
  key: 27,
  name: 'WriteTxnMarkers',
  versions: [0, 2],
  flexibleSince: 1,
  request: struct({
    markers: array(
      struct({
        producerId: int64,
        producerEpoch: int16,
        /** True for commit, false for abort. */
        transactionResult: bool,
        topics: array(struct({ name: string, partitionIndexes: array(int32) })),
        coordinatorEpoch: int32,
        /** Level of the feature transaction.version: 0 and 1 before KIP-890, 2 since. */
        transactionVersion: int8.since(2),
      }),
    ),
  }),
  response: struct({
    markers: array(
      struct({
        producerId: int64,
        topics: array(
          struct({
            name: string,
            partitions: array(struct({ partitionIndex: int32, errorCode: int16 })),
          }),
        ),
      }),
    ),
  }),
})
