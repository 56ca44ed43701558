/**
 * Produce: v3–13. v3 is the first with message format v2, the only one that is spoken here.
 * Clients must still be told v0: librdkafka takes its absence for a broker without compression
 * (KAFKA-18659).
 *
 * v4 may answer KAFKA_STORAGE_ERROR. v5 logStartOffset. v7 zstd (KIP-110). v8 recordErrors and
 * errorMessage (KIP-467). v9 flexible. v10 the current leader in the answer (KIP-951). v11
 * TRANSACTION_ABORTABLE, v12 adds partitions to the transaction by itself (KIP-890). v13 topic ids
 * instead of names (KIP-516).
 */
import { api } from '../api.ts'
import {
  array,
  int16,
  int32,
  int64,
  nullableString,
  nullableRecords,
  string,
  struct,
  uuid,
} from '../schema.ts'

export const produce = api({
  key: 0,
  name: 'Produce',
  versions: [3, 13],
  flexibleSince: 9,
  request: struct({
    transactionalId: nullableString.default(null),
    /** -1 all in-sync replicas, 1 the leader, 0 no answer at all. */
    acks: int16,
    timeoutMs: int32,
    topicData: array(
      struct({
        name: string.until(12),
        topicId: uuid.since(13),
        partitionData: array(struct({ index: int32, records: nullableRecords })),
      }),
    ),
  }),
  response: struct({
    responses: array(
      struct({
        name: string.until(12),
        topicId: uuid.since(13),
        partitionResponses: array(
          struct({
            index: int32,
            errorCode: int16,
            baseOffset: int64,
            /** -1 where the topic keeps the producers' timestamps (CreateTime). */
            logAppendTimeMs: int64.default(-1),
            logStartOffset: int64.since(5).default(-1),
            /** The records for which the whole batch was refused. */
            recordErrors: array(
              struct({ batchIndex: int32, batchIndexErrorMessage: nullableString.default(null) }),
            ).since(8),
            errorMessage: nullableString.since(8).default(null),
            /** Set along with NOT_LEADER_OR_FOLLOWER; its address is in nodeEndpoints. */
            currentLeader: struct({
              leaderId: int32.default(-1),
              leaderEpoch: int32.default(-1),
            }).tagged(0, 10),
          }),
        ),
      }),
    ),
    throttleTimeMs: int32.default(0),
    nodeEndpoints: array(
      struct({ nodeId: int32, host: string, port: int32, rack: nullableString.default(null) }),
    ).tagged(0, 10),
  }),
})
