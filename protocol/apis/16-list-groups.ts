/**
 * ListGroups: v0–5. v3 flexible. v4 states, and a filter by them (KIP-518). v5 types, and a filter
 * by them (KIP-848).
 */
import { api } from '../api.ts'
import { array, int16, int32, string, struct } from '../schema.ts'

export const listGroups = api({
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexibleSince: 3,
  request: struct({
    /** Empty for all. */
    statesFilter: array(string).since(4),
    /** Empty for all. */
    typesFilter: array(string).since(5),
  }),
  response: struct({
    throttleTimeMs: int32.since(1),
    errorCode: int16,
    groups: array(
      struct({
        groupId: string,
        protocolType: string,
        groupState: string.since(4),
        groupType: string.since(5),
      }),
    ),
  }),
})
