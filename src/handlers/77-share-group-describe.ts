/**
 * ShareGroupDescribe: v1 (KIP-932); v0 was an early access of Kafka 4.0. Groups fail one by one. A
 * node describes what it coordinates.
 */
import { shareGroupDescribe } from '../../protocol/apis/77-share-group-describe.ts'
import { errors } from '../../protocol/errors.ts'
import { groupOperations, operationsOmitted } from '../authorized-operations.ts'
import { failureOf } from '../errors.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { handle, type Context } from '../handler.ts'

export default handle(shareGroupDescribe, {
  run({ groupIds, includeAuthorizedOperations }, context) {
    checkProtocolEnabled('share', context)
    const authorizedOperations = includeAuthorizedOperations ? groupOperations : operationsOmitted
    return {
      groups: groupIds.map(groupId => describe(groupId, { authorizedOperations }, context)),
    }
  },

  fail: (errorCode, { groupIds }) => ({
    groups: groupIds.map(groupId => refuse(groupId, { errorCode, errorMessage: null })),
  }),
})

function describe(
  groupId: string,
  allowed: { authorizedOperations: number },
  { groups, cluster, nodeId, logger }: Context,
) {
  try {
    if (groupId !== '') cluster.checkCoordinator(groupId, nodeId)
    return { errorCode: errors.NONE, groupId, ...groups.share.describe(groupId), ...allowed }
  } catch (error) {
    return refuse(groupId, failureOf(error, logger, { groupId }))
  }
}

function refuse(groupId: string, failure: ReturnType<typeof failureOf>) {
  return {
    ...failure,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
  }
}
