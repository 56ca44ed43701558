/**
 * DescribeGroups: v0–6, of classic groups. v3 authorized operations (KIP-430). v4 static
 * membership (KIP-345). v5 flexible. v6 GROUP_ID_NOT_FOUND and a message instead of a dead group
 * (KIP-1043).
 */
import { api } from '../api.ts'
import { array, bool, bytes, int16, int32, nullableString, string, struct } from '../schema.ts'

export const describeGroups = api({
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 6],
  flexibleSince: 5,
  request: struct({
    groups: array(string),
    includeAuthorizedOperations: bool.since(3),
  }),
  response: struct({
    throttleTimeMs: int32.since(1),
    groups: array(
      struct({
        errorCode: int16,
        errorMessage: nullableString.since(6).default(null),
        groupId: string,
        groupState: string,
        protocolType: string,
        /** The chosen assignor; members carry their data only in the state Stable. */
        protocolData: string,
        members: array(
          struct({
            memberId: string,
            groupInstanceId: nullableString.since(4).default(null),
            clientId: string,
            clientHost: string,
            memberMetadata: bytes,
            memberAssignment: bytes,
          }),
        ),
        /** Bit n is operation n of Kafka's AclOperation; the lowest int32 when not asked for. */
        authorizedOperations: int32.since(3).default(-0x80000000),
      }),
    ),
  }),
})
