/**
 * Heartbeat: v0–4. v3 static membership (KIP-345); v4 flexible. A rebalance is told in every
 * version; members of the new protocol (KIP-848) have an API of their own.
 */
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'

export default handle(heartbeat, {
  async run(request, context) {
    checkAllowed(context, requires.Heartbeat.group, request.groupId)
    const { groups, cluster, nodeId, closed } = context
    cluster.checkCoordinator(request.groupId, nodeId)
    groups.seen(request.groupId, request.memberId, closed)
    return { errorCode: await groups.classic.heartbeat(request) }
  },

  fail: errorCode => ({ errorCode }),
})
