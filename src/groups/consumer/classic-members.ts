/**
 * Members of the classic protocol that live in a group of the consumer protocol (KIP-848, online
 * migration): the requests of the one act on the state of the other. Each function throws a
 * KafkaError for a request that is refused. (Kafka: GroupMetadataManager, where it is called
 * classicGroup…ToConsumerGroup)
 */
import { errors, KafkaError } from '../../../protocol/errors.ts'
import type { HeartbeatRequest } from '../classic/deadlines.ts'
import type { Leaving, Left } from '../classic/leave.ts'
import type { SyncAnswer } from '../classic/member.ts'
import type { SyncRequest } from '../classic/sync.ts'
import type { Step } from '../step.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { extendSession } from './deadlines.ts'
import { encodedFor, subscriptionOf } from './embedded-protocol.ts'
import { removeMembers, type Removal } from './leave.ts'
import type { ClassicFacts, ConsumerMember } from './member.ts'
import { checkStatic, knownMember } from './membership.ts'

type ClassicMember = ConsumerMember & { readonly classic: ClassicFacts }

/** A SyncGroup request. There is no leader to wait for: the coordinator knows the assignment. */
export function syncClassic(group: ConsumerGroup, request: SyncRequest, step: Step): SyncAnswer {
  const member = classicMember(group, request)
  checkGeneration(member, request)
  checkProtocol(member, request)
  // One that revokes has joined again already, and first has to end that.
  if (group.facts.assignmentEpoch > member.epoch && member.state !== 'unrevoked') {
    expectJoin(group, member, step)
    throw new KafkaError('REBALANCE_IN_PROGRESS')
  }
  member.deadlines.syncMs = Infinity
  extendSession(group, member, step)
  return {
    errorCode: errors.NONE,
    protocolType: request.protocolType,
    protocolName: request.protocolName,
    assignment: encodedFor(subscriptionOf(member.classic), member.assigned, step.topics),
  }
}

/**
 * A Heartbeat request; the error code of its answer. The member joins again to learn of a new
 * target, when it has given partitions up, and when it gets what others have given up.
 */
export function heartbeatClassic(
  group: ConsumerGroup,
  request: HeartbeatRequest,
  step: Step,
): number {
  const member = classicMember(group, request)
  checkGeneration(member, request)
  extendSession(group, member, step)
  const hasToJoin =
    member.epoch < group.facts.assignmentEpoch ||
    member.state === 'unrevoked' ||
    (member.state === 'unreleased' && !waitsForOthers(group, member))
  if (!hasToJoin) return errors.NONE
  expectJoin(group, member, step)
  return errors.REBALANCE_IN_PROGRESS
}

/** A LeaveGroup request, which may name members of either protocol. */
export function leaveClassic(
  group: ConsumerGroup,
  leaving: readonly Leaving[],
  step: Step,
): Left[] {
  const removals = new Map<ConsumerMember, Removal>()
  const left = leaving.map(({ memberId, groupInstanceId, reason }) => {
    let errorCode: number = errors.NONE
    try {
      const member = leavingMember(group, { memberId, groupInstanceId })
      removals.set(member, { cause: 'leave', member, reason })
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      errorCode = error.code
    }
    return { memberId, groupInstanceId, errorCode }
  })
  removeMembers(group, [...removals.values()], step)
  return left
}

/** An admin removes a static member by its instance id alone. */
function leavingMember(
  group: ConsumerGroup,
  { memberId, groupInstanceId: instanceId }: Leaving,
): ConsumerMember {
  if (instanceId === null) return knownMember(group, memberId)
  const member = group.staticMember(instanceId)
  return checkStatic(member, { memberId: memberId || (member?.memberId ?? ''), instanceId })
}

function classicMember(
  group: ConsumerGroup,
  { memberId, groupInstanceId: instanceId }: Pick<SyncRequest, 'memberId' | 'groupInstanceId'>,
): ClassicMember {
  const member =
    instanceId === null
      ? knownMember(group, memberId)
      : checkStatic(group.staticMember(instanceId), { memberId, instanceId })
  const { classic } = member
  if (classic === null) {
    throw new KafkaError('UNKNOWN_MEMBER_ID', `member ${memberId} speaks the consumer protocol`)
  }
  return { ...member, classic }
}

function checkGeneration({ epoch }: ConsumerMember, { generationId }: { generationId: number }) {
  if (generationId === epoch) return
  throw new KafkaError('ILLEGAL_GENERATION', `the member is in ${epoch}, not in ${generationId}`)
}

/** What is not said is no contradiction (KIP-559). */
function checkProtocol(
  { classic }: ClassicMember,
  { protocolType, protocolName }: Pick<SyncRequest, 'protocolType' | 'protocolName'>,
): void {
  const isSameType = protocolType === null || protocolType === 'consumer'
  const isSameName = protocolName === null || protocolName === classic.protocols[0]!.name
  if (!isSameType || !isSameName) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
}

/** From when it is told that it has to join again, a member has its rebalance timeout for it. */
function expectJoin(group: ConsumerGroup, member: ConsumerMember, step: Step): void {
  const { deadlines, rebalanceTimeoutMs } = member
  if (deadlines.joinMs !== Infinity) return
  deadlines.joinMs = group.wakeBy(step.nowMs + rebalanceTimeoutMs)
}

/** Whether what the member still misses belongs to others. */
function waitsForOthers(group: ConsumerGroup, { memberId, target, assigned }: ConsumerMember) {
  for (const [topicId, partitions] of target) {
    for (const partition of partitions) {
      const has = assigned.get(topicId)?.has(partition)
      if (!has && !group.isFreeFor(memberId, topicId, partition)) return true
    }
  }
  return false
}
