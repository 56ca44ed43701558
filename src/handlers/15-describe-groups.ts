/**
 * DescribeGroups: v0–6, of classic groups. v3 authorised operations (KIP-430); v4 static membership
 * (KIP-345); v5 flexible; v6 GROUP_ID_NOT_FOUND for a group that does not exist, which is "Dead"
 * before (KIP-1043).
 */
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { errors } from '../../protocol/errors.ts'
import { groupOperations, operationsOmitted } from '../authorized-operations.ts'
import { handle } from '../handler.ts'

const notFoundSince = 6

const noGroup = { groupState: 'Dead', protocolType: '', protocolData: '', members: [] }

export default handle(describeGroups, {
  run({ groups: groupIds, includeAuthorizedOperations }, { groups, cluster, nodeId, version }) {
    const allowed = includeAuthorizedOperations ? groupOperations : operationsOmitted
    const answers = groupIds.map(groupId => {
      if (!cluster.coordinates(groupId, nodeId)) return refuse(groupId, errors.NOT_COORDINATOR)
      const group = groups.classic.describe(groupId)
      const found = { errorCode: errors.NONE, groupId, authorizedOperations: allowed }
      if (group !== undefined) return { ...found, ...group }
      if (version < notFoundSince) return { ...found, ...noGroup }
      const errorMessage = `Group ${groupId} not found.`
      return { errorCode: errors.GROUP_ID_NOT_FOUND, errorMessage, groupId, ...noGroup }
    })
    return { groups: answers }
  },

  fail: (errorCode, { groups }) => ({
    groups: groups.map(groupId => refuse(groupId, errorCode)),
  }),
})

function refuse(groupId: string, errorCode: number) {
  return { errorCode, groupId, ...noGroup, groupState: '' }
}
