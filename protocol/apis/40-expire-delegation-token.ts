/**
 * ExpireDelegationToken: v0–2. First in KIP-48. v2 flexible.
 */
import { api } from '../api.ts'
import { bytes, int16, int32, int64, struct } from '../schema.ts'

export const expireDelegationToken = api({
  key: 40,
  name: 'ExpireDelegationToken',
  versions: [0, 2],
  flexibleSince: 2,
  request: struct({
    hmac: bytes,
    /** From now on; below 0 at once. */
    expiryTimePeriodMs: int64,
  }),
  response: struct({
    errorCode: int16,
    /** Milliseconds since the epoch. */
    expiryTimestampMs: int64,
    throttleTimeMs: int32.default(0),
  }),
})
