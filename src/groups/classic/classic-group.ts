import { errors } from '../../../protocol/errors.ts'
import type { ClassicGroupRow, OffsetRow } from '../../../storage/metadata-store.ts'
import { isNameless } from '../commit-rules.ts'
import type { EvictionCause, Group, MemberView, OffsetClient } from '../group.ts'
import { abandon, evict, expire, resume } from './deadlines.ts'
import { memberViews } from './describe.ts'
import {
  answerJoin,
  answerSync,
  createMember,
  dismiss,
  joinError,
  syncError,
  type JoinAnswer,
  type Member,
  type MemberProtocol,
} from './member.ts'
import { commonProtocols } from './protocols.ts'
import { toRow } from './row.ts'
import type { GroupTopics, Step } from '../step.ts'

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

const previousStates: Readonly<Record<GroupState, readonly GroupState[]>> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
}

/** The join phase of a group that was empty: it waits for more members to come at the same time. */
export interface InitialRebalance {
  /** How long the current wait is. */
  delayMs: number
  /** How long the wait may be extended after it. */
  remainingMs: number
  /** Somebody joined during the current wait. */
  memberJoined: boolean
}

/**
 * Who is in a group of the classic protocol, and in which state it is (Kafka: ClassicGroup). The
 * rules that move it are functions beside this file: join, sync, leave, rebalance, deadlines. All
 * of it is pure: time, configs and replies are in the Step.
 */
export class ClassicGroup implements Group {
  readonly type = 'classic'
  readonly groupId: string
  state: GroupState = 'Empty'
  generationId = 0
  /** Null for a group that only stores offsets. */
  protocolType: string | null = null
  protocolName: string | null = null
  leaderId: string | null = null
  /** Milliseconds since the epoch; when `state` changed last. */
  stateTimestamp: number
  /** Of the last generation; undefined where they are not known. */
  subscribedTopics: ReadonlySet<string> | undefined
  readonly members = new Map<string, Member>()
  /** Member ids of static members by their group.instance.id (KIP-345). */
  readonly staticMembers = new Map<string, string>()
  /** Ids that were handed out and not used yet, with the time they are given up (KIP-394). */
  readonly pendingJoin = new Map<string, number>()
  /** Members of this generation that have not asked for their assignment yet. */
  readonly pendingSync = new Set<string>()
  initialRebalance: InitialRebalance | undefined
  /** On the monotonic clock: the join phase ends, whoever has come. */
  joinDeadlineMs = Infinity
  /** On the monotonic clock: who has not asked for its assignment is removed. */
  syncDeadlineMs = Infinity
  /** Not later than the earliest deadline of the group. */
  wakeAtMs = Infinity

  constructor(groupId: string, stateTimestamp: number) {
    this.groupId = groupId
    this.stateTimestamp = stateTimestamp
  }

  get epoch(): number {
    return this.generationId
  }

  get size(): number {
    return this.members.size
  }

  get isBlank(): boolean {
    return this.state === 'Empty' && this.generationId === 0 && this.pendingJoin.size === 0
  }

  expire(step: Step): void {
    expire(this, step)
  }

  resume(step: Step): void {
    resume(this, step)
  }

  abandon(step: Step): void {
    abandon(this, step)
  }

  row(): ClassicGroupRow {
    return toRow(this)
  }

  memberRow(): null {
    return null
  }

  storedMembers(): Iterable<string> {
    return []
  }

  /** Kafka: ClassicGroup.validateOffsetCommit. */
  validateCommit(client: OffsetClient): number {
    const { generationIdOrMemberEpoch: generationId, memberId, groupInstanceId } = client
    // Clients without a generation, such as tools, may while nobody is a member.
    if (generationId < 0 && this.state === 'Empty') return errors.NONE
    if (generationId < 0 && isNameless(client)) return errors.NONE
    const invalid = this.validateMember(memberId, groupInstanceId)
    if (invalid !== errors.NONE) return invalid
    if (generationId !== this.generationId) return errors.ILLEGAL_GENERATION
    // The member has the new generation and not its assignment: it cannot have read anything in
    // it. Members that have not joined again yet, in PreparingRebalance, commit what they give up.
    // For transactions, Kafka does not look at the state.
    const isEarly = this.state === 'CompletingRebalance' && client.transaction === undefined
    return isEarly ? errors.REBALANCE_IN_PROGRESS : errors.NONE
  }

  /** Epochs of members are of the newer protocols (KIP-848). */
  validateFetch(): number {
    return errors.NONE
  }

