/**
 * SyncGroup: v0–5. v3 static membership (KIP-345). v4 flexible. v5 protocol type and name, to be
 * checked by both sides (KIP-559).
 */
import { api } from '../api.ts'
import { array, bytes, int16, int32, nullableString, string, struct } from '../schema.ts'

export const syncGroup = api({
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexibleSince: 4,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullableString.since(3).default(null),
    protocolType: nullableString.since(5).default(null),
    protocolName: nullableString.since(5).default(null),
    /** From the leader only. */
    assignments: array(struct({ memberId: string, assignment: bytes })),
  }),
  response: struct({
    throttleTimeMs: int32.since(1),
    errorCode: int16,
    protocolType: nullableString.since(5).default(null),
    protocolName: nullableString.since(5).default(null),
    assignment: bytes,
  }),
})
