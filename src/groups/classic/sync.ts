import { errors } from '../../../protocol/errors.ts'
import type { ClassicGroup } from './classic-group.ts'
import { answerSync, noAssignment, syncError, type Member, type SyncAnswer } from './member.ts'
import type { Step, Waiting } from '../step.ts'

export interface SyncRequest {
  memberId: string
  groupInstanceId: string | null
  generationId: number
  /** Null before SyncGroup v5 (KIP-559). */
  protocolType: string | null
  protocolName: string | null
  /** Only those of the leader count. */
  assignments: readonly { memberId: string; assignment: Buffer }[]
}

/** A SyncGroup request: followers wait here for the assignments, which the leader brings. */
export function sync(
  group: ClassicGroup,
  request: SyncRequest,
  waiting: Waiting<SyncAnswer>,
  step: Step,
): void {
  const errorCode = validate(group, request)
  if (errorCode !== errors.NONE) return step.answer(waiting, syncError(errorCode))
  const member = group.members.get(request.memberId)!
  group.pendingSync.delete(member.memberId)
  if (group.pendingSync.size === 0) group.syncDeadlineMs = Infinity
  if (group.state === 'Stable') return step.answer(waiting, assignmentOf(group, member))
  // The client has given up its last request, or it would not have sent another one.
  answerSync(member, syncError(errors.REBALANCE_IN_PROGRESS), step)
  member.waitingSync = waiting
  if (member.memberId === group.leaderId) assign(group, request, step)
}

function validate(group: ClassicGroup, request: SyncRequest): number {
  const invalid = group.validateMember(request.memberId, request.groupInstanceId)
  if (invalid !== errors.NONE) return invalid
  if (request.generationId !== group.generationId) return errors.ILLEGAL_GENERATION
  if (
    differs(request.protocolType, group.protocolType) ||
    differs(request.protocolName, group.protocolName)
  ) {
    return errors.INCONSISTENT_GROUP_PROTOCOL
  }
  return group.state === 'PreparingRebalance' ? errors.REBALANCE_IN_PROGRESS : errors.NONE
}

/** What is not said is no contradiction (KIP-559). */
function differs(said: string | null, known: string | null): boolean {
  return said !== null && known !== null && said !== known
}

/** The leader has spoken: the generation is complete. Members that it left out get nothing. */
function assign(group: ClassicGroup, request: SyncRequest, step: Step): void {
  const assignments = new Map(request.assignments.map(each => [each.memberId, each.assignment]))
  for (const member of group.members.values()) {
    // A copy: the request's frame must not stay in memory because of it.
    member.assignment = Buffer.from(assignments.get(member.memberId) ?? noAssignment)
    if (answerSync(member, assignmentOf(group, member), step)) group.extendSession(member, step)
  }
  group.moveTo('Stable', step)
  step.storesGroup = true
}

function assignmentOf(group: ClassicGroup, member: Member): SyncAnswer {
  return {
    errorCode: errors.NONE,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    assignment: member.assignment,
  }
}
