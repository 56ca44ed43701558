/**
 * AlterReplicaLogDirs: v0–2. First in KIP-113. v2 flexible.
 */
import { api } from '../api.ts'
import { array, int16, int32, string, struct } from '../schema.ts'

export const alterReplicaLogDirs = api({
  key: 34,
  name: 'AlterReplicaLogDirs',
  versions: [0, 2],
  flexibleSince: 2,
  request: struct({
    dirs: array(
      struct({
        /** Absolute. */
        path: string,
        topics: array(struct({ name: string, partitions: array(int32) })),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    results: array(
      struct({
        topicName: string,
        partitions: array(struct({ partitionIndex: int32, errorCode: int16 })),
      }),
    ),
  }),
})
