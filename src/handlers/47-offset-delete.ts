/**
 * OffsetDelete: v0 (KIP-496). Offsets of topics that no member reads. Answered when they are gone
 * for good.
 */
import { offsetDelete } from '../../protocol/apis/47-offset-delete.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(offsetDelete, {
  async run(request, { groups, cluster, nodeId }) {
    cluster.checkCoordinator(request.groupId, nodeId)
    return { errorCode: errors.NONE, topics: await groups.offsets.delete(request) }
  },

  fail: errorCode => ({ errorCode, topics: [] }),
})
