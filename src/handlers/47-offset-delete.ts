/**
 * OffsetDelete: v0 (KIP-496). Offsets of topics that no member reads. Answered when they are gone
 * for good.
 */
import { offsetDelete } from '../../protocol/apis/47-offset-delete.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { checkAllowed, splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'

export default handle(offsetDelete, {
  async run(request, context) {
    const { groups, cluster, nodeId } = context
    const { group, topic } = requires.OffsetDelete
    checkAllowed(context, group, request.groupId)
    const { allowed, denied } = splitAllowed(context, topic, request.topics, ({ name }) => name)
    cluster.checkCoordinator(request.groupId, nodeId)
    const deleted = await groups.offsets.delete({ ...request, topics: allowed })
    return { errorCode: errors.NONE, topics: [...denied.map(refuse), ...deleted] }
  },

  fail: errorCode => ({ errorCode, topics: [] }),
})

function refuse({ name, partitions }: Infer<typeof offsetDelete.request>['topics'][number]) {
  const errorCode = errors.TOPIC_AUTHORIZATION_FAILED
  return {
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }
}
