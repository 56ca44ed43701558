import { errors } from '../../../protocol/errors.ts'
import type { ClassicGroup } from './classic-group.ts'
import { afterRemoval } from './rebalance.ts'
import type { Step } from '../step.ts'

export interface Leaving {
  /** May be '' for a static member: an admin removes it by its instance id. */
  memberId: string
  groupInstanceId: string | null
  /** Why, in the client's words (KIP-800). */
  reason?: string | null
}

export interface Left extends Omit<Leaving, 'reason'> {
  errorCode: number
}

/** A LeaveGroup request. Each of the members gets its own answer; the rest rebalances. */
export function leave(group: ClassicGroup, leaving: readonly Leaving[], step: Step): Left[] {
  const sizeBefore = group.members.size
  const left = leaving.map(each => ({
    memberId: each.memberId,
    groupInstanceId: each.groupInstanceId,
    errorCode: leaveOne(group, each, step),
  }))
  afterRemoval(group, sizeBefore, step)
  return left
}

function leaveOne(group: ClassicGroup, leaving: Leaving, step: Step): number {
  const { memberId, groupInstanceId, reason } = leaving
  if (group.pendingJoin.has(memberId)) {
    group.remove(memberId, step)
    return errors.NONE
  }
  const isByInstance = memberId === '' && groupInstanceId !== null
  const id = isByInstance ? (group.staticMembers.get(groupInstanceId) ?? '') : memberId
  const invalid = group.validateMember(id, groupInstanceId)
  if (invalid !== errors.NONE) return invalid
  step.tell({ cause: 'leave', member: group.members.get(id)!, reason })
  group.remove(id, step)
  return errors.NONE
}

/** The answer where there is no group. */
export function leaveNothing(leaving: readonly Leaving[]): Left[] {
  return leaving.map(({ memberId, groupInstanceId }) => ({
    memberId,
    groupInstanceId,
    errorCode: errors.UNKNOWN_MEMBER_ID,
  }))
}
