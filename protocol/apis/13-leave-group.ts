/**
 * LeaveGroup: v0–5. v3 several members, and static ones (KIP-345). v4 flexible. v5 a reason
 * (KIP-800).
 */
import { api } from '../api.ts'
import { array, int16, int32, nullableString, string, struct } from '../schema.ts'

export const leaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleSince: 4,
  request: struct({
    groupId: string,
    memberId: string.until(2),
    members: array(
      struct({
        memberId: string,
        groupInstanceId: nullableString.default(null),
        reason: nullableString.since(5).default(null),
      }),
    ).since(3),
  }),
  response: struct({
    throttleTimeMs: int32.since(1),
    errorCode: int16,
    members: array(
      struct({ memberId: string, groupInstanceId: nullableString, errorCode: int16 }),
    ).since(3),
  }),
})
