/**
 * StreamsGroupDescribe: v0 (KIP-1071). The topology is the one that members have told, with the
 * partitions of its internal topics once these are decided. GROUP_ID_NOT_FOUND for a group of
 * another type. UNSUPPORTED_VERSION where the protocol is switched off.
 */
import { streamsGroupDescribe } from '../../protocol/apis/89-streams-group-describe.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { checkAllAllowed, checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { operationsOmitted } from '../authorized-operations.ts'
import { failureOf } from '../errors.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { namedTopics } from '../groups/streams/topology.ts'
import { handle, type Context } from '../handler.ts'

export default handle(streamsGroupDescribe, {
  run({ groupIds, includeAuthorizedOperations }, context) {
    checkProtocolEnabled('streams', context)
    return {
      groups: groupIds.map(groupId => {
        try {
          const group = describe(groupId, context)
          const authorizedOperations = includeAuthorizedOperations
            ? context.authorizer.operations(context, 'group', groupId)
            : operationsOmitted
          return { errorCode: errors.NONE, ...group, authorizedOperations }
        } catch (error) {
          const failure = failureOf(error, context.logger, { group: groupId })
          return { ...nothing, groupId, ...failure }
        }
      }),
    }
  },

  fail: (errorCode, { groupIds }) => ({
    groups: groupIds.map(groupId => ({ ...nothing, groupId, errorCode })),
  }),
})

const topicsDenied =
  'The described group uses topics that the client is not authorized to describe.'

function describe(groupId: string, context: Context) {
  const { groups, cluster, nodeId } = context
  checkAllowed(context, requires.StreamsGroupDescribe.group, groupId)
  if (groupId === '') throw new KafkaError('INVALID_GROUP_ID')
  cluster.checkCoordinator(groupId, nodeId)
  const group = groups.streams.describe(groupId)
  const names = namedTopics(group.topology?.subtopologies ?? [])
  checkAllAllowed(context, requires.StreamsGroupDescribe.topic, names, topicsDenied)
  return group
}

const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, members: [] }
