/**
 * Heartbeat: v0–4. v3 static membership (KIP-345). v4 flexible.
 */
import { api } from '../api.ts'
import { int16, int32, nullableString, string, struct } from '../schema.ts'

export const heartbeat = api({
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexibleSince: 4,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullableString.since(3).default(null),
  }),
  response: struct({
    throttleTimeMs: int32.since(1),
    errorCode: int16,
  }),
})
