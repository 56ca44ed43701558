/**
 * ListOffsets: v0–11. v0 asks for up to maxNumOffsets segment starts; v1 for one offset and its
 * timestamp (KIP-79).
 *
 * v2 isolation levels (KIP-98). v4 leader epochs (KIP-320). v5 may answer OFFSET_NOT_AVAILABLE
 * (KIP-207). v6 flexible. v7 the record with the largest timestamp (KIP-734). v8 the local log's
 * start (KIP-405). v9 the last tiered offset (KIP-1005). v10 a timeout for tiered storage
 * (KIP-1075). v11 the earliest offset that is still to be uploaded (KIP-1023).
 */
import { api } from '../api.ts'
import { array, int16, int32, int64, int8, string, struct } from '../schema.ts'

export const listOffsets = api({
  key: 2,
  name: 'ListOffsets',
  versions: [0, 11],
  flexibleSince: 6,
  request: struct({
    /** -1 for a consumer. */
    replicaId: int32,
    /** 0 read_uncommitted, 1 read_committed: the latest offset is then the last stable one. */
    isolationLevel: int8.since(2),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            currentLeaderEpoch: int32.since(4).default(-1),
            /**
             * Milliseconds since the epoch, or: -1 latest, -2 earliest, -3 largest timestamp, -4
             * earliest local, -5 latest tiered, -6 earliest pending upload.
             */
            timestamp: int64,
            maxNumOffsets: int32.until(0).default(1),
          }),
        ),
      }),
    ),
    /** For answers that tiered storage must give. */
    timeoutMs: int32.since(10),
  }),
  response: struct({
    throttleTimeMs: int32.since(2),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            /** Newest first. */
            oldStyleOffsets: array(int64).until(0),
            timestamp: int64.since(1).default(-1),
            offset: int64.since(1).default(-1),
            leaderEpoch: int32.since(4).default(-1),
          }),
        ),
      }),
    ),
  }),
})
