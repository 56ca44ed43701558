import { KafkaError } from '../../../protocol/errors.ts'
import { compilePattern } from '../../patterns.ts'
import type { Step } from '../step.ts'
import { listsOnly, sameEpochs, toTopicPartitions } from '../assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { extendSession } from './deadlines.ts'
import type { HeartbeatAnswer, HeartbeatRequest } from './heartbeat-request.ts'
import { joinEpoch, leaveStaticEpoch, subscribesAlike, type ConsumerMember } from './member.ts'
import { admit, checkRoom, checkStatic, knownMember, memberOrNew, replacing } from './membership.ts'
import { refreshTopics, type MaySee } from './subscriptions.ts'
import { reconcileMember, updateTarget } from './target.ts'

export interface HeartbeatClient {
  readonly clientId: string
  readonly clientHost: string
  readonly maySee: MaySee
}

/**
 * A ConsumerGroupHeartbeat of a member that joins or stays; `request.memberId` is its id. Throws
 * before anything changes. (Kafka: GroupMetadataManager.consumerGroupHeartbeat)
 */
export function heartbeat(
  group: ConsumerGroup,
  request: HeartbeatRequest,
  client: HeartbeatClient,
  step: Step,
): HeartbeatAnswer {
  checkRoom(group, request.memberId, step)
  const former = formerMember(group, request)
  const member = withRequest(former, request, client)
  const subscriptionChanged = !subscribesAlike(former, member)
  if (member.topicRegex !== former.topicRegex && member.topicRegex !== '') {
    compilePattern('subscribedTopicRegex', member.topicRegex)
  }
  admit(group, former, member, step)
  refreshTopics(group, subscriptionChanged, step, client.maySee)
  updateTarget(group, step)
  const { topicPartitions: owned } = request
  const reconciled = reconcileMember(group, member.memberId, { subscriptionChanged, owned }, step)
  extendSession(group, reconciled, step)
  const isTold =
    request.memberEpoch === joinEpoch ||
    isFull(request) ||
    !sameEpochs(former.assigned, reconciled.assigned)
  return {
    errorCode: 0,
    memberId: reconciled.memberId,
    memberEpoch: reconciled.epoch,
    heartbeatIntervalMs: step.groupConfig().consumerHeartbeatIntervalMs,
    assignment: isTold ? { topicPartitions: toTopicPartitions(reconciled.assigned) } : null,
  }
}

/** Who the request comes from, as it was before. Throws when it is nobody, or an old one. */
function formerMember(group: ConsumerGroup, request: HeartbeatRequest): ConsumerMember {
  const { memberId, memberEpoch, instanceId } = request
  const isJoin = memberEpoch === joinEpoch
  if (instanceId !== null) {
    const known = group.staticMember(instanceId)
    if (isJoin) return known === undefined ? memberOrNew(group, memberId) : rejoined(known, request)
    const member = checkStatic(known, request)
    checkEpoch(member, request)
    return member
  }
  const member = isJoin ? memberOrNew(group, memberId) : knownMember(group, memberId)
  checkEpoch(member, request)
  return member
}

/** A static member that starts again goes on with what it had, if the former one has left. */
function rejoined(known: ConsumerMember, { memberId, instanceId }: HeartbeatRequest) {
  if (known.classic === null && known.epoch !== leaveStaticEpoch) {
    throw new KafkaError(
      'UNRELEASED_INSTANCE_ID',
      `instance ${instanceId} belongs to member ${known.memberId}, which has not left`,
    )
  }
  return replacing(known, memberId)
}

/**
 * Throws FENCED_MEMBER_EPOCH unless the epoch is the present one, or the previous one and the
 * member has not got anything since: the reply with the present one was lost. 0 is always accepted:
 * a member that was fenced joins again.
 */
function checkEpoch(member: ConsumerMember, request: HeartbeatRequest): void {
  const { memberEpoch, topicPartitions: owned } = request
  if (memberEpoch === joinEpoch || memberEpoch === member.epoch) return
  const mayHaveMissedReply = memberEpoch < member.epoch && memberEpoch === member.previousEpoch
  if (mayHaveMissedReply && owned !== null && listsOnly(owned, member.assigned)) return
  throw new KafkaError(
    'FENCED_MEMBER_EPOCH',
    `member ${member.memberId} is in epoch ${member.epoch}, not ${memberEpoch}; it must give up` +
      ' all its partitions and join again',
  )
}

/** What the request does not say stays as it was. */
function withRequest(
  former: ConsumerMember,
  request: HeartbeatRequest,
  { clientId, clientHost }: HeartbeatClient,
): ConsumerMember {
  const { rebalanceTimeoutMs, subscribedTopicNames } = request
  return {
    ...former,
    instanceId: request.instanceId ?? former.instanceId,
    rackId: request.rackId ?? former.rackId,
    clientId,
    clientHost,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? former.rebalanceTimeoutMs : rebalanceTimeoutMs,
    topicNames: subscribedTopicNames === null ? former.topicNames : new Set(subscribedTopicNames),
    topicRegex: request.subscribedTopicRegex ?? former.topicRegex,
    serverAssignor: request.serverAssignor ?? former.serverAssignor,
    classic: null,
  }
}

/** A member says everything when it joins, and when it is not sure what has arrived. */
function isFull(request: HeartbeatRequest): boolean {
  const { rebalanceTimeoutMs, subscribedTopicNames, subscribedTopicRegex } = request
  const hasSubscription = subscribedTopicNames !== null || subscribedTopicRegex !== null
  return rebalanceTimeoutMs !== -1 && hasSubscription && request.topicPartitions !== null
}
