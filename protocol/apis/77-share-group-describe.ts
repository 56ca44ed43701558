/**
 * ShareGroupDescribe: v1. Flexible from the start (KIP-932). v0, of Kafka 4.0's early access, is
 * gone.
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, nullableString, string, struct, uuid } from '../schema.ts'

export const shareGroupDescribe = api({
  key: 77,
  name: 'ShareGroupDescribe',
  versions: [1, 1],
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
            rackId: nullableString.default(null),
            memberEpoch: int32,
            clientId: string,
            clientHost: string,
            subscribedTopicNames: array(string),
            assignment: struct({
              topicPartitions: array(
                struct({ topicId: uuid, topicName: string, partitions: array(int32) }),
              ),
            }),
          }),
        ),
        /** Bit n is operation n of Kafka's AclOperation; the lowest int32 when not asked for. */
        authorizedOperations: int32.default(-0x80000000),
      }),
    ),
  }),
})
