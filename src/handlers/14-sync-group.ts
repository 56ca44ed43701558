/**
 * SyncGroup: v0–5. v3 static membership (KIP-345); v4 flexible; v5 protocol type and name, which
 * are then mandatory (KIP-559). Followers are answered when the leader has sent the assignments.
 */
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'
import { syncError } from '../groups/classic/member.ts'

const protocolMandatorySince = 5

export default handle(syncGroup, {
  run(request, context) {
    const { groups, cluster, nodeId, version, closed } = context
    const namesProtocol = request.protocolType !== null && request.protocolName !== null
    if (version >= protocolMandatorySince && !namesProtocol) {
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
    }
    checkAllowed(context, requires.SyncGroup.group, request.groupId)
    cluster.checkCoordinator(request.groupId, nodeId)
    groups.seen(request.groupId, request.memberId, closed)
    return groups.classic.sync(request)
  },

  fail: errorCode => syncError(errorCode),
})
