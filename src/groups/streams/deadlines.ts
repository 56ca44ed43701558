import type { GroupEvent } from '../history.ts'
import type { Step } from '../step.ts'
import type { StreamsGroup } from './streams-group.ts'
import { assignTargets } from './target-assignment.ts'

/** The time has come for something, perhaps: does what is due, and sets `wakeAtMs` anew. */
export function expire(group: StreamsGroup, step: Step): void {
  const { nowMs } = step
  for (const [memberId, deadlineMs] of group.sessionDeadlinesMs) {
    if (deadlineMs > nowMs) continue
    const detail = String(step.groupConfig().streamsSessionTimeoutMs)
    fence(group, memberId, { cause: 'session-timeout', detail }, step)
  }
  for (const [memberId, deadlineMs] of group.rebalanceDeadlinesMs) {
    if (deadlineMs > nowMs) continue
    const detail = String(group.members.get(memberId)?.rebalanceTimeoutMs)
    fence(group, memberId, { cause: 'rebalance-timeout', detail }, step)
  }
  if ((group.initialRebalanceDeadlineMs ?? Infinity) <= nowMs) {
    group.initialRebalanceDeadlineMs = undefined
    if (group.size > 0 && group.epoch > group.assignmentEpoch) assignTargets(group, step)
  }
  group.updateState()
  group.wakeAtMs = nextDeadline(group)
}

function nextDeadline(group: StreamsGroup): number {
  let earliestMs = group.initialRebalanceDeadlineMs ?? Infinity
  for (const deadlines of [group.sessionDeadlinesMs, group.rebalanceDeadlinesMs]) {
    for (const deadlineMs of deadlines.values()) earliestMs = Math.min(earliestMs, deadlineMs)
  }
  return earliestMs
}

/** The group was loaded: sessions start anew. */
export function resume(group: StreamsGroup, step: Step): void {
  for (const member of group.members.values()) {
    extendSession(group, member.memberId, step)
    if (member.state === 'unrevoked') awaitRevocation(group, member.memberId, step)
  }
}

/** A sign of life. */
export function extendSession(group: StreamsGroup, memberId: string, step: Step): void {
  const deadlineMs = step.nowMs + step.groupConfig().streamsSessionTimeoutMs
  group.sessionDeadlinesMs.set(memberId, group.wakeBy(deadlineMs))
}

/** The member is to give up tasks, and has so long to do it. */
export function awaitRevocation(group: StreamsGroup, memberId: string, step: Step): void {
  const deadlineMs = step.nowMs + group.members.get(memberId)!.rebalanceTimeoutMs
  group.rebalanceDeadlinesMs.set(memberId, group.wakeBy(deadlineMs))
}

/** Removes a member. Its tasks go to others when these next say that they are alive. */
export function fence(group: StreamsGroup, memberId: string, event: GroupEvent, step: Step): void {
  const member = group.members.get(memberId)
  if (member !== undefined) step.tell({ ...event, member })
  group.remove(memberId)
  group.epoch++
  group.updateState()
  step.changedMembers.add(memberId)
  step.storesGroup = true
}
