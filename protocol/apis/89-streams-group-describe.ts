/** StreamsGroupDescribe: v0. Flexible from the start (KIP-1071). */
import { api } from '../api.ts'
import {
  array,
  bool,
  int16,
  int32,
  int64,
  nullableString,
  string,
  struct,
  uint16,
} from '../schema.ts'

const keyValue = struct({ key: string, value: string })
const topicInfo = struct({
  name: string,
  /** 0 where the broker chose; so is replicationFactor. */
  partitions: int32,
  replicationFactor: int16,
  topicConfigs: array(keyValue),
})
const taskOffset = struct({ subtopologyId: string, partition: int32, offset: int64 })
const taskIds = struct({ subtopologyId: string, partitions: array(int32) })
const assignment = struct({
  activeTasks: array(taskIds),
  standbyTasks: array(taskIds),
  warmupTasks: array(taskIds),
})

export const streamsGroupDescribe = api({
  key: 89,
  name: 'StreamsGroupDescribe',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    groupIds: array(string),
    includeAuthorizedOperations: bool,
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    groups: array(
      struct({
        errorCode: int16,
        errorMessage: nullableString.default(null),
        groupId: string,
        groupState: string,
        groupEpoch: int32,
        assignmentEpoch: int32,
        /** Null when an error stands in its place. */
        topology: struct({
          epoch: int32,
          subtopologies: array(
            struct({
              subtopologyId: string,
              sourceTopics: array(string),
              repartitionSinkTopics: array(string),
              stateChangelogTopics: array(topicInfo),
              repartitionSourceTopics: array(topicInfo),
            }),
          )
            .nullable()
            .default(null),
        })
          .nullable()
          .default(null),
        members: array(
          struct({
            memberId: string,
            memberEpoch: int32,
            instanceId: nullableString.default(null),
            rackId: nullableString.default(null),
            clientId: string,
            clientHost: string,
            topologyEpoch: int32,
            processId: string,
            userEndpoint: struct({ host: string, port: uint16 }).nullable().default(null),
            clientTags: array(keyValue),
            taskOffsets: array(taskOffset),
            taskEndOffsets: array(taskOffset),
            assignment,
            targetAssignment: assignment,
            /** Not upgraded from the classic protocol yet. */
            isClassic: bool,
          }),
        ),
        /** Bit n is operation n of Kafka's AclOperation; the lowest int32 when not asked for. */
        authorizedOperations: int32.default(-0x80000000),
      }),
    ),
  }),
})
