/**
 * OffsetForLeaderEpoch: v0–4. First in KIP-101. v1 answers with the epoch as well (KIP-279). v2 the
 * epoch that the asker believes to be current (KIP-320). v3 the asker's id. v4 flexible.
 */
import { api } from '../api.ts'
import { array, int16, int32, int64, string, struct } from '../schema.ts'

export const offsetForLeaderEpoch = api({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: [0, 4],
  flexibleSince: 4,
  request: struct({
    /** -1 for a consumer; -2 for a tool that may see past the high watermark. */
    replicaId: int32.since(3).default(-2),
    topics: array(
      struct({
        topic: string,
        partitions: array(
          struct({
            partition: int32,
            /** -1 for no check. */
            currentLeaderEpoch: int32.since(2).default(-1),
            leaderEpoch: int32,
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32.since(2),
    topics: array(
      struct({
        topic: string,
        partitions: array(
          struct({
            errorCode: int16,
            partition: int32,
            leaderEpoch: int32.since(1).default(-1),
            endOffset: int64.default(-1),
          }),
        ),
      }),
    ),
  }),
})
