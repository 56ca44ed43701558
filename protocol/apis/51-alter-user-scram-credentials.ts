/**
 * AlterUserScramCredentials: v0. Flexible from the start (KIP-554).
 */
import { api } from '../api.ts'
import { array, bytes, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

export const alterUserScram = api({
  key: 51,
  name: 'AlterUserScramCredentials',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    deletions: array(
      struct({
        name: string,
        /** 1 SCRAM-SHA-256, 2 SCRAM-SHA-512. */
        mechanism: int8,
      }),
    ),
    upsertions: array(
      struct({
        name: string,
        mechanism: int8,
        iterations: int32,
        salt: bytes,
        /** PBKDF2 of the password (RFC 5802): the password itself is never sent. */
        saltedPassword: bytes,
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    results: array(struct({ user: string, errorCode: int16, errorMessage: nullableString })),
  }),
})
