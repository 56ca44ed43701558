/**
 * AlterShareGroupOffsets: v0 (KIP-932). A group without members begins anew at these offsets; one
 * that does not exist is created.
 */
import { alterShareGroupOffsets } from '../../protocol/apis/91-alter-share-group-offsets.ts'
import { errors } from '../../protocol/errors.ts'
import { explainedFailureOf } from '../errors.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { handle } from '../handler.ts'

export default handle(alterShareGroupOffsets, {
  async run({ groupId, topics }, context) {
    const { groups, cluster, nodeId, logger } = context
    try {
      checkProtocolEnabled('share', context)
      cluster.checkCoordinator(groupId, nodeId)
      const responses = await groups.share.alterOffsets(groupId, topics)
      return { errorCode: errors.NONE, responses }
    } catch (error) {
      return { ...explainedFailureOf(error, logger, { groupId }), responses: [] }
    }
  },

  fail: errorCode => ({ errorCode, responses: [] }),
})
