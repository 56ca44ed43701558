import type { Step } from '../step.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { removeMembers, type Removal } from './leave.ts'
import { noDeadlines, type ConsumerMember } from './member.ts'

/** A sign of life. */
export function extendSession(group: ConsumerGroup, member: ConsumerMember, step: Step): void {
  member.deadlines.sessionMs = group.wakeBy(step.nowMs + sessionTimeoutOf(member, step))
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
  const expired: Removal[] = []
  for (const member of group.members.values()) {
    const { sessionMs, revocationMs, joinMs, syncMs } = member.deadlines
    const dueMs = Math.min(sessionMs, revocationMs, joinMs, syncMs)
    if (dueMs <= step.nowMs) expired.push(expiryOf(member, step))
    else group.wakeBy(dueMs)
  }
  removeMembers(group, expired, step)
}

function expiryOf(member: ConsumerMember, step: Step): Removal {
  const { sessionMs, syncMs } = member.deadlines
  if (sessionMs <= step.nowMs) {
    const timeoutMs = sessionTimeoutOf(member, step)
    return { cause: 'session-timeout', member, detail: String(timeoutMs) }
  }
  const cause = syncMs <= step.nowMs ? 'sync-timeout' : 'rebalance-timeout'
  return { cause, member, detail: String(member.rebalanceTimeoutMs) }
}

function sessionTimeoutOf({ classic }: ConsumerMember, step: Step): number {
  return classic?.sessionTimeoutMs ?? step.groupConfig().consumerSessionTimeoutMs
}

/** After a start: nobody could heartbeat meanwhile. */
export function resume(group: ConsumerGroup, step: Step): void {
  for (const member of group.members.values()) {
    Object.assign(member.deadlines, noDeadlines())
    extendSession(group, member, step)
    limitRevocation(group, member, step)
  }
}
