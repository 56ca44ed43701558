/**
 * Metadata: v0–13. v0 takes no topics for all topics; from v1 on null is all and empty is none.
 *
 * v1 racks, the controller and internal topics. v2 the cluster id (KIP-78). v4 a say in
 * auto-creation. v5 offline replicas (KIP-112). v7 leader epochs (KIP-320). v8 authorized
 * operations (KIP-430). v9 flexible. v10 topic ids in the answer, v12 in the request as well
 * (KIP-516). v11 moves the cluster's authorized operations to DescribeCluster (KIP-700). v13 an
 * error of the whole answer (KIP-1102).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, nullableString, string, struct, uuid } from '../schema.ts'

export const metadata = api({
  key: 3,
  name: 'Metadata',
  versions: [0, 13],
  flexibleSince: 9,
  request: struct({
    /** See above for null and none. */
    topics: array(struct({ topicId: uuid.since(10), name: string.nullable(10) })).nullable(1),
    allowAutoTopicCreation: bool.since(4).default(true),
    includeClusterAuthorizedOperations: bool.since(8).until(10),
    includeTopicAuthorizedOperations: bool.since(8),
  }),
  response: struct({
    throttleTimeMs: int32.since(3),
    brokers: array(
      struct({
        nodeId: int32,
        host: string,
        port: int32,
        rack: nullableString.since(1).default(null),
      }),
    ),
    clusterId: nullableString.since(2).default(null),
    controllerId: int32.since(1).default(-1),
    topics: array(
      struct({
        errorCode: int16,
        name: string.nullable(12),
        topicId: uuid.since(10),
        isInternal: bool.since(1),
        partitions: array(
          struct({
            errorCode: int16,
            partitionIndex: int32,
            leaderId: int32,
            leaderEpoch: int32.since(7).default(-1),
            replicaNodes: array(int32),
            isrNodes: array(int32),
            offlineReplicas: array(int32).since(5),
          }),
        ),
        /** Bit n is operation n of Kafka's AclOperation; the lowest int32 when not asked for. */
        topicAuthorizedOperations: int32.since(8).default(-0x80000000),
      }),
    ),
    /** As topicAuthorizedOperations. */
    clusterAuthorizedOperations: int32.since(8).until(10).default(-0x80000000),
    errorCode: int16.since(13),
  }),
})
