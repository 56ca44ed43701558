/**
 * AlterPartitionReassignments: v0–1. Flexible from the start (KIP-455). v1 may forbid changes of
 * the replication factor (KIP-860).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, nullableString, string, struct } from '../schema.ts'

export const alterReassignments = api({
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: [0, 1],
  flexibleSince: 0,
  request: struct({
    timeoutMs: int32.default(60_000),
    allowReplicationFactorChange: bool.since(1).default(true),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            /** Null to cancel. */
            replicas: array(int32).nullable().default(null),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    allowReplicationFactorChange: bool.since(1).default(true),
    errorCode: int16,
    errorMessage: nullableString,
    responses: array(
      struct({
        name: string,
        partitions: array(
          struct({ partitionIndex: int32, errorCode: int16, errorMessage: nullableString }),
        ),
      }),
    ),
  }),
})
