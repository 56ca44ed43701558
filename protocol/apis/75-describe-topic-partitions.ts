/**
 * DescribeTopicPartitions: v0. Flexible from the start (KIP-966).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, nullableString, string, struct, uuid } from '../schema.ts'

export const describeTopicPartitions = api({
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    topics: array(struct({ name: string })),
    responsePartitionLimit: int32.default(2000),
    /** Where to go on; null for the start. */
    cursor: struct({ topicName: string, partitionIndex: int32 }).nullable().default(null),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    topics: array(
      struct({
        errorCode: int16,
        name: nullableString,
        topicId: uuid,
        isInternal: bool.default(false),
        partitions: array(
          struct({
            errorCode: int16,
            partitionIndex: int32,
            leaderId: int32,
            leaderEpoch: int32.default(-1),
            replicaNodes: array(int32),
            isrNodes: array(int32),
            /** KIP-966. Null where it is not known. */
            eligibleLeaderReplicas: array(int32).nullable().default(null),
            lastKnownElr: array(int32).nullable().default(null),
            offlineReplicas: array(int32),
          }),
        ),
        /** Bit n is operation n of Kafka's AclOperation; the lowest int32 when not asked for. */
        topicAuthorizedOperations: int32.default(-0x80000000),
      }),
    ),
    /** Null when nothing is left. */
    nextCursor: struct({ topicName: string, partitionIndex: int32 }).nullable().default(null),
  }),
})
