import { errors } from '../../../protocol/errors.ts'
import type { EvictionCause } from '../group.ts'
import type { ClassicGroup } from './classic-group.ts'
import { answerJoin, answerSync, joinError, syncError } from './member.ts'
import { completeJoin, extendInitialRebalance, prepareRebalance } from './rebalance.ts'
import type { Step } from '../step.ts'

export interface HeartbeatRequest {
  memberId: string
  groupInstanceId: string | null
  generationId: number
}

/** A Heartbeat request; the error code of its answer. */
export function heartbeat(group: ClassicGroup, request: HeartbeatRequest, step: Step): number {
  const invalid = group.validateMember(request.memberId, request.groupInstanceId)
  if (invalid !== errors.NONE) return invalid
  if (request.generationId !== group.generationId) return errors.ILLEGAL_GENERATION
  group.extendSession(group.members.get(request.memberId)!, step)
  return group.state === 'PreparingRebalance' ? errors.REBALANCE_IN_PROGRESS : errors.NONE
}

/** The time has come for something, perhaps: does what is due, and sets `wakeAtMs` anew. */
export function expire(group: ClassicGroup, step: Step): void {
  expireSessions(group, step)
  if (group.syncDeadlineMs <= step.nowMs) expireSync(group, step)
  if (group.joinDeadlineMs <= step.nowMs && !extendInitialRebalance(group, step)) {
    completeJoin(group, step)
  }
  group.wakeAtMs = nextDeadline(group)
}

function expireSessions(group: ClassicGroup, step: Step): void {
  const ended: string[] = []
  for (const [memberId, deadlineMs] of group.pendingJoin) {
    if (deadlineMs <= step.nowMs) ended.push(memberId)
  }
  for (const member of group.members.values()) {
    if (member.sessionDeadlineMs > step.nowMs) continue
    // A member that waits for us is alive. Its session goes on when it gets its answer.
    const isWaiting = member.waitingJoin !== undefined || member.waitingSync !== undefined
    if (isWaiting && !member.isNew) member.sessionDeadlineMs = Infinity
    else ended.push(member.memberId)
  }
  if (ended.length > 0) endSessions(group, ended, 'session-timeout', step)
}

/**
 * Removes members, and ids that were handed out. Where all others have joined, the join phase is
 * over, that of an initial rebalance as well (Kafka: removeMemberAndUpdateClassicGroup).
 */
function endSessions(
  group: ClassicGroup,
  memberIds: readonly string[],
  cause: EvictionCause | 'session-timeout',
  step: Step,
): void {
  const sizeBefore = group.members.size
  for (const memberId of memberIds) {
    const member = group.members.get(memberId)
    if (member !== undefined) step.tell({ cause, member, detail: String(member.sessionTimeoutMs) })
    group.remove(memberId, step)
  }
  if (group.state === 'PreparingRebalance') {
    if (group.hasAllJoined) completeJoin(group, step)
  } else if (group.members.size < sizeBefore) {
    prepareRebalance(group, step)
  }
}

/** Members that joined and ask for no assignment must not block the rest (KAFKA-12890). */
function expireSync(group: ClassicGroup, step: Step): void {
  const detail = String(group.rebalanceTimeoutMs)
  for (const memberId of group.pendingSync) {
    const member = group.members.get(memberId)
    if (member !== undefined) step.tell({ cause: 'sync-timeout', member, detail })
    group.remove(memberId, step)
  }
  prepareRebalance(group, step)
}

function nextDeadline(group: ClassicGroup): number {
  let earliestMs = Math.min(group.joinDeadlineMs, group.syncDeadlineMs)
  for (const deadlineMs of group.pendingJoin.values()) earliestMs = Math.min(earliestMs, deadlineMs)
  for (const { sessionDeadlineMs } of group.members.values()) {
    earliestMs = Math.min(earliestMs, sessionDeadlineMs)
  }
  return earliestMs
}

/** See `Group.evict`. */
export function evict(
  group: ClassicGroup,
  memberId: string,
  cause: EvictionCause,
  step: Step,
): void {
  const member = group.members.get(memberId)
  const goes = member !== undefined && (cause === 'kick' || member.instanceId === null)
  if (goes || group.pendingJoin.has(memberId)) endSessions(group, [memberId], cause, step)
}

/** The group was loaded. Sessions start; one that is too large by now must shrink. */
export function resume(group: ClassicGroup, step: Step): void {
  for (const member of group.members.values()) group.extendSession(member, step)
  const { groupMaxSize } = step.config
  if (group.members.size <= groupMaxSize) return
  step.tell({ cause: 'max-size', detail: String(groupMaxSize) })
  prepareRebalance(group, step)
}

/** The coordinator stops: clients look for it anew (Kafka: GroupMetadataManager.onUnloaded). */
export function abandon(group: ClassicGroup, step: Step): void {
  for (const member of group.members.values()) {
    answerJoin(member, joinError(errors.NOT_COORDINATOR, member.memberId), step)
    answerSync(member, syncError(errors.NOT_COORDINATOR), step)
  }
}
