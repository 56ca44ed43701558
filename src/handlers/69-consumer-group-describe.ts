/**
 * ConsumerGroupDescribe: v0–1, of groups of the consumer protocol (KIP-848). v1 the type of each
 * member (KIP-1099). Refused as a version that is not supported where the protocol is switched off.
 */
import { consumerGroupDescribe } from '../../protocol/apis/69-consumer-group-describe.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { groupOperations, operationsOmitted } from '../authorized-operations.ts'
import { failureOf } from '../errors.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { handle } from '../handler.ts'

export default handle(consumerGroupDescribe, {
  async run({ groupIds, includeAuthorizedOperations }, context) {
    const { groups, cluster, nodeId, logger } = context
    checkProtocolEnabled('consumer', context)
    const authorizedOperations = includeAuthorizedOperations ? groupOperations : operationsOmitted
    const described = groupIds.map(async groupId => {
      try {
        if (groupId === '') throw new KafkaError('INVALID_GROUP_ID')
        cluster.checkCoordinator(groupId, nodeId)
        return { ...(await groups.consumer.describe(groupId)), authorizedOperations }
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

function refuse(groupId: string, failure: ReturnType<typeof failureOf>) {
  const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '' }
  return { ...failure, groupId, ...nothing, members: [] }
}
