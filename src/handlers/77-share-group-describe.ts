/**
 * ShareGroupDescribe: v1 (KIP-932); v0 was an early access of Kafka 4.0. Groups fail one by one. A
 * node describes what it coordinates.
 */
import { shareGroupDescribe } from '../../protocol/apis/77-share-group-describe.ts'
import { errors } from '../../protocol/errors.ts'
import { checkAllAllowed, checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { operationsOmitted } from '../authorized-operations.ts'
import { failureOf } from '../errors.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { handle, type Context } from '../handler.ts'

export default handle(shareGroupDescribe, {
  run({ groupIds, includeAuthorizedOperations }, context) {
    checkProtocolEnabled('share', context)
    return {
      groups: groupIds.map(groupId => describe(groupId, includeAuthorizedOperations, context)),
    }
  },

  fail: (errorCode, { groupIds }) => ({
    groups: groupIds.map(groupId => refuse(groupId, { errorCode, errorMessage: null })),
  }),
})

const topicsDenied =
  'The group has described topic(s) that the client is not authorized to describe.'

function describe(groupId: string, tellsOperations: boolean, context: Context) {
  const { groups, cluster, nodeId, logger, authorizer } = context
  try {
    checkAllowed(context, requires.ShareGroupDescribe.group, groupId)
    if (groupId !== '') cluster.checkCoordinator(groupId, nodeId)
    const group = groups.share.describe(groupId)
    const topicNames = group.members
      .flatMap(({ assignment }) => assignment.topicPartitions)
      .map(({ topicName }) => topicName)
    checkAllAllowed(context, requires.ShareGroupDescribe.topic, topicNames, topicsDenied)
    const authorizedOperations = tellsOperations
      ? authorizer.operations(context, 'group', groupId)
      : operationsOmitted
    return { errorCode: errors.NONE, groupId, ...group, authorizedOperations }
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
