/**
 * DeleteShareGroupOffsets: v0 (KIP-932). A group without members forgets what it has done with
 * topics.
 */
import { deleteShareGroupOffsets } from '../../protocol/apis/92-delete-share-group-offsets.ts'
import { errors } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { checkAllowed, denialOf, splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { explainedFailureOf } from '../errors.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { handle } from '../handler.ts'

export default handle(deleteShareGroupOffsets, {
  async run({ groupId, topics }, context) {
    const { groups, cluster, nodeId, logger } = context
    try {
      checkProtocolEnabled('share', context)
      const { group, topic } = requires.DeleteShareGroupOffsets
      checkAllowed(context, group, groupId)
      const names = topics.map(({ topicName }) => topicName)
      const { allowed, denied } = splitAllowed(context, topic, names, name => name)
      cluster.checkCoordinator(groupId, nodeId)
      const deleted = await groups.share.deleteOffsets(groupId, allowed)
      return { errorCode: errors.NONE, responses: [...denied.map(refuse), ...deleted] }
    } catch (error) {
      return { ...explainedFailureOf(error, logger, { groupId }), responses: [] }
    }
  },

  fail: errorCode => ({ errorCode, responses: [] }),
})

function refuse(topicName: string) {
  const { code: errorCode, message: errorMessage } = denialOf(
    requires.DeleteShareGroupOffsets.topic,
  )
  return { topicName, topicId: zeroUuid, errorCode, errorMessage }
}
