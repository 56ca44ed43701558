import type { MemberProtocol } from '../classic/member.ts'
import { nothing, sameSet, type Assignment, type EpochAssignment } from '../assignment.ts'

/**
 * How far a member has come on the way to its target (Kafka: MemberState): it has it as far as it
 * knows (stable), it has to give partitions up first (unrevoked), or it waits for partitions that
 * others have to give up (unreleased).
 */
export type MemberState = 'stable' | 'unrevoked' | 'unreleased'

/** Epochs in requests and replies that are none (KIP-848). */
export const joinEpoch = 0
export const leaveEpoch = -1
export const leaveStaticEpoch = -2

/** What is kept of a member that speaks the classic protocol in a consumer group. */
export interface ClassicFacts {
  readonly sessionTimeoutMs: number
  readonly protocols: readonly MemberProtocol[]
}

/** On the monotonic clock, in milliseconds; who passes one is removed. */
export interface MemberDeadlines {
  /** Without a sign of life until then. */
  sessionMs: number
  /** Partitions have to be given up until then. */
  revocationMs: number
  /** Of a member of the classic protocol: it has to join again until then. */
  joinMs: number
  /** Of a member of the classic protocol: it has to ask for its assignment until then. */
  syncMs: number
}

/** A member as it is; what changes makes another one of it (Kafka: ConsumerGroupMember). */
export interface ConsumerMember {
  readonly memberId: string
  /** group.instance.id of a static member, else null. */
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** How long it may take to give partitions up; -1 while it has not said. */
  readonly rebalanceTimeoutMs: number
  readonly topicNames: ReadonlySet<string>
  /** '' for none. */
  readonly topicRegex: string
  /** The assignor that it prefers. */
  readonly serverAssignor: string | null
  /** Null for a member that speaks the consumer protocol. */
  readonly classic: ClassicFacts | null
  /** -2 for a static member that has left for a moment. */
  readonly epoch: number
  /** Accepted as well: the reply with the present one may have been lost. */
  readonly previousEpoch: number
  readonly state: MemberState
  readonly assigned: EpochAssignment
  /** Was assigned, and is to be given up; nobody else gets it before. */
  readonly revoking: EpochAssignment
  /** What it is to have, by the last target assignment. */
  readonly target: Assignment
  /** Shared by all states of the member. */
  readonly deadlines: MemberDeadlines
}

export function noDeadlines(): MemberDeadlines {
  return { sessionMs: Infinity, revocationMs: Infinity, joinMs: Infinity, syncMs: Infinity }
}

/** One that has said nothing yet. */
export function newMember(memberId: string): ConsumerMember {
  return {
    memberId,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    rebalanceTimeoutMs: -1,
    topicNames: new Set(),
    topicRegex: '',
    serverAssignor: null,
    classic: null,
    epoch: joinEpoch,
    previousEpoch: joinEpoch,
    state: 'stable',
    assigned: nothing,
    revoking: nothing,
    target: nothing,
    deadlines: noDeadlines(),
  }
}

export function subscribesAlike(a: ConsumerMember, b: ConsumerMember): boolean {
  return a.topicRegex === b.topicRegex && sameSet(a.topicNames, b.topicNames)
}

/** Whether the member has what it is to have by this epoch of the target assignment. */
export function isReconciled(member: ConsumerMember, targetEpoch: number): boolean {
  return member.state === 'stable' && member.epoch === targetEpoch
}
