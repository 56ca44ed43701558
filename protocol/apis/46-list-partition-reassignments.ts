/**
 * ListPartitionReassignments: v0. Flexible from the start (KIP-455).
 */
import { api } from '../api.ts'
import { array, int16, int32, nullableString, string, struct } from '../schema.ts'

export const listReassignments = api({
  key: 46,
  name: 'ListPartitionReassignments',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    timeoutMs: int32.default(60_000),
    /** Null for all. */
    topics: array(struct({ name: string, partitionIndexes: array(int32) }))
      .nullable()
      .default(null),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString,
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            replicas: array(int32),
            addingReplicas: array(int32),
            removingReplicas: array(int32),
          }),
        ),
      }),
    ),
  }),
})
