/** DescribeShareGroupOffsets: v0–1. Flexible from the start (KIP-932). v1 the lag (KIP-1226). */
import { api } from '../api.ts'
import { array, int16, int32, int64, nullableString, string, struct, uuid } from '../schema.ts'

export const describeShareGroupOffsets = api({
  key: 90,
  name: 'DescribeShareGroupOffsets',
  versions: [0, 1],
  flexibleSince: 0,
  request: struct({
    groups: array(
      struct({
        groupId: string,
        /** Null for all. */
        topics: array(struct({ topicName: string, partitions: array(int32) })).nullable(),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    groups: array(
      struct({
        groupId: string,
        topics: array(
          struct({
            topicName: string,
            topicId: uuid,
            partitions: array(
              struct({
                partitionIndex: int32,
                /** -1 for none; so is lag. */
                startOffset: int64,
                leaderEpoch: int32,
                lag: int64.since(1).default(-1),
                errorCode: int16,
                errorMessage: nullableString.default(null),
              }),
            ),
          }),
        ),
        errorCode: int16,
        errorMessage: nullableString.default(null),
      }),
    ),
  }),
})
