/**
 * DescribeLogDirs: v0–5. First in KIP-113. v2 flexible. v3 an error of the whole answer. v4 the
 * sizes of the volume (KIP-827). v5 cordoned directories (KIP-1066).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int64, string, struct } from '../schema.ts'

export const describeLogDirs = api({
  key: 35,
  name: 'DescribeLogDirs',
  versions: [0, 5],
  flexibleSince: 2,
  request: struct({
    /** Null for all. */
    topics: array(struct({ topic: string, partitions: array(int32) })).nullable(),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16.since(3),
    results: array(
      struct({
        errorCode: int16,
        /** Its absolute path. */
        logDir: string,
        topics: array(
          struct({
            name: string,
            partitions: array(
              struct({
                partitionIndex: int32,
                /** Bytes. */
                partitionSize: int64,
                /** Behind the high watermark; of a future log, behind the current one. */
                offsetLag: int64,
                /** A log that AlterReplicaLogDirs builds, to take the place of the current one. */
                isFutureKey: bool,
              }),
            ),
          }),
        ),
        /** Of the volume, without tiered storage; -1 for unknown. So is usableBytes. */
        totalBytes: int64.since(4).default(-1),
        usableBytes: int64.since(4).default(-1),
        isCordoned: bool.since(5),
      }),
    ),
  }),
})
