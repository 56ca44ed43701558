/**
 * RemoveRaftVoter: v0. Flexible from the start (KIP-853).
 */
import { api } from '../api.ts'
import { int16, int32, nullableString, struct, uuid } from '../schema.ts'

export const removeRaftVoter = api({
  key: 81,
  name: 'RemoveRaftVoter',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    clusterId: nullableString,
    voterId: int32,
    voterDirectoryId: uuid,
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString,
  }),
})
