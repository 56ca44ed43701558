/**
 * RenewDelegationToken: v0–2. First in KIP-48. v2 flexible.
 */
import { api } from '../api.ts'
import { bytes, int16, int32, int64, struct } from '../schema.ts'

export const renewDelegationToken = api({
  key: 39,
  name: 'RenewDelegationToken',
  versions: [0, 2],
  flexibleSince: 2,
  request: struct({
    hmac: bytes,
    /** -1 for the broker's setting. */
    renewPeriodMs: int64,
  }),
  response: struct({
    errorCode: int16,
    /** Milliseconds since the epoch. */
    expiryTimestampMs: int64,
    throttleTimeMs: int32.default(0),
  }),
})
