import { errors } from '../../../protocol/errors.ts'
import type { ClassicGroup } from './classic-group.ts'
import { answerJoin, answerSync, noAssignment, syncError } from './member.ts'
import { selectProtocol } from './protocols.ts'
import { subscribedTopics } from './subscription.ts'
import type { Step } from '../step.ts'

/** Something changed that the members must agree on: start a rebalance, or see if one is over. */
export function rebalanceOrCompleteJoin(group: ClassicGroup, step: Step): void {
  if (group.state === 'PreparingRebalance') completeJoinIfAllJoined(group, step)
  else prepareRebalance(group, step)
}

/** Members have left, or ids that were waited for. */
export function afterRemoval(group: ClassicGroup, sizeBefore: number, step: Step): void {
  const isAwaited = group.state === 'PreparingRebalance'
  if (isAwaited || group.members.size < sizeBefore) rebalanceOrCompleteJoin(group, step)
}

/** Opens the join phase: every member has to join again. */
export function prepareRebalance(group: ClassicGroup, step: Step): void {
  if (group.state === 'CompletingRebalance') cancelAssignment(group, step)
  group.pendingSync.clear()
  group.syncDeadlineMs = Infinity
  const wasEmpty = group.state === 'Empty'
  group.moveTo('PreparingRebalance', step)
  if (wasEmpty) return startInitialRebalance(group, step)
  completeJoinIfAllJoined(group, step)
  if (group.state === 'PreparingRebalance') {
    group.joinDeadlineMs = group.wakeBy(step.nowMs + group.rebalanceTimeoutMs)
  }
}

/** Members that wait for an assignment of the old generation join again instead. */
function cancelAssignment(group: ClassicGroup, step: Step): void {
  for (const member of group.members.values()) {
    member.assignment = noAssignment
    if (answerSync(member, syncError(errors.REBALANCE_IN_PROGRESS), step)) {
      group.extendSession(member, step)
    }
  }
}

/** Waits for more members, so that a group that starts does not rebalance for each (KIP-134). */
function startInitialRebalance(group: ClassicGroup, step: Step): void {
  const delayMs = step.config.groupInitialRebalanceDelayMs
  const remainingMs = Math.max(group.rebalanceTimeoutMs - delayMs, 0)
  group.initialRebalance = { delayMs, remainingMs, memberJoined: false }
  group.joinDeadlineMs = group.wakeBy(step.nowMs + delayMs)
}

/** Members came during the delay: wait once more, until the rebalance timeout is used up. */
export function extendInitialRebalance(group: ClassicGroup, step: Step): boolean {
  const initial = group.initialRebalance
  if (initial === undefined || !initial.memberJoined || initial.remainingMs === 0) return false
  const delayMs = Math.min(step.config.groupInitialRebalanceDelayMs, initial.remainingMs)
  const remainingMs = Math.max(initial.remainingMs - initial.delayMs, 0)
  group.initialRebalance = { delayMs, remainingMs, memberJoined: false }
  group.joinDeadlineMs = group.wakeBy(step.nowMs + delayMs)
  return true
}

/** An initial rebalance goes on until its delay is over, or a session ends. */
function completeJoinIfAllJoined(group: ClassicGroup, step: Step): void {
  if (group.state !== 'PreparingRebalance' || group.initialRebalance !== undefined) return
  if (group.hasAllJoined) completeJoin(group, step)
}

/**
 * Ends the join phase. Dynamic members that have not come are removed; static ones stay until their
 * session ends (KIP-345). Then the next generation begins.
 */
export function completeJoin(group: ClassicGroup, step: Step): void {
  group.joinDeadlineMs = Infinity
  group.initialRebalance = undefined
  for (const member of group.members.values()) {
    if (member.waitingJoin === undefined && member.instanceId === null) {
      const detail = String(group.rebalanceTimeoutMs)
      step.tell({ cause: 'rebalance-timeout', member, detail })
      group.remove(member.memberId, step)
    }
  }
  if (group.members.size === 0) return becomeEmpty(group, step)
  if (!electLeader(group)) {
    // Only static members are left, and none came: wait on, until one does or sessions end.
    group.joinDeadlineMs = group.wakeBy(step.nowMs + group.rebalanceTimeoutMs)
    return
  }
  startGeneration(group, step)
}

/** The leader stays leader if it has joined; else the first member that has. */
function electLeader(group: ClassicGroup): boolean {
  const leader = group.members.get(group.leaderId ?? '')
  if (leader?.waitingJoin !== undefined) return true
  for (const member of group.members.values()) {
    if (member.waitingJoin !== undefined) {
      group.leaderId = member.memberId
      return true
    }
  }
  return false
}

function becomeEmpty(group: ClassicGroup, step: Step): void {
  group.generationId++
  group.protocolName = null
  group.subscribedTopics = subscribedTopics(group)
  group.moveTo('Empty', step)
  step.storesGroup = true
}

function startGeneration(group: ClassicGroup, step: Step): void {
  group.generationId++
  group.protocolName = selectProtocol([...group.members.values()]) ?? null
  group.subscribedTopics = subscribedTopics(group)
  group.moveTo('CompletingRebalance', step)
  group.pendingSync.clear()
  for (const member of group.members.values()) {
    answerJoin(member, group.joinAnswer(member.memberId), step)
    group.extendSession(member, step)
    member.isNew = false
    group.pendingSync.add(member.memberId)
  }
  group.syncDeadlineMs = group.wakeBy(step.nowMs + group.rebalanceTimeoutMs)
}
