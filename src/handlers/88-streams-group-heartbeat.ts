/**
 * StreamsGroupHeartbeat: v0 (KIP-1071). A member joins with its topology, and learns its tasks;
 * what internal topics are missing is created. As in Kafka 4.3, there are no static members, no
 * warm-up tasks, no regular expressions and no updates of the topology. UNSUPPORTED_VERSION where
 * the feature streams.version is at 0.
 */
import { streamsGroupHeartbeat } from '../../protocol/apis/88-streams-group-heartbeat.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { failureOf } from '../errors.ts'
import { createInternalTopics } from '../groups/streams/internal-topics.ts'
import { handle } from '../handler.ts'

export default handle(streamsGroupHeartbeat, {
  async run(request, context) {
    const { groups, cluster, nodeId, features, clientId, clientHost, logger, closed } = context
    if (features.level('streams.version') === 0) throw new KafkaError('UNSUPPORTED_VERSION')
    cluster.checkCoordinator(request.groupId, nodeId)
    try {
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
