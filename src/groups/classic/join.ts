import { errors } from '../../../protocol/errors.ts'
import { changeText } from '../history.ts'
import type { ClassicGroup } from './classic-group.ts'
import {
  answerJoin,
  createMember,
  joinError,
  type JoinAnswer,
  type Member,
  type MemberFacts,
  type MemberProtocol,
} from './member.ts'
import { sameProtocols, selectProtocol } from './protocols.ts'
import { topicsIn } from './subscription.ts'
import { afterRemoval, prepareRebalance, rebalanceOrCompleteJoin } from './rebalance.ts'
import type { Step, Waiting } from '../step.ts'

/** How long a member that was never answered may wait (Kafka: newMemberJoinTimeoutMs). */
const newMemberJoinTimeoutMs = 5 * 60 * 1000

export interface JoinRequest {
  /** '' for a client that has none yet. */
  memberId: string
  groupInstanceId: string | null
  protocolType: string
  protocols: readonly MemberProtocol[]
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  /** Why, in the client's words (KIP-800). */
  reason?: string | null
}

export interface JoinClient {
  clientId: string
  clientHost: string
  /** JoinGroup v4 and later: a client is told its id before it becomes a member (KIP-394). */
  requiresKnownMemberId: boolean
  /** JoinGroup v9 and later: a leader can be told to leave the assignment as it is (KIP-814). */
  canSkipAssignment: boolean
}

interface NewClient extends JoinClient {
  /** The id to hand out, should this client need one. */
  newMemberId: string
}

/** A JoinGroup request for this group. `waiting` is answered in this step or in a later one. */
export function join(
  group: ClassicGroup,
  request: JoinRequest,
  client: NewClient,
  waiting: Waiting<JoinAnswer>,
  step: Step,
): void {
  const refuse = (errorCode: number, memberId = request.memberId): void =>
    step.answer(waiting, joinError(errorCode, memberId))
  if (!hasRoom(group, request.memberId, step)) {
    const sizeBefore = group.members.size
    const member = group.members.get(request.memberId)
    const detail = String(step.config.groupMaxSize)
    if (member !== undefined) step.tell({ cause: 'max-size', member, detail })
    group.remove(request.memberId, step)
    afterRemoval(group, sizeBefore, step)
    return refuse(errors.GROUP_MAX_SIZE_REACHED, '')
  }
  if (!group.supports(request.protocolType, request.protocols)) {
    return refuse(errors.INCONSISTENT_GROUP_PROTOCOL)
  }
  if (request.memberId === '') return joinAsNew(group, request, client, waiting, step)
  // An id that was handed out belongs to a dynamic member; with an instance id it is no such one.
  if (request.groupInstanceId === null && group.pendingJoin.has(request.memberId)) {
    return addMember(group, request, { ...client, memberId: request.memberId }, waiting, step)
  }
  const invalid = group.validateMember(request.memberId, request.groupInstanceId)
  if (invalid !== errors.NONE) return refuse(invalid)
  rejoin(group, group.members.get(request.memberId)!, request, waiting, step)
}

/**
 * group.max.size. While a group rebalances, those who have joined count, and not those who may
 * still come: the last ones to come are the ones too many. (Kafka: acceptJoiningMember)
 */
function hasRoom(group: ClassicGroup, memberId: string, step: Step): boolean {
  if (group.state === 'Empty') return true
  const member = group.members.get(memberId)
  if (group.state === 'PreparingRebalance') {
    return member?.waitingJoin !== undefined || group.waitingJoins < step.config.groupMaxSize
  }
  return member !== undefined || group.members.size < step.config.groupMaxSize
}

function joinAsNew(
  group: ClassicGroup,
  request: JoinRequest,
  client: NewClient,
  waiting: Waiting<JoinAnswer>,
  step: Step,
): void {
  const { newMemberId } = client
  if (request.groupInstanceId !== null) {
    const old = group.members.get(group.staticMembers.get(request.groupInstanceId) ?? '')
    if (old !== undefined) return takeOver(group, old, request, client, waiting, step)
  } else if (client.requiresKnownMemberId) {
    group.pendingJoin.set(newMemberId, group.wakeBy(step.nowMs + request.sessionTimeoutMs))
    return step.answer(waiting, joinError(errors.MEMBER_ID_REQUIRED, newMemberId))
  }
  addMember(group, request, { ...client, memberId: newMemberId }, waiting, step)
}

