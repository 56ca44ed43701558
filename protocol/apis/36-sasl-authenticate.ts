/**
 * SaslAuthenticate: v0–2. First in KIP-152. v1 the session's lifetime (KIP-368). v2 flexible.
 */
import { api } from '../api.ts'
import { bytes, int16, int64, nullableString, struct } from '../schema.ts'

export const saslAuthenticate = api({
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexibleSince: 2,
  request: struct({ authBytes: bytes }),
  response: struct({
    errorCode: int16,
    errorMessage: nullableString,
    authBytes: bytes,
    /** When to authenticate again; 0 for never. */
    sessionLifetimeMs: int64.since(1),
  }),
})
