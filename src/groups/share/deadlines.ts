import type { Step } from '../step.ts'
import { fence } from './leave.ts'
import type { ShareMember } from './member.ts'
import type { ShareGroup } from './share-group.ts'

/** A sign of life. */
export function extendSession(group: ShareGroup, { session }: ShareMember, step: Step): void {
  session.deadlineMs = group.wakeBy(step.nowMs + step.groupConfig().shareSessionTimeoutMs)
}

/** Removes those who were silent for too long. */
export function expire(group: ShareGroup, step: Step): void {
  group.wakeAtMs = Infinity
  for (const { memberId, session } of group.members.values()) {
    if (session.deadlineMs > step.nowMs) group.wakeBy(session.deadlineMs)
    else fence(group, memberId, { cause: 'session-timeout', detail: timeoutText(step) }, step)
  }
}

function timeoutText(step: Step): string {
  return String(step.groupConfig().shareSessionTimeoutMs)
}

/** After a start: nobody could heartbeat meanwhile. */
export function resume(group: ShareGroup, step: Step): void {
  for (const member of group.members.values()) extendSession(group, member, step)
}
