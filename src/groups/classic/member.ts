import { errors } from '../../../protocol/errors.ts'
import type { Step, Waiting } from '../step.ts'

/** One of the protocols that a member can use; for consumers: an assignor and the subscription. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface JoinAnswer {
  errorCode: number
  generationId: number
  protocolType: string | null
  protocolName: string | null
  leader: string
  skipAssignment: boolean
  memberId: string
  members: { memberId: string; groupInstanceId: string | null; metadata: Buffer }[]
}

export interface SyncAnswer {
  errorCode: number
  protocolType: string | null
  protocolName: string | null
  assignment: Buffer
}

/** What a member says of itself when it joins. */
export interface MemberFacts {
  readonly memberId: string
  /** group.instance.id of a static member (KIP-345), else null. */
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  /** In the member's order of preference. */
  protocols: readonly MemberProtocol[]
}

export interface Member extends MemberFacts {
  assignment: Buffer
  /** On the monotonic clock, in milliseconds; without a sign of life until then it is removed. */
  sessionDeadlineMs: number
  /**
   * Has never been answered: it does not know its id and cannot heartbeat, so that waiting does not
   * keep it alive. Retries of a lost first JoinGroup would else pile up (Kafka: isNew).
   */
  isNew: boolean
  waitingJoin: Waiting<JoinAnswer> | undefined
  waitingSync: Waiting<SyncAnswer> | undefined
}

export const noAssignment = Buffer.alloc(0)

export function createMember(facts: MemberFacts, assignment: Buffer = noAssignment): Member {
  return {
    ...facts,
    assignment,
    sessionDeadlineMs: Infinity,
    isNew: false,
    waitingJoin: undefined,
    waitingSync: undefined,
  }
}

export function answerJoin(member: Member, answer: JoinAnswer, step: Step): void {
  if (member.waitingJoin === undefined) return
  step.answer(member.waitingJoin, answer)
  member.waitingJoin = undefined
}

/** Whether there was anyone to answer. */
export function answerSync(member: Member, answer: SyncAnswer, step: Step): boolean {
  if (member.waitingSync === undefined) return false
  step.answer(member.waitingSync, answer)
  member.waitingSync = undefined
  return true
}

export function joinError(errorCode: number, memberId: string): JoinAnswer {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  }
}

export function syncError(errorCode: number): SyncAnswer {
  return { errorCode, protocolType: null, protocolName: null, assignment: noAssignment }
}

/** Nobody waits any more for a member that is gone; the client, if it lives, joins anew. */
export function dismiss(member: Member, step: Step): void {
  answerJoin(member, joinError(errors.UNKNOWN_MEMBER_ID, ''), step)
  answerSync(member, syncError(errors.UNKNOWN_MEMBER_ID), step)
}
