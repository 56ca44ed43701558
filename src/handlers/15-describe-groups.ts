/**
 * DescribeGroups: v0–6, of classic groups. v3 authorised operations (KIP-430); v4 static membership
 * (KIP-345); v5 flexible; v6 GROUP_ID_NOT_FOUND for a group that does not exist, which is "Dead"
 * before (KIP-1043).
 */
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { errors } from '../../protocol/errors.ts'
import { requires } from '../auth/required.ts'
import { operationsOmitted } from '../authorized-operations.ts'
import { handle } from '../handler.ts'

const notFoundSince = 6

const noGroup = { groupState: 'Dead', protocolType: '', protocolData: '', members: [] }

export default handle(describeGroups, {
  run({ groups: groupIds, includeAuthorizedOperations }, context) {
    const { groups, cluster, nodeId, version, authorizer } = context
    const answers = groupIds.map(groupId => {
      if (!authorizer.allows(context, requires.DescribeGroups.group, groupId)) {
        return refuse(groupId, errors.GROUP_AUTHORIZATION_FAILED)
      }
      if (!cluster.coordinates(groupId, nodeId)) return refuse(groupId, errors.NOT_COORDINATOR)
      const group = groups.classic.describe(groupId)
      const authorizedOperations = includeAuthorizedOperations
        ? authorizer.operations(context, 'group', groupId)
        : operationsOmitted
      const found = { errorCode: errors.NONE, groupId, authorizedOperations }
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
