import type { consumerGroupHeartbeat } from '../../../protocol/apis/68-consumer-group-heartbeat.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { joinEpoch, leaveEpoch, leaveStaticEpoch } from './member.ts'

export type HeartbeatRequest = Infer<typeof consumerGroupHeartbeat.request>
export type HeartbeatAnswer = Input<typeof consumerGroupHeartbeat.response>

/** First version in which members choose their ids themselves (KIP-1082). */
const ownMemberIdSince = 1

/**
 * What can be said of a ConsumerGroupHeartbeat without knowing the group. Throws INVALID_REQUEST
 * and UNSUPPORTED_ASSIGNOR. (Kafka: GroupCoordinatorService)
 */
export function checkHeartbeat(
  request: HeartbeatRequest,
  version: number,
  assignors: readonly string[],
): void {
  const { memberEpoch, serverAssignor } = request
  const needsId = version >= ownMemberIdSince || memberEpoch > 0 || memberEpoch === leaveEpoch
  if (needsId) checkNotEmpty('memberId', request.memberId)
  checkNotEmpty('groupId', request.groupId)
  checkNotEmpty('instanceId', request.instanceId)
  checkNotEmpty('rackId', request.rackId)
  if (memberEpoch === joinEpoch) checkJoin(request)
  if (memberEpoch === leaveStaticEpoch && request.instanceId === null) {
    throw invalid(`instanceId is missing: memberEpoch ${memberEpoch} is for static members`)
  }
  if (memberEpoch < leaveStaticEpoch) throw invalid(`there is no memberEpoch ${memberEpoch}`)
  if (serverAssignor === null || assignors.includes(serverAssignor)) return
  const supported = assignors.join(', ')
  throw new KafkaError(
    'UNSUPPORTED_ASSIGNOR',
    `serverAssignor ${serverAssignor} is not supported; these are: ${supported}`,
  )
}

function checkJoin(request: HeartbeatRequest): void {
  const { rebalanceTimeoutMs, topicPartitions, subscribedTopicNames, subscribedTopicRegex } =
    request
  if (rebalanceTimeoutMs === -1) throw invalid('rebalanceTimeoutMs is missing: needed to join')
  if (topicPartitions === null || topicPartitions.length > 0) {
    throw invalid('topicPartitions must be empty to join')
  }
  if (subscribedTopicNames === null && subscribedTopicRegex === null) {
    throw invalid('subscribedTopicNames or subscribedTopicRegex is needed to join')
  }
}

function checkNotEmpty(field: string, value: string | null): void {
  if (value?.trim() === '') throw invalid(`${field} must not be empty`)
}

function invalid(message: string): KafkaError {
  return new KafkaError('INVALID_REQUEST', message)
}