  /** Of a group of consumers whose subscriptions are not known, any topic. */
  subscribesTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.protocolType === 'consumer'
  }

  /** Kafka: ClassicGroup.offsetExpirationCondition. */
  unusedSince({ commitTimestamp }: OffsetRow): number | undefined {
    if (this.protocolType === null) return commitTimestamp
    if (this.state === 'Empty') return this.stateTimestamp
    const isAware = this.protocolType === 'consumer' && this.subscribedTopics !== undefined
    return isAware && this.state === 'Stable' ? commitTimestamp : undefined
  }

  evict(memberId: string, cause: EvictionCause, step: Step): void {
    evict(this, memberId, cause, step)
  }

  memberViews(_topics: GroupTopics): MemberView[] {
    return memberViews(this)
  }

  keepAlive(memberId: string, step: Step): void {
    const member = this.members.get(memberId)
    if (member !== undefined) this.extendSession(member, step)
  }

  moveTo(state: GroupState, step: Step): void {
    if (!previousStates[state].includes(this.state)) {
      throw new Error(`group ${this.groupId} cannot go from ${this.state} to ${state}`)
    }
    this.state = state
    this.stateTimestamp = step.timestamp
  }

  /** Takes note that something is due then; returns it. */
  wakeBy(deadlineMs: number): number {
    this.wakeAtMs = Math.min(this.wakeAtMs, deadlineMs)
    return deadlineMs
  }

  /** A sign of life. */
  extendSession(member: Member, step: Step, timeoutMs = member.sessionTimeoutMs): void {
    member.sessionDeadlineMs = this.wakeBy(step.nowMs + timeoutMs)
  }

  add(member: Member, protocolType: string): void {
    if (member.instanceId !== null) this.staticMembers.set(member.instanceId, member.memberId)
    if (this.members.size === 0) this.protocolType = protocolType
    this.members.set(member.memberId, member)
    this.leaderId ??= member.memberId
    this.pendingJoin.delete(member.memberId)
  }

  /** Removes a member, or an id that was handed out. Whoever waits for its answers gets one. */
  remove(memberId: string, step: Step): void {
    this.pendingJoin.delete(memberId)
    this.pendingSync.delete(memberId)
    const member = this.members.get(memberId)
    if (member === undefined) return
    dismiss(member, step)
    this.members.delete(memberId)
    if (member.instanceId !== null) this.staticMembers.delete(member.instanceId)
    if (this.leaderId === memberId) this.leaderId = this.members.keys().next().value ?? null
  }

  /** The same static member under a new id: whoever still uses the old one is fenced (KIP-345). */
  replaceStatic(old: Member, newMemberId: string, step: Step): Member {
    answerJoin(old, joinError(errors.FENCED_INSTANCE_ID, old.memberId), step)
    answerSync(old, syncError(errors.FENCED_INSTANCE_ID), step)
    const member = createMember({ ...old, memberId: newMemberId }, old.assignment)
    this.members.delete(old.memberId)
    this.members.set(newMemberId, member)
    this.staticMembers.set(member.instanceId!, newMemberId)
    if (this.pendingSync.delete(old.memberId)) this.pendingSync.add(newMemberId)
    if (this.leaderId === old.memberId) this.leaderId = newMemberId
    return member
  }

  /** The error for a request in the name of this member; 0 when it is one. */
  validateMember(memberId: string, instanceId: string | null): number {
    if (instanceId !== null) {
      const owner = this.staticMembers.get(instanceId)
      if (owner === undefined) return errors.UNKNOWN_MEMBER_ID
      if (owner !== memberId) return errors.FENCED_INSTANCE_ID
    }
    return this.members.has(memberId) ? errors.NONE : errors.UNKNOWN_MEMBER_ID
  }

  /** Whether somebody with these protocols may join. */
  supports(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (protocols.length === 0) return false
    if (this.state === 'Empty') return protocolType !== ''
    if (protocolType !== this.protocolType) return false
    if (this.members.size === 0) return true
    const common = commonProtocols([...this.members.values()])
    return protocols.some(protocol => common.has(protocol.name))
  }

  get waitingJoins(): number {
    let count = 0
    for (const member of this.members.values()) if (member.waitingJoin !== undefined) count++
    return count
  }

  /** An id that was handed out counts as a member that has not come yet (KIP-394). */
  get hasAllJoined(): boolean {
    return this.pendingJoin.size === 0 && this.waitingJoins === this.members.size
  }

  /** The largest of all members: the slowest one sets the pace. */
  get rebalanceTimeoutMs(): number {
    let timeoutMs = 0
    for (const member of this.members.values()) {
      timeoutMs = Math.max(timeoutMs, member.rebalanceTimeoutMs)
    }
    return timeoutMs
  }

  /** What JoinGroup tells a member of the current generation; the leader gets the member list. */
  joinAnswer(memberId: string): JoinAnswer {
    return {
      errorCode: errors.NONE,
      generationId: this.generationId,
      protocolType: this.protocolType,
      protocolName: this.protocolName,
      leader: this.leaderId ?? '',
      skipAssignment: false,
      memberId,
      members: memberId === this.leaderId ? this.memberList() : [],
    }
  }

  memberList(): JoinAnswer['members'] {
    return [...this.members.values()].map(member => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      metadata: this.metadataOf(member),
    }))
  }

  /** The member's metadata for the protocol in use. */
  metadataOf(member: Member): Buffer {
    const protocol = member.protocols.find(({ name }) => name === this.protocolName)
    if (protocol === undefined) {
      throw new Error(`member ${member.memberId} does not support ${this.protocolName}`)
    }
    return protocol.metadata
  }
}
