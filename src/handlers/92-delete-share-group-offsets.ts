/**
 * DeleteShareGroupOffsets: v0 (KIP-932). A group without members forgets what it has done with
 * topics.
 */
import { deleteShareGroupOffsets } from '../../protocol/apis/92-delete-share-group-offsets.ts'
import { errors } from '../../protocol/errors.ts'
import { explainedFailureOf } from '../errors.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { handle } from '../handler.ts'

export default handle(deleteShareGroupOffsets, {
  async run({ groupId, topics }, context) {
    const { groups, cluster, nodeId, logger } = context
    try {
      checkProtocolEnabled('share', context)
      cluster.checkCoordinator(groupId, nodeId)
      const topicNames = topics.map(({ topicName }) => topicName)
      const responses = await groups.share.deleteOffsets(groupId, topicNames)
      return { errorCode: errors.NONE, responses }
    } catch (error) {
      return { ...explainedFailureOf(error, logger, { groupId }), responses: [] }
    }
  },

  fail: errorCode => ({ errorCode, responses: [] }),
})
