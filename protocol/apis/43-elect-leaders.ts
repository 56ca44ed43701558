/**
 * ElectLeaders: v0–2. v0 elects preferred leaders only (KIP-183). v1 unclean elections too, and an
 * error of the whole answer (KIP-460). v2 flexible.
 */
import { api } from '../api.ts'
import { array, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

export const electLeaders = api({
  key: 43,
  name: 'ElectLeaders',
  versions: [0, 2],
  flexibleSince: 2,
  request: struct({
    /** 0 the preferred replica, 1 any replica that is alive. */
    electionType: int8.since(1),
    /** Null for all. */
    topicPartitions: array(struct({ topic: string, partitions: array(int32) })).nullable(),
    timeoutMs: int32.default(60_000),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16.since(1),
    replicaElectionResults: array(
      struct({
        topic: string,
        partitionResult: array(
          struct({ partitionId: int32, errorCode: int16, errorMessage: nullableString }),
        ),
      }),
    ),
  }),
})
