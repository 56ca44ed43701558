/**
 * DescribeQuorum: v0–2. Flexible from the start (KIP-595). v1 when a replica last fetched and was
 * caught up (KIP-836). v2 directory ids, error messages and the nodes' endpoints (KIP-853).
 */
import { api } from '../api.ts'
import {
  array,
  int16,
  int32,
  int64,
  nullableString,
  string,
  struct,
  uint16,
  uuid,
} from '../schema.ts'

const replicaState = struct({
  replicaId: int32,
  replicaDirectoryId: uuid.since(2),
  /** -1 for unknown; so are the timestamps, milliseconds since the epoch. */
  logEndOffset: int64,
  lastFetchTimestamp: int64.since(1).default(-1),
  lastCaughtUpTimestamp: int64.since(1).default(-1),
})

export const describeQuorum = api({
  key: 55,
  name: 'DescribeQuorum',
  versions: [0, 2],
  flexibleSince: 0,
  request: struct({
    topics: array(
      struct({ topicName: string, partitions: array(struct({ partitionIndex: int32 })) }),
    ),
  }),
  response: struct({
    errorCode: int16,
    errorMessage: nullableString.since(2),
    topics: array(
      struct({
        topicName: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            errorMessage: nullableString.since(2),
            /** -1 for unknown. */
            leaderId: int32,
            leaderEpoch: int32,
            highWatermark: int64,
            currentVoters: array(replicaState),
            observers: array(replicaState),
          }),
        ),
      }),
    ),
    nodes: array(
      struct({
        nodeId: int32,
        listeners: array(struct({ name: string, host: string, port: uint16 })),
      }),
    ).since(2),
  }),
})
