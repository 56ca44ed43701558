/**
 * ShareGroupHeartbeat: v1. Flexible from the start (KIP-932). v0, of Kafka 4.0's early access, is
 * gone.
 */
import { api } from '../api.ts'
import { array, int16, int32, nullableString, string, struct, uuid } from '../schema.ts'

export const shareGroupHeartbeat = api({
  key: 76,
  name: 'ShareGroupHeartbeat',
  versions: [1, 1],
  flexibleSince: 0,
  request: struct({
    groupId: string,
    memberId: string,
    /** 0 joins, -1 leaves; else the current one. */
    memberEpoch: int32,
    /** Null when unchanged since the last heartbeat; so is the next. */
    rackId: nullableString.default(null),
    subscribedTopicNames: array(string).nullable().default(null),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString.default(null),
    memberId: nullableString.default(null),
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    /** Null when unchanged. */
    assignment: struct({
      topicPartitions: array(struct({ topicId: uuid, partitions: array(int32) })),
    })
      .nullable()
      .default(null),
  }),
})
