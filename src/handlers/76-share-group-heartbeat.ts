/**
 * ShareGroupHeartbeat: v1, of share groups (KIP-932); v0 was an early access of Kafka 4.0. Refused
 * as a version that is not supported where share.version is 0.
 */
import { shareGroupHeartbeat } from '../../protocol/apis/76-share-group-heartbeat.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { checkAllAllowed, checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { failureOf } from '../errors.ts'
import { handle } from '../handler.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'

/** A member makes its id itself; it is as long as a uuid at most (Kafka: KafkaApis). */
const maxMemberIdLength = 36

export default handle(shareGroupHeartbeat, {
  async run(request, context) {
    const { groups, cluster, nodeId, clientId, clientHost, logger, closed } = context
    const { groupId, memberId } = request
    try {
      checkProtocolEnabled('share', context)
      checkAllowed(context, requires.ShareGroupHeartbeat.group, groupId)
      if (memberId === '' || memberId.length > maxMemberIdLength) {
        throw new KafkaError('INVALID_REQUEST')
      }
      const names = request.subscribedTopicNames ?? []
      checkAllAllowed(context, requires.ShareGroupHeartbeat.topic, names)
      cluster.checkCoordinator(groupId, nodeId)
      groups.seen(groupId, memberId, closed)
      const answer = await groups.share.heartbeat(request, { clientId, clientHost })
      return { errorCode: errors.NONE, ...answer }
    } catch (error) {
      return refuse(failureOf(error, logger, { request }))
    }
  },

  fail: errorCode => refuse({ errorCode, errorMessage: null }),
})

function refuse(failure: ReturnType<typeof failureOf>) {
  return { ...failure, memberEpoch: 0, heartbeatIntervalMs: 0 }
}
