/**
 * DescribeUserScramCredentials: v0. Flexible from the start (KIP-554).
 */
import { api } from '../api.ts'
import { array, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

export const describeUserScram = api({
  key: 50,
  name: 'DescribeUserScramCredentials',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    /** Null or empty for all. */
    users: array(struct({ name: string })).nullable(),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString,
    results: array(
      struct({
        user: string,
        errorCode: int16,
        errorMessage: nullableString,
        credentialInfos: array(
          struct({
            /** 1 SCRAM-SHA-256, 2 SCRAM-SHA-512. */
            mechanism: int8,
            iterations: int32,
          }),
        ),
      }),
    ),
  }),
})
