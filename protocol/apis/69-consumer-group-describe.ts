/**
 * ConsumerGroupDescribe: v0–1. Flexible from the start (KIP-848). v1 the type of each member
 * (KIP-1099).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int8, nullableString, string, struct, uuid } from '../schema.ts'

const assignment = struct({
  topicPartitions: array(struct({ topicId: uuid, topicName: string, partitions: array(int32) })),
})

export const consumerGroupDescribe = api({
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: [0, 1],
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
        assignorName: string,
        members: array(
          struct({
            memberId: string,
            instanceId: nullableString.default(null),
            rackId: nullableString.default(null),
            memberEpoch: int32,
            clientId: string,
            clientHost: string,
            subscribedTopicNames: array(string),
            subscribedTopicRegex: nullableString.default(null),
            assignment,
            targetAssignment: assignment,
            /** -1 unknown, 0 classic, 1 consumer. */
            memberType: int8.since(1).default(-1),
          }),
        ),
        /** Bit n is operation n of Kafka's AclOperation; the lowest int32 when not asked for. */
        authorizedOperations: int32.default(-0x80000000),
      }),
    ),
  }),
})
