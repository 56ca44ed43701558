/**
 * ConsumerGroupDescribe: v0–1, of groups of the consumer protocol (KIP-848). v1 the type of each
 * member (KIP-1099). Refused as a version that is not supported where the protocol is switched off.
 */
import { consumerGroupDescribe } from '../../protocol/apis/69-consumer-group-describe.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { checkAllAllowed, checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { operationsOmitted } from '../authorized-operations.ts'
import { failureOf } from '../errors.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { handle, type Context } from '../handler.ts'

export default handle(consumerGroupDescribe, {
  async run({ groupIds, includeAuthorizedOperations }, context) {
    const { groups, cluster, nodeId, logger, authorizer } = context
    checkProtocolEnabled('consumer', context)
    const { group: groupRule, topic: topicRule } = requires.ConsumerGroupDescribe
    const described = groupIds.map(async groupId => {
      try {
        checkAllowed(context, groupRule, groupId)
        if (groupId === '') throw new KafkaError('INVALID_GROUP_ID')
        cluster.checkCoordinator(groupId, nodeId)
        const group = await groups.consumer.describe(groupId)
        checkAllAllowed(context, topicRule, topicsOf(group), topicsDenied)
        const authorizedOperations = includeAuthorizedOperations
          ? authorizer.operations(context, 'group', groupId)
          : operationsOmitted
        return { ...group, authorizedOperations }
      } catch (error) {
        return refuse(groupId, failureOf(error, logger, { groupId }))
      }
    })
    return { groups: await Promise.all(described) }
  },

  fail: (errorCode, { groupIds }) => ({
    groups: groupIds.map(groupId => refuse(groupId, { errorCode, errorMessage: null })),
  }),
})

const topicsDenied =
  'The group has described topic(s) that the client is not authorized to describe.'

type Group = Awaited<ReturnType<Context['groups']['consumer']['describe']>>

/** Those that members have, or are to have. */
function topicsOf({ members }: Group): string[] {
  return members
    .flatMap(({ assignment, targetAssignment }) => [assignment, targetAssignment])
    .flatMap(({ topicPartitions }) => topicPartitions.map(({ topicName }) => topicName))
}

function refuse(groupId: string, failure: ReturnType<typeof failureOf>) {
  const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '' }
  return { ...failure, groupId, ...nothing, members: [] }
}
