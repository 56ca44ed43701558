/**
 * AlterShareGroupOffsets: v0 (KIP-932). A group without members begins anew at these offsets; one
 * that does not exist is created.
 */
import { alterShareGroupOffsets } from '../../protocol/apis/91-alter-share-group-offsets.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { checkAllowed, denialOf, splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { explainedFailureOf } from '../errors.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { handle, type Context } from '../handler.ts'

export default handle(alterShareGroupOffsets, {
  async run({ groupId, topics }, context) {
    const { groups, cluster, nodeId, logger } = context
    try {
      checkProtocolEnabled('share', context)
      const { group, topic } = requires.AlterShareGroupOffsets
      checkAllowed(context, group, groupId)
      const { allowed, denied } = splitAllowed(context, topic, topics, each => each.topicName)
      cluster.checkCoordinator(groupId, nodeId)
      const altered = await groups.share.alterOffsets(groupId, allowed)
      const refused = denied.map(each => refuse(each, context))
      return { errorCode: errors.NONE, responses: [...refused, ...altered] }
    } catch (error) {
      return { ...explainedFailureOf(error, logger, { groupId }), responses: [] }
    }
  },

  fail: errorCode => ({ errorCode, responses: [] }),
})

type Wanted = Infer<typeof alterShareGroupOffsets.request>['topics'][number]

/** Names the id of the topic all the same, as in Kafka. */
function refuse({ topicName, partitions }: Wanted, { topics }: Context) {
  const denial = denialOf(requires.AlterShareGroupOffsets.topic)
  return {
    topicName,
    topicId: topics.get(topicName)?.id ?? zeroUuid,
    partitions: partitions.map(({ partitionIndex }) => {
      return { partitionIndex, errorCode: denial.code, errorMessage: denial.message }
    }),
  }
}
