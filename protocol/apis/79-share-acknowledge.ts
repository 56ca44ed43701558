/**
 * ShareAcknowledge: v1–2. Flexible from the start (KIP-932). v0, of Kafka 4.0's early access, is
 * gone. v2 renewal of locks (KIP-1222).
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
  string,
  struct,
  uuid,
} from '../schema.ts'

export const shareAcknowledge = api({
  key: 79,
  name: 'ShareAcknowledge',
  versions: [1, 2],
  flexibleSince: 0,
  request: struct({
    groupId: nullableString.default(null),
    memberId: nullableString,
    /** -1 closes the session. */
    shareSessionEpoch: int32,
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
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString.default(null),
    acquisitionLockTimeoutMs: int32.since(2),
    responses: array(
      struct({
        topicId: uuid,
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            errorMessage: nullableString.default(null),
            /** Set along with NOT_LEADER_OR_FOLLOWER; its address is in nodeEndpoints. */
            currentLeader: struct({ leaderId: int32, leaderEpoch: int32 }),
          }),
        ),
      }),
    ),
    nodeEndpoints: array(
      struct({ nodeId: int32, host: string, port: int32, rack: nullableString.default(null) }),
    ),
  }),
})
