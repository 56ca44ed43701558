/**
 * ShareFetch: v1–2. Flexible from the start (KIP-932). v0, of Kafka 4.0's early access, is gone. v2
 * a strict limit of records (KIP-1206) and renewal of locks (KIP-1222).
 */
import { api } from '../api.ts'
import {
  array,
  bool,
  int16,
  int32,
  int64,
  int8,
  nullableString,
  recordBatches,
  string,
  struct,
  uuid,
} from '../schema.ts'

export const shareFetch = api({
  key: 78,
  name: 'ShareFetch',
  versions: [1, 2],
  flexibleSince: 0,
  request: struct({
    groupId: nullableString.default(null),
    memberId: nullableString,
    /** 0 opens a session, -1 closes it. */
    shareSessionEpoch: int32,
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32.default(0x7fffffff),
    /** May be exceeded up to the end of a batch, unless shareAcquireMode forbids it. */
    maxRecords: int32,
    /** Records that are best acquired and acknowledged together. */
    batchSize: int32,
    /** 0 whole batches, 1 never more than maxRecords. */
    shareAcquireMode: int8.since(2),
    /** Whether a renewal is among the acknowledgements. */
    isRenewAck: bool.since(2),
    topics: array(
      struct({
        topicId: uuid,
        partitions: array(
          struct({
            partitionIndex: int32,
            acknowledgementBatches: array(
              struct({
                firstOffset: int64,
                /** Inclusive. */
                lastOffset: int64,
                /** 0 gap, 1 accept, 2 release, 3 reject, 4 renew; of each record, or of all. */
                acknowledgeTypes: array(int8),
              }),
            ),
          }),
        ),
      }),
    ),
    forgottenTopicsData: array(struct({ topicId: uuid, partitions: array(int32) })),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString.default(null),
    acquisitionLockTimeoutMs: int32,
    responses: array(
      struct({
        topicId: uuid,
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            errorMessage: nullableString.default(null),
            acknowledgeErrorCode: int16,
            acknowledgeErrorMessage: nullableString.default(null),
            /** Set along with NOT_LEADER_OR_FOLLOWER; its address is in nodeEndpoints. */
            currentLeader: struct({ leaderId: int32, leaderEpoch: int32 }),
            records: recordBatches,
            acquiredRecords: array(
              struct({ firstOffset: int64, lastOffset: int64, deliveryCount: int16 }),
            ),
          }),
        ),
      }),
    ),
    nodeEndpoints: array(
      struct({ nodeId: int32, host: string, port: int32, rack: nullableString.default(null) }),
    ),
  }),
})
