/**
 * DeleteGroups: v0–2. First in KIP-229. v2 flexible.
 */
import { api } from '../api.ts'
import { array, int16, int32, string, struct } from '../schema.ts'

export const deleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexibleSince: 2,
  request: struct({ groupsNames: array(string) }),
  response: struct({
    throttleTimeMs: int32.default(0),
    results: array(struct({ groupId: string, errorCode: int16 })),
  }),
})
