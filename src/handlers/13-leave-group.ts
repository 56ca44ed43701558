/**
 * LeaveGroup: v0–5. v0–2 one member; v3 several, and static members by their instance id (KIP-345);
 * v4 flexible; v5 a reason, for people (KIP-800).
 */
import { leaveGroup } from '../../protocol/apis/13-leave-group.ts'
import { errors } from '../../protocol/errors.ts'
import { checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'

const severalMembersSince = 3

export default handle(leaveGroup, {
  async run({ groupId, memberId, members }, context) {
    checkAllowed(context, requires.LeaveGroup.group, groupId)
    const { groups, cluster, nodeId, version } = context
    cluster.checkCoordinator(groupId, nodeId)
    if (version >= severalMembersSince) {
      return { errorCode: errors.NONE, members: await groups.classic.leave(groupId, members) }
    }
    const [left] = await groups.classic.leave(groupId, [{ memberId, groupInstanceId: null }])
    return { errorCode: left!.errorCode }
  },

  fail: errorCode => ({ errorCode }),
})
