/**
 * JoinGroup: v0–9. v0 has no rebalance timeout: the session timeout counts; v4 a new member is
 * first told its id (KIP-394); v5 static membership (KIP-345); v6 flexible; v7 the protocol type in
 * the answer (KIP-559); v8 a reason, for people (KIP-800); v9 a leader may be told to keep
 * the assignment (KIP-814). Answered when all members have joined or the rebalance timeout is over;
 * a client that disconnects meanwhile has not left, but with group.evict.on.disconnect.
 */
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { errors } from '../../protocol/errors.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'
import { joinError, type JoinAnswer } from '../groups/classic/member.ts'

const rebalanceTimeoutSince = 1
const knownMemberIdSince = 4
const nullableProtocolSince = 7
const skipAssignmentSince = 9

export default handle(joinGroup, {
  async run(request, context) {
    const { groups, cluster, nodeId, version, clientId, clientHost, closed } = context
    if (!context.authorizer.allows(context, requires.JoinGroup.group, request.groupId)) {
      // Who asks is no member, as far as the group knows.
      return inVersion(joinError(errors.GROUP_AUTHORIZATION_FAILED, ''), version)
    }
    cluster.checkCoordinator(request.groupId, nodeId)
    groups.seen(request.groupId, request.memberId, closed)
    const rebalanceTimeoutMs =
      version >= rebalanceTimeoutSince ? request.rebalanceTimeoutMs : request.sessionTimeoutMs
    const answer = await groups.classic.join(
      { ...request, rebalanceTimeoutMs },
      {
        clientId,
        clientHost,
        requiresKnownMemberId: version >= knownMemberIdSince,
        canSkipAssignment: version >= skipAssignmentSince,
      },
    )
    groups.seen(request.groupId, answer.memberId, closed)
    return inVersion(answer, version)
  },

  fail: (errorCode, { memberId }, version) => inVersion(joinError(errorCode, memberId), version),
})

function inVersion(answer: JoinAnswer, version: number): JoinAnswer {
  if (version >= nullableProtocolSince) return answer
  return { ...answer, protocolName: answer.protocolName ?? '' }
}
