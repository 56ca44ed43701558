/**
 * DescribeDelegationToken: v0–3. First in KIP-48. v2 flexible. v3 who asked for the token
 * (KIP-373).
 */
import { api } from '../api.ts'
import { array, bytes, int16, int32, int64, string, struct } from '../schema.ts'

export const describeDelegationToken = api({
  key: 41,
  name: 'DescribeDelegationToken',
  versions: [0, 3],
  flexibleSince: 2,
  request: struct({
    /** Null for all. */
    owners: array(struct({ principalType: string, principalName: string })).nullable(),
  }),
  response: struct({
    errorCode: int16,
    tokens: array(
      struct({
        principalType: string,
        principalName: string,
        tokenRequesterPrincipalType: string.since(3),
        tokenRequesterPrincipalName: string.since(3),
        /** Milliseconds since the epoch, all three. */
        issueTimestamp: int64,
        expiryTimestamp: int64,
        maxTimestamp: int64,
        tokenId: string,
        hmac: bytes,
        renewers: array(struct({ principalType: string, principalName: string })),
      }),
    ),
    throttleTimeMs: int32.default(0),
  }),
})
