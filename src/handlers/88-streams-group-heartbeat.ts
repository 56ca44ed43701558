/**
 * StreamsGroupHeartbeat: v0 (KIP-1071). A member joins with its topology, and learns its tasks;
 * what internal topics are missing is created. As in Kafka 4.3, there are no static members, no
 * warm-up tasks, no regular expressions and no updates of the topology. UNSUPPORTED_VERSION where
 * the protocol is switched off.
 */
import { streamsGroupHeartbeat } from '../../protocol/apis/88-streams-group-heartbeat.ts'
import { checkAllAllowed, checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { failureOf } from '../errors.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { createInternalTopics } from '../groups/streams/internal-topics.ts'
import { checkTopics } from '../groups/streams/request.ts'
import { namedTopics } from '../groups/streams/topology.ts'
import { handle } from '../handler.ts'

export default handle(streamsGroupHeartbeat, {
  async run(request, context) {
    checkProtocolEnabled('streams', context)
    const { groups, cluster, nodeId, clientId, clientHost, logger, closed } = context
    const { group, topic } = requires.StreamsGroupHeartbeat
    checkAllowed(context, group, request.groupId)
    try {
      checkTopics(request)
      checkAllAllowed(context, topic, namedTopics(request.topology?.subtopologies ?? []))
      cluster.checkCoordinator(request.groupId, nodeId)
      const client = { clientId, clientHost }
      const { response, missingTopics } = await groups.streams.heartbeat(request, client)
      groups.seen(request.groupId, response.memberId, closed)
      const status = await createInternalTopics(missingTopics, response.status, context)
      return { ...response, status }
    } catch (error) {
      const details = { api: 'StreamsGroupHeartbeat', group: request.groupId }
      return { ...nothing, ...failureOf(error, logger, details) }
    }
  },

  fail: errorCode => ({ ...nothing, errorCode }),
})

const nothing = {
  memberId: '',
  memberEpoch: 0,
  heartbeatIntervalMs: 0,
  acceptableRecoveryLag: 0,
  taskOffsetIntervalMs: 0,
  status: [],
  endpointInformationEpoch: 0,
}
