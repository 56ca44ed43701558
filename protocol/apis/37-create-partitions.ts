/**
 * CreatePartitions: v0–3. First in KIP-195. v2 flexible. v3 THROTTLING_QUOTA_EXCEEDED (KIP-599).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, nullableString, string, struct } from '../schema.ts'

export const createPartitions = api({
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexibleSince: 2,
  request: struct({
    topics: array(
      struct({
        name: string,
        /** Of all partitions, old ones included. */
        count: int32,
        /** One for each new partition; null leaves them to the broker. */
        assignments: array(struct({ brokerIds: array(int32) })).nullable(),
      }),
    ),
    timeoutMs: int32,
    validateOnly: bool,
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    results: array(
      struct({ name: string, errorCode: int16, errorMessage: nullableString.default(null) }),
    ),
  }),
})
