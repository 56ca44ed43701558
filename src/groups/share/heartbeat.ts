import { KafkaError } from '../../../protocol/errors.ts'
import { changeText } from '../history.ts'
import type { Step } from '../step.ts'
import { sameAssignment, sameSet, toTopicPartitions } from '../assignment.ts'
import { extendSession } from './deadlines.ts'
import { fence } from './leave.ts'
import { joinEpoch, leaveEpoch, newMember, type ShareMember } from './member.ts'
import type { ShareGroup } from './share-group.ts'
import { reconciled, refreshTopics, updateTarget } from './target.ts'

export interface HeartbeatRequest {
  groupId: string
  memberId: string
  /** 0 joins, -1 leaves; else the one that the member was told. */
  memberEpoch: number
  /** Null when unchanged; so are the topics. */
  rackId: string | null
  subscribedTopicNames: readonly string[] | null
}

export interface HeartbeatClient {
  readonly clientId: string
  readonly clientHost: string
}

export interface HeartbeatAnswer {
  memberId: string
  memberEpoch: number
  heartbeatIntervalMs: number
  /** Null when the member knows it. */
  assignment: { topicPartitions: { topicId: string; partitions: number[] }[] } | null
}

/** Throws INVALID_REQUEST for what no member can mean, whatever the group is. */
export function checkHeartbeat(request: HeartbeatRequest): void {
  const { groupId, memberId, memberEpoch, rackId, subscribedTopicNames } = request
  if (memberId.trim() === '') throw invalid("MemberId can't be empty.")
  if (groupId.trim() === '') throw invalid("GroupId can't be empty.")
  if (rackId?.trim() === '') throw invalid("RackId can't be empty.")
  if (memberEpoch === joinEpoch && (subscribedTopicNames ?? []).length === 0) {
    throw invalid('SubscribedTopicNames must be set in first request.')
  }
  if (memberEpoch < leaveEpoch) throw invalid('MemberEpoch is invalid.')
}

function invalid(message: string): KafkaError {
  return new KafkaError('INVALID_REQUEST', message)
}

/** A member reports, or joins. Kafka: GroupMetadataManager.shareGroupHeartbeat. */
export function heartbeat(
  group: ShareGroup,
  request: HeartbeatRequest,
  client: HeartbeatClient,
  step: Step,
): HeartbeatAnswer {
  const { memberId, memberEpoch, subscribedTopicNames } = request
  const before = knownMember(group, request, step)
  const told = { ...before, ...changedFacts(before, request, client) }
  const hasNewTopics = !sameSet(told.topicNames, before.topicNames)
  if (!group.members.has(memberId)) {
    step.tell({ cause: 'join', member: told })
  } else if (hasNewTopics) {
    const detail = changeText(before.topicNames, told.topicNames)
    step.tell({ cause: 'subscription', member: told, detail })
  }
  if (hasNewTopics || !hasSameFacts(told, before)) group.put(told, step)
  const isBumped = refreshTopics(group, hasNewTopics, step)
  updateTarget(group, step)
  const member = group.members.get(memberId)!
  const after = reconciled(member, group.facts.assignmentEpoch, isBumped, step)
  const isMoved = !sameAssignment(after.assigned, before.assigned)
  if (isMoved || after.epoch !== member.epoch) group.put(after, step)
  extendSession(group, after, step)
  const isTold = memberEpoch === joinEpoch || subscribedTopicNames !== null || isMoved
  return {
    memberId,
    memberEpoch: after.epoch,
    heartbeatIntervalMs: step.groupConfig().shareHeartbeatIntervalMs,
    assignment: isTold ? { topicPartitions: toTopicPartitions(after.assigned) } : null,
  }
}

/** A member leaves. Throws UNKNOWN_MEMBER_ID. */
export function leave(
  group: ShareGroup,
  { memberId }: HeartbeatRequest,
  step: Step,
): HeartbeatAnswer {
  if (!group.members.has(memberId)) throw unknownMember(group, memberId)
  fence(group, memberId, { cause: 'leave' }, step)
  return { memberId, memberEpoch: leaveEpoch, heartbeatIntervalMs: 0, assignment: null }
}

/** Throws GROUP_MAX_SIZE_REACHED, UNKNOWN_MEMBER_ID, or FENCED_MEMBER_EPOCH. */
function knownMember(group: ShareGroup, request: HeartbeatRequest, step: Step): ShareMember {
  const { memberId, memberEpoch } = request
  const { groupShareMaxSize } = step.config
  const member = group.members.get(memberId)
  if (member === undefined && group.size >= groupShareMaxSize) {
    throw new KafkaError(
      'GROUP_MAX_SIZE_REACHED',
      `The share group has reached its maximum capacity of ${groupShareMaxSize} members.`,
    )
  }
  if (member === undefined && memberEpoch !== joinEpoch) throw unknownMember(group, memberId)
  if (member !== undefined) checkEpoch(member, memberEpoch)
  return member ?? newMember(memberId)
}

function unknownMember({ groupId }: ShareGroup, memberId: string): KafkaError {
  const detail = `Member ${memberId} is not a member of group ${groupId}.`
  return new KafkaError('UNKNOWN_MEMBER_ID', detail)
}

function checkEpoch({ epoch, previousEpoch }: ShareMember, told: number): void {
  if (told === joinEpoch || told === epoch || told === previousEpoch) return
  const isGreater = told > epoch
  const beside = `, and it does not match the previous member epoch (${previousEpoch})`
  throw new KafkaError(
    'FENCED_MEMBER_EPOCH',
    `The share group member has a ${isGreater ? 'greater' : 'smaller'} member epoch (${told}) ` +
      `than the one known by the group coordinator (${epoch})${isGreater ? '' : beside}. ` +
      'The member must abandon all its partitions and rejoin.',
  )
}

type Facts = Pick<ShareMember, 'rackId' | 'clientId' | 'clientHost' | 'topicNames'>

function changedFacts(
  before: ShareMember,
  { rackId, subscribedTopicNames }: HeartbeatRequest,
  { clientId, clientHost }: HeartbeatClient,
): Facts {
  const topicNames =
    subscribedTopicNames === null ? before.topicNames : new Set(subscribedTopicNames)
  return { rackId: rackId ?? before.rackId, clientId, clientHost, topicNames }
}

/** But for the topics. */
function hasSameFacts(a: Facts, b: Facts): boolean {
  return a.rackId === b.rackId && a.clientId === b.clientId && a.clientHost === b.clientHost
}
