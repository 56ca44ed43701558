/**
 * JoinGroup: v0–9. v1 a rebalance timeout of its own (KIP-62). v4 a new member is first given its
 * id, with MEMBER_ID_REQUIRED (KIP-394). v5 static membership (KIP-345). v6 flexible. v7 the
 * protocol type in the answer (KIP-559). v8 a reason (KIP-800). v9 the leader may keep the
 * assignment (KIP-814).
 */
import { api } from '../api.ts'
import { array, bool, bytes, int16, int32, nullableString, string, struct } from '../schema.ts'

export const joinGroup = api({
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexibleSince: 6,
  request: struct({
    groupId: string,
    sessionTimeoutMs: int32,
    /** The session timeout counts where this is absent. */
    rebalanceTimeoutMs: int32.since(1).default(-1),
    /** Empty for a new member. */
    memberId: string,
    groupInstanceId: nullableString.since(5).default(null),
    protocolType: string,
    /** In the member's order of preference. */
    protocols: array(struct({ name: string, metadata: bytes })),
    reason: nullableString.since(8).default(null),
  }),
  response: struct({
    throttleTimeMs: int32.since(2),
    errorCode: int16,
    generationId: int32.default(-1),
    protocolType: nullableString.since(7).default(null),
    protocolName: string.nullable(7),
    leader: string,
    skipAssignment: bool.since(9),
    memberId: string,
    /** For the leader only. */
    members: array(
      struct({
        memberId: string,
        groupInstanceId: nullableString.since(5).default(null),
        metadata: bytes,
      }),
    ),
  }),
})
