/**
 * OffsetFetch: v0–10. v0 once read ZooKeeper; it is answered like v1.
 *
 * v2 null for all topics, and an error of the whole group (KIP-88). v5 leader epochs (KIP-320). v6
 * flexible. v7 waits for transactions (KIP-447). v8 several groups (KIP-709). v9 member epochs of
 * the new protocol (KIP-848). v10 topic ids instead of names.
 */
import { api } from '../api.ts'
import {
  array,
  bool,
  int16,
  int32,
  int64,
  nullableString,
  string,
  struct,
  uuid,
} from '../schema.ts'

const partitions = array(
  struct({
    partitionIndex: int32,
    /** -1 for none. */
    committedOffset: int64,
    committedLeaderEpoch: int32.since(5).default(-1),
    metadata: nullableString,
    errorCode: int16,
  }),
)

export const offsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  versions: [0, 10],
  flexibleSince: 6,
  request: struct({
    groupId: string.until(7),
    /** Of one group, null for all; several groups are in groups. */
    topics: array(struct({ name: string, partitionIndexes: array(int32) }))
      .nullable(2)
      .until(7),
    groups: array(
      struct({
        groupId: string,
        memberId: nullableString.since(9).default(null),
        memberEpoch: int32.since(9).default(-1),
        /** Null for all. */
        topics: array(
          struct({
            name: string.until(9),
            topicId: uuid.since(10),
            partitionIndexes: array(int32),
          }),
        ).nullable(),
      }),
    ).since(8),
    requireStable: bool.since(7),
  }),
  response: struct({
    throttleTimeMs: int32.since(3),
    topics: array(struct({ name: string, partitions })).until(7),
    errorCode: int16.since(2).until(7),
    groups: array(
      struct({
        groupId: string,
        topics: array(struct({ name: string.until(9), topicId: uuid.since(10), partitions })),
        errorCode: int16,
      }),
    ).since(8),
  }),
})
