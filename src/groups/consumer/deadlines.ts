import type { Step } from '../step.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { removeMembers } from './leave.ts'
import { noDeadlines, type ConsumerMember } from './member.ts'

/** A sign of life. */
export function extendSession(group: ConsumerGroup, member: ConsumerMember, step: Step): void {
  const timeoutMs = member.classic?.sessionTimeoutMs ?? step.groupConfig().consumerSessionTimeoutMs
  member.deadlines.sessionMs = group.wakeBy(step.nowMs + timeoutMs)
}

/**
 * A member that has partitions to give up has as long for it as it may take; it began with the last
 * change. Members of the classic protocol have to join again instead.
 */
export function limitRevocation(group: ConsumerGroup, member: ConsumerMember, step: Step): void {
  const isTimed = member.state === 'unrevoked' && member.classic === null
  const dueMs = isTimed ? step.nowMs + member.rebalanceTimeoutMs : Infinity
  member.deadlines.revocationMs = group.wakeBy(dueMs)
}

/** Removes those whose time is over. */
export function expire(group: ConsumerGroup, step: Step): void {
  group.wakeAtMs = Infinity
  const expired: ConsumerMember[] = []
  for (const member of group.members.values()) {
    const { sessionMs, revocationMs, joinMs, syncMs } = member.deadlines
    const dueMs = Math.min(sessionMs, revocationMs, joinMs, syncMs)
    if (dueMs <= step.nowMs) expired.push(member)
    else group.wakeBy(dueMs)
  }
  removeMembers(group, expired, step)
}

/** After a start: nobody could heartbeat meanwhile. */
export function resume(group: ConsumerGroup, step: Step): void {
  for (const member of group.members.values()) {
    Object.assign(member.deadlines, noDeadlines())
    extendSession(group, member, step)
    limitRevocation(group, member, step)
  }
}
