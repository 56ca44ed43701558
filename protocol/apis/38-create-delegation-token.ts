/**
 * CreateDelegationToken: v0–3. First in KIP-48. v2 flexible. v3 tokens for others (KIP-373).
 */
import { api } from '../api.ts'
import { array, bytes, int16, int32, int64, nullableString, string, struct } from '../schema.ts'

export const createDelegationToken = api({
  key: 38,
  name: 'CreateDelegationToken',
  versions: [0, 3],
  flexibleSince: 2,
  request: struct({
    /** Null for who asks, in type and name. */
    ownerPrincipalType: nullableString.since(3),
    ownerPrincipalName: nullableString.since(3),
    renewers: array(struct({ principalType: string, principalName: string })),
    /** -1 for the broker's setting. */
    maxLifetimeMs: int64,
  }),
  response: struct({
    errorCode: int16,
    principalType: string,
    principalName: string,
    tokenRequesterPrincipalType: string.since(3),
    tokenRequesterPrincipalName: string.since(3),
    /** Milliseconds since the epoch, all three. */
    issueTimestampMs: int64,
    expiryTimestampMs: int64,
    maxTimestampMs: int64,
    tokenId: string,
    hmac: bytes,
    throttleTimeMs: int32.default(0),
  }),
})
