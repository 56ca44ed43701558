/** StreamsGroupHeartbeat: v0. Flexible from the start (KIP-1071). */
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
  uint16,
} from '../schema.ts'

const keyValue = struct({ key: string, value: string })
const topicInfo = struct({
  name: string,
  /** 0 leaves it to the broker; so does a replicationFactor of 0. */
  partitions: int32,
  replicationFactor: int16,
  topicConfigs: array(keyValue),
})
const taskIds = struct({ subtopologyId: string, partitions: array(int32) })
const endpoint = struct({ host: string, port: uint16 })
const taskOffset = struct({ subtopologyId: string, partition: int32, offset: int64 })
const topicPartition = struct({ topic: string, partitions: array(int32) })

export const streamsGroupHeartbeat = api({
  key: 88,
  name: 'StreamsGroupHeartbeat',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    groupId: string,
    memberId: string,
    /** 0 joins, -1 leaves, -2 leaves for a moment as a static member; else the current one. */
    memberEpoch: int32,
    /** The last that the member was given. */
    endpointInformationEpoch: int32,
    /** Null, here and below, when unchanged since the last heartbeat; in the timeout -1. */
    instanceId: nullableString.default(null),
    rackId: nullableString.default(null),
    rebalanceTimeoutMs: int32.default(-1),
    topology: struct({
      epoch: int32,
      subtopologies: array(
        struct({
          subtopologyId: string,
          sourceTopics: array(string),
          sourceTopicRegex: array(string),
          stateChangelogTopics: array(topicInfo),
          repartitionSinkTopics: array(string),
          repartitionSourceTopics: array(topicInfo),
          /** Topics that need as many partitions as each other, as indexes into the lists above. */
          copartitionGroups: array(
            struct({
              sourceTopics: array(int16),
              sourceTopicRegex: array(int16),
              repartitionSourceTopics: array(int16),
            }),
          ),
        }),
      ),
    })
      .nullable()
      .default(null),
    activeTasks: array(taskIds).nullable().default(null),
    standbyTasks: array(taskIds).nullable().default(null),
    warmupTasks: array(taskIds).nullable().default(null),
    processId: nullableString.default(null),
    /** For interactive queries. */
    userEndpoint: endpoint.nullable().default(null),
    clientTags: array(keyValue).nullable().default(null),
    /** How far the tasks' changelogs are restored, and where they end. */
    taskOffsets: array(taskOffset).nullable().default(null),
    taskEndOffsets: array(taskOffset).nullable().default(null),
    shutdownApplication: bool.default(false),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString.default(null),
    memberId: string,
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    /** Offsets that a warm-up task may lack and still count as caught up. */
    acceptableRecoveryLag: int32,
    /** How often the member is to send its taskOffsets. */
    taskOffsetIntervalMs: int32,
    /**
     * Codes: 0 stale topology, 1 missing source topics, 2 incorrectly partitioned topics, 3 missing
     * internal topics, 4 shutdown of the application, 5 assignment delayed.
     */
    status: array(struct({ statusCode: int8, statusDetail: string })).nullable(),
    /** Null when unchanged; so in the lists below. */
    activeTasks: array(taskIds).nullable().default(null),
    standbyTasks: array(taskIds).nullable().default(null),
    warmupTasks: array(taskIds).nullable().default(null),
    endpointInformationEpoch: int32,
    /** Where interactive queries find which partitions. */
    partitionsByUserEndpoint: array(
      struct({
        userEndpoint: endpoint,
        activePartitions: array(topicPartition),
        standbyPartitions: array(topicPartition),
      }),
    )
      .nullable()
      .default(null),
  }),
})
