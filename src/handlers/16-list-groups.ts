/**
 * ListGroups: v0–5. v3 flexible; v4 states, and a filter by them (KIP-518); v5 types, and a filter
 * by them (KIP-848). A node lists what it coordinates.
 */
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(listGroups, {
  run: ({ statesFilter, typesFilter }, { groups, cluster, nodeId }) => ({
    errorCode: errors.NONE,
    groups: groups
      .list({ states: statesFilter, types: typesFilter })
      .filter(({ groupId }) => cluster.coordinates(groupId, nodeId)),
  }),

  fail: errorCode => ({ errorCode, groups: [] }),
})
