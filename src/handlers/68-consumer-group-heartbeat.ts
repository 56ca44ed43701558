/**
 * ConsumerGroupHeartbeat: v0–1, of the consumer protocol (KIP-848). v1 subscription by pattern, and
 * members that choose their id themselves (KIP-1082). Refused as a version that is not supported
 * where the protocol is switched off (group.coordinator.rebalance.protocols, group.version).
 */
import { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import { checkAllAllowed, checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { failureOf } from '../errors.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { handle } from '../handler.ts'

export default handle(consumerGroupHeartbeat, {
  async run(request, context) {
    const { groups, cluster, nodeId, version, clientId, clientHost, logger, closed } = context
    const { authorizer } = context
    try {
      checkProtocolEnabled('consumer', context)
      const { group, topic, pattern } = requires.ConsumerGroupHeartbeat
      checkAllowed(context, group, request.groupId)
      checkAllAllowed(context, topic, request.subscribedTopicNames ?? [])
      cluster.checkCoordinator(request.groupId, nodeId)
      const maySee = (name: string) => authorizer.allows(context, pattern, name)
      const client = { clientId, clientHost, maySee, version }
      const answer = await groups.consumer.heartbeat(request, client)
      groups.seen(request.groupId, answer.memberId ?? '', closed)
      return answer
    } catch (error) {
      return refuse(failureOf(error, logger, { request }))
    }
  },

  fail: errorCode => refuse({ errorCode, errorMessage: null }),
})

function refuse(failure: ReturnType<typeof failureOf>) {
  return { ...failure, memberEpoch: 0, heartbeatIntervalMs: 0 }
}
