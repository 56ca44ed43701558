/**
 * Fetch: v4–18. v4 is the first with message format v2, the only one that is spoken here, and with
 * isolation levels (KIP-98).
 *
 * v5 log start offsets (KIP-107). v6 may answer KAFKA_STORAGE_ERROR. v7 fetch sessions (KIP-227).
 * v9 leader epochs (KIP-320). v10 zstd (KIP-110). v11 fetching from followers (KIP-392). v12
 * flexible, and divergence of logs (KIP-595). v13 topic ids instead of names (KIP-516). v14 tiered
 * storage (KIP-405). v15 the replica's state (KIP-903). v16 the current leaders' addresses
 * (KIP-951). v17 directory ids (KIP-853). v18 the replica's high watermark (KIP-1166).
 */
import { api } from '../api.ts'
import {
  array,
  int16,
  int32,
  int64,
  int8,
  nullableString,
  nullableRecordBatches,
  string,
  struct,
  uuid,
} from '../schema.ts'

export const fetch = api({
  key: 1,
  name: 'Fetch',
  versions: [4, 18],
  flexibleSince: 12,
  request: struct({
    clusterId: nullableString.tagged(0, 12).default(null),
    /** -1 for a consumer, else the id of a following broker. */
    replicaId: int32.until(14).default(-1),
    replicaState: struct({
      replicaId: int32.default(-1),
      replicaEpoch: int64.default(-1),
    }).tagged(1, 15),
    maxWaitMs: int32,
    /** Wait, up to maxWaitMs, until there is so much. */
    minBytes: int32,
    /** Of all record batches; the first is sent even if it is larger (KIP-74). */
    maxBytes: int32.default(0x7fffffff),
    /** 0 read_uncommitted, 1 read_committed. */
    isolationLevel: int8,
    /** 0 for none or a new one. */
    sessionId: int32.since(7),
    /** 0 begins a session, -1 ends it. */
    sessionEpoch: int32.since(7).default(-1),
    topics: array(
      struct({
        topic: string.until(12),
        topicId: uuid.since(13),
        partitions: array(
          struct({
            partition: int32,
            currentLeaderEpoch: int32.since(9).default(-1),
            fetchOffset: int64,
            lastFetchedEpoch: int32.since(12).default(-1),
            /** Of the follower; -1 for a consumer. */
            logStartOffset: int64.since(5).default(-1),
            partitionMaxBytes: int32,
            replicaDirectoryId: uuid.tagged(0, 17),
            /** What the follower knows; -1 for nothing, Infinity when it does not say. */
            highWatermark: int64.tagged(1, 18).default(Infinity),
          }),
        ),
      }),
    ),
    /** To be taken out of the session. */
    forgottenTopicsData: array(
      struct({ topic: string.until(12), topicId: uuid.since(13), partitions: array(int32) }),
    ).since(7),
    rackId: string.since(11),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16.since(7),
    sessionId: int32.since(7),
    responses: array(
      struct({
        topic: string.until(12),
        topicId: uuid.since(13),
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            highWatermark: int64,
            lastStableOffset: int64.default(-1),
            logStartOffset: int64.since(5).default(-1),
            /** Where the follower's log begins to differ (KIP-595). */
            divergingEpoch: struct({
              epoch: int32.default(-1),
              endOffset: int64.default(-1),
            }).tagged(0, 12),
            /** Set along with NOT_LEADER_OR_FOLLOWER; its address is in nodeEndpoints. */
            currentLeader: struct({
              leaderId: int32.default(-1),
              leaderEpoch: int32.default(-1),
            }).tagged(1, 12),
            snapshotId: struct({
              endOffset: int64.default(-1),
              epoch: int32.default(-1),
            }).tagged(2, 12),
            /** Null under read_uncommitted. */
            abortedTransactions: array(
              struct({ producerId: int64, firstOffset: int64 }),
            ).nullable(),
            preferredReadReplica: int32.since(11).default(-1),
            records: nullableRecordBatches,
          }),
        ),
      }),
    ),
    nodeEndpoints: array(
      struct({ nodeId: int32, host: string, port: int32, rack: nullableString.default(null) }),
    ).tagged(0, 16),
  }),
})
