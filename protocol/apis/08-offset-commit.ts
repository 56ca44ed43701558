/**
 * OffsetCommit: v0–10. v0 knows no member: it commits from outside of the group.
 *
 * v1 member and generation, and a timestamp for each offset; v2 retention instead of that, until
 * v5 (KIP-211). v6 leader epochs (KIP-320). v7 static membership (KIP-345). v8 flexible. v9 member
 * epochs of the new protocol (KIP-848). v10 topic ids instead of names.
 */
import { api } from '../api.ts'
import { array, int16, int32, int64, nullableString, string, struct, uuid } from '../schema.ts'

export const offsetCommit = api({
  key: 8,
  name: 'OffsetCommit',
  versions: [0, 10],
  flexibleSince: 8,
  request: struct({
    groupId: string,
    /** -1 for a commit from outside of the group. */
    generationIdOrMemberEpoch: int32.since(1).default(-1),
    memberId: string.since(1),
    groupInstanceId: nullableString.since(7).default(null),
    /** -1 for the broker's setting. */
    retentionTimeMs: int64.since(2).until(4).default(-1),
    topics: array(
      struct({
        name: string.until(9),
        topicId: uuid.since(10),
        partitions: array(
          struct({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: int32.since(6).default(-1),
            /** Milliseconds since the epoch; -1 for now. */
            commitTimestamp: int64.since(1).until(1).default(-1),
            committedMetadata: nullableString,
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32.since(3),
    topics: array(
      struct({
        name: string.until(9),
        topicId: uuid.since(10),
        partitions: array(struct({ partitionIndex: int32, errorCode: int16 })),
      }),
    ),
  }),
})
