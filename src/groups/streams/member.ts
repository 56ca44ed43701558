import { nothingHeld, type HeldAssignment, sameHeld } from './tasks.ts'

/**
 * Where a member is on its way to the target assignment: there; asked to give up tasks; or waiting
 * for tasks that others have not given up yet.
 */
export type MemberState = 'stable' | 'unrevoked' | 'unreleased'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** What a member tells of itself. */
export interface MemberFacts {
  readonly memberId: string
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  /** Of the topology that it runs. */
  readonly topologyEpoch: number
  /** Members of one process share their state stores. */
  readonly processId: string
  /** Where interactive queries reach it. */
  readonly userEndpoint: Endpoint | null
  readonly clientTags: Readonly<Record<string, string>>
}

/** What a member has. */
export interface MemberAssignment {
  readonly state: MemberState
  readonly memberEpoch: number
  /** The epoch before; a member may still come with it if our last answer was lost. */
  readonly previousMemberEpoch: number
  readonly assigned: HeldAssignment
  /** Tasks that it is to give up, and may still have. */
  readonly revoking: HeldAssignment
}

/** A member of a streams group (Kafka: StreamsGroupMember). It is replaced, never changed. */
export type StreamsMember = MemberFacts & MemberAssignment

export function newMember(memberId: string): StreamsMember {
  return {
    memberId,
    rackId: null,
    clientId: '',
    clientHost: '',
    rebalanceTimeoutMs: -1,
    topologyEpoch: -1,
    processId: '',
    userEndpoint: null,
    clientTags: {},
    state: 'stable',
    memberEpoch: 0,
    previousMemberEpoch: 0,
    assigned: nothingHeld,
    revoking: nothingHeld,
  }
}

/** Whether a member says the same of itself. */
export function sameFacts(one: MemberFacts, other: MemberFacts): boolean {
  return (
    one.rackId === other.rackId &&
    one.clientId === other.clientId &&
    one.clientHost === other.clientHost &&
    one.rebalanceTimeoutMs === other.rebalanceTimeoutMs &&
    one.topologyEpoch === other.topologyEpoch &&
    one.processId === other.processId &&
    one.userEndpoint?.host === other.userEndpoint?.host &&
    one.userEndpoint?.port === other.userEndpoint?.port &&
    sameTags(one.clientTags, other.clientTags)
  )
}

function sameTags(one: MemberFacts['clientTags'], other: MemberFacts['clientTags']): boolean {
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every(key => one[key] === other[key])
}

export function sameAssignment(one: MemberAssignment, other: MemberAssignment): boolean {
  return (
    one.state === other.state &&
    one.memberEpoch === other.memberEpoch &&
    one.previousMemberEpoch === other.previousMemberEpoch &&
    sameHeld(one.assigned, other.assigned) &&
    sameHeld(one.revoking, other.revoking)
  )
}

/** Whether the member has all of the target assignment of this epoch, and nothing else. */
export function isReconciled(member: MemberAssignment, assignmentEpoch: number): boolean {
  return member.state === 'stable' && member.memberEpoch === assignmentEpoch
}