function addMember(
  group: ClassicGroup,
  request: JoinRequest,
  { memberId, clientId, clientHost }: Pick<MemberFacts, 'memberId' | 'clientId' | 'clientHost'>,
  waiting: Waiting<JoinAnswer>,
  step: Step,
): void {
  const { groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request
  const member = createMember({
    memberId,
    instanceId: groupInstanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols: copied(protocols),
  })
  member.isNew = true
  member.waitingJoin = waiting
  if (group.initialRebalance !== undefined) group.initialRebalance.memberJoined = true
  group.add(member, request.protocolType)
  step.tell({ cause: 'join', member, reason: request.reason })
  group.extendSession(member, step, newMemberJoinTimeoutMs)
  rebalanceOrCompleteJoin(group, step)
}

/** A member that is in the group joins again. */
function rejoin(
  group: ClassicGroup,
  member: Member,
  request: JoinRequest,
  waiting: Waiting<JoinAnswer>,
  step: Step,
): void {
  // A leader that joins again in Stable wants a rebalance, for instance because of new partitions.
  // One whose answer was lost has not changed anything, and gets the answer again.
  const wantsRebalance = group.state === 'Stable' && member.memberId === group.leaderId
  const unchanged = sameProtocols(member.protocols, request.protocols)
  if (group.state !== 'PreparingRebalance' && unchanged && !wantsRebalance) {
    return step.answer(waiting, group.joinAnswer(member.memberId))
  }
  tellRejoin(group, member, request, step)
  update(member, request, waiting, step)
  rebalanceOrCompleteJoin(group, step)
}

/** Who comes because others are in a rebalance is no reason for it, unless something is new. */
function tellRejoin(group: ClassicGroup, member: Member, request: JoinRequest, step: Step): void {
  const { reason } = request
  const [before, after] = [member.protocols, request.protocols].map(protocols => ({
    names: protocols.map(({ name }) => name),
    topics: topicsIn(group, protocols),
  }))
  if (before!.names.join() !== after!.names.join()) {
    const detail = changeText(before!.names, after!.names)
    step.tell({ cause: 'assignor', member, reason, detail })
  } else if (before!.topics.toSorted().join() !== after!.topics.toSorted().join()) {
    const detail = changeText(before!.topics, after!.topics)
    step.tell({ cause: 'subscription', member, reason, detail })
  } else if (group.state !== 'PreparingRebalance') {
    step.tell({ cause: 'rejoin', member, reason })
  }
}

/** What the member has said last holds. */
function update(
  member: Member,
  request: JoinRequest,
  waiting: Waiting<JoinAnswer>,
  step: Step,
): void {
  // The client has given up its last request, or it would not have sent another one.
  answerJoin(member, joinError(errors.REBALANCE_IN_PROGRESS, member.memberId), step)
  member.protocols = copied(request.protocols)
  member.sessionTimeoutMs = request.sessionTimeoutMs
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
  member.waitingJoin = waiting
}

/** The bytes are part of the request's frame, which must not stay in memory because of them. */
function copied(protocols: readonly MemberProtocol[]): MemberProtocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
}

/** A static member has restarted and does not know its id any more (KIP-345). */
function takeOver(
  group: ClassicGroup,
  old: Member,
  request: JoinRequest,
  client: NewClient,
  waiting: Waiting<JoinAnswer>,
  step: Step,
): void {
  const formerLeader = group.leaderId ?? ''
  const member = group.replaceStatic(old, client.newMemberId, step)
  const replacement = { cause: 'static-replacement', member, detail: old.memberId } as const
  step.tell({ ...replacement, reason: request.reason })
  group.extendSession(member, step)
  update(member, request, waiting, step)
  if (group.state === 'CompletingRebalance') {
    // The leader may have been told the old id already; its assignment would miss the new one.
    return prepareRebalance(group, step)
  }
  const keepsProtocol = selectProtocol([...group.members.values()]) === group.protocolName
  if (group.state !== 'Stable' || !keepsProtocol) return rebalanceOrCompleteJoin(group, step)
  step.storesGroup = true
  const answer = group.joinAnswer(member.memberId)
  if (client.canSkipAssignment) {
    answer.skipAssignment = group.leaderId === member.memberId
  } else {
    // A client that cannot be told to skip the assignment must not learn that it leads (KIP-814).
    answer.leader = formerLeader
    answer.members = []
  }
  answerJoin(member, answer, step)
}
