/**
 * ListGroups: v0–5. v3 flexible; v4 states, and a filter by them (KIP-518); v5 types, and a filter
 * by them (KIP-848). A node lists what it coordinates.
 */
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import { errors } from '../../protocol/errors.ts'
import { clusterName } from '../auth/acl-codes.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'

export default handle(listGroups, {
  run({ statesFilter, typesFilter }, context) {
    const { groups, cluster, nodeId, authorizer } = context
    const { allGroups, group } = requires.ListGroups
    const here = groups
      .list({ states: statesFilter, types: typesFilter })
      .filter(({ groupId }) => cluster.coordinates(groupId, nodeId))
    const listed = authorizer.allows(context, allGroups, clusterName)
      ? here
      : here.filter(({ groupId }) => authorizer.allows(context, group, groupId))
    return { errorCode: errors.NONE, groups: listed }
  },

  fail: errorCode => ({ errorCode, groups: [] }),
})
