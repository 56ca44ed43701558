/**
 * ShareAcknowledge: v1–2. Within a session that ShareFetch has opened (KIP-932). v2 renewal of
 * acquisition locks (KIP-1222). It is answered when what it says is stored.
 */
import { shareAcknowledge } from '../../protocol/apis/79-share-acknowledge.ts'
import { errors } from '../../protocol/errors.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'
import { leaderEndpoints } from '../leader-hints.ts'
import { acknowledgeAll, noLeader } from '../share-partitions/share-acknowledge.ts'
import { checkMember } from '../share-partitions/share-requests.ts'
import { finalEpoch } from '../share-partitions/share-sessions.ts'

export default handle(shareAcknowledge, {
  async run(request, context) {
    const { sharePartitions, nodeId } = context
    const { group, topic: topicRule } = requires.ShareAcknowledge
    const { groupId, memberId } = checkMember(request, group, context)
    const { shareSessionEpoch, isRenewAck: isRenewal, topics } = request
    sharePartitions.check(nodeId, groupId, memberId, shareSessionEpoch)
    const asked = { groupId, memberId, isRenewal, topics, topicRule }
    const answers = await acknowledgeAll(asked, context)
    if (shareSessionEpoch === finalEpoch) sharePartitions.endSession(nodeId, groupId, memberId)
    const hints = answers
      .map(({ currentLeader }) => currentLeader)
      .filter(each => each !== noLeader)
    return {
      errorCode: errors.NONE,
      acquisitionLockTimeoutMs: sharePartitions.configOf(groupId).shareRecordLockDurationMs,
      responses: byTopic(answers),
      nodeEndpoints: leaderEndpoints(hints, context),
    }
  },

  fail: errorCode => ({
    errorCode,
    acquisitionLockTimeoutMs: 0,
    responses: [],
    nodeEndpoints: [],
  }),
})

function byTopic(answers: Awaited<ReturnType<typeof acknowledgeAll>>) {
  return Array.from(
    Map.groupBy(answers, ({ topicId }) => topicId),
    ([topicId, ofTopic]) => ({
      topicId,
      partitions: ofTopic.map(({ partition: partitionIndex, ...answer }) => {
        return { partitionIndex, ...answer }
      }),
    }),
  )
}
