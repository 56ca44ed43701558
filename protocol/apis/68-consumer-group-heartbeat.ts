/**
 * ConsumerGroupHeartbeat: v0–1. Flexible from the start (KIP-848). v1 subscription by pattern, and
 * members that choose their id themselves (KIP-1082).
 */
import { api } from '../api.ts'
import { array, int16, int32, nullableString, string, struct, uuid } from '../schema.ts'

const topicPartitions = array(struct({ topicId: uuid, partitions: array(int32) }))

export const consumerGroupHeartbeat = api({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: [0, 1],
  flexibleSince: 0,
  request: struct({
    groupId: string,
    memberId: string,
    /** 0 joins, -1 leaves, -2 leaves for a moment as a static member; else the current one. */
    memberEpoch: int32,
    /** Null, here and below, when unchanged since the last heartbeat; in the timeout -1. */
    instanceId: nullableString.default(null),
    rackId: nullableString.default(null),
    rebalanceTimeoutMs: int32.default(-1),
    subscribedTopicNames: array(string).nullable().default(null),
    subscribedTopicRegex: nullableString.since(1).default(null),
    serverAssignor: nullableString.default(null),
    /** What the member owns. */
    topicPartitions: topicPartitions.nullable().default(null),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString.default(null),
    memberId: nullableString.default(null),
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    /** Null when unchanged. */
    assignment: struct({ topicPartitions }).nullable().default(null),
  }),
})
