import { nothing, type Assignment } from '../assignment.ts'

/** Epochs in requests and replies that are none (KIP-932). */
export const joinEpoch = 0
export const leaveEpoch = -1

/** A member as it is; what changes makes another one of it (Kafka: ShareGroupMember). */
export interface ShareMember {
  readonly memberId: string
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** A topic need not exist. */
  readonly topicNames: ReadonlySet<string>
  readonly epoch: number
  /** Accepted as well: the reply with the present one may have been lost. */
  readonly previousEpoch: number
  readonly assigned: Assignment
  /** What it is to have, by the last target assignment. */
  readonly target: Assignment
  /** Shared by all states of the member. */
  readonly session: {
    /** On the monotonic clock, in milliseconds; without a sign of life until then it is removed. */
    deadlineMs: number
  }
}

/** One that has said nothing yet. */
export function newMember(memberId: string): ShareMember {
  return {
    memberId,
    rackId: null,
    clientId: '',
    clientHost: '',
    topicNames: new Set(),
    epoch: joinEpoch,
    previousEpoch: -1,
    assigned: nothing,
    target: nothing,
    session: { deadlineMs: Infinity },
  }
}
