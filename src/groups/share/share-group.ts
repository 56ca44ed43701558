import { errors } from '../../../protocol/errors.ts'
import type { ShareGroupRow, ShareMemberRow } from '../../../storage/metadata-store.ts'
import type { EvictionCause, Group, MemberView } from '../group.ts'
import type { GroupTopics, Step } from '../step.ts'
import { expire, resume } from './deadlines.ts'
import { fence } from './leave.ts'
import type { ShareMember } from './member.ts'
import { toMemberRow } from './row.ts'
import { memberViews } from './views.ts'

/** What is stored of the group besides its members. */
export type ShareGroupFacts = Omit<ShareGroupRow, 'type'>

/**
 * Who is in a share group and who is to have what (KIP-932; Kafka: ShareGroup). Once there is one,
 * it stays until it is deleted. The rules that move it are functions beside this file. All of it
 * is pure: time, configs and topics are in the Step.
 */
export class ShareGroup implements Group {
  readonly type = 'share'
  readonly protocolType = 'share'
  readonly isBlank = false
  readonly groupId: string
  readonly members: ReadonlyMap<string, ShareMember>
  /** Of the topics that the hash is of; undefined after a start. */
  topicsVersion: number | undefined
  wakeAtMs = Infinity
  readonly #facts: ShareGroupFacts
  readonly #members = new Map<string, ShareMember>()

  constructor(groupId: string, facts: Partial<ShareGroupFacts> = {}) {
    this.groupId = groupId
    this.members = this.#members
    const initial = { epoch: 1, assignmentEpoch: 1, assignmentTimestamp: 0, topicsHash: '' }
    this.#facts = { ...initial, ...facts }
  }

  get facts(): Readonly<ShareGroupFacts> {
    return this.#facts
  }

  get epoch(): number {
    return this.#facts.epoch
  }

  get state(): 'Empty' | 'Stable' {
    return this.size === 0 ? 'Empty' : 'Stable'
  }

  get size(): number {
    return this.members.size
  }

  expire(step: Step): void {
    expire(this, step)
  }

  resume(step: Step): void {
    resume(this, step)
  }

  /** Nobody waits: every request is answered at once. */
  abandon(): void {}

  row(): ShareGroupRow {
    return { type: 'share', ...this.#facts }
  }

  memberRow(memberId: string): ShareMemberRow | null {
    const member = this.members.get(memberId)
    return member === undefined ? null : toMemberRow(member)
  }

  storedMembers(): Iterable<string> {
    return this.members.keys()
  }

  /** Share groups have no committed offsets. */
  validateCommit(): number {
    return errors.GROUP_ID_NOT_FOUND
  }

  validateFetch(): number {
    return errors.GROUP_ID_NOT_FOUND
  }

  keepAlive(): void {}

  subscribesTo(topic: string): boolean {
    return this.topicNames().has(topic)
  }

  unusedSince(): undefined {}

  evict(memberId: string, cause: EvictionCause, step: Step): void {
    if (this.members.has(memberId)) fence(this, memberId, { cause }, step)
  }

  memberViews(topics: GroupTopics): MemberView[] {
    return memberViews(this, topics)
  }

  /** Takes note that something is due then; returns it. */
  wakeBy(deadlineMs: number): number {
    this.wakeAtMs = Math.min(this.wakeAtMs, deadlineMs)
    return deadlineMs
  }

  /** Changes what is stored of the group itself. */
  change(facts: Partial<ShareGroupFacts>, step: Step): void {
    Object.assign(this.#facts, facts)
    step.storesGroup = true
  }

  /** Adds a member, or what has become of it. */
  put(member: ShareMember, step: Pick<Step, 'changedMembers'>): void {
    this.#members.set(member.memberId, member)
    step.changedMembers.add(member.memberId)
  }

  remove(memberId: string, step: Step): void {
    if (this.#members.delete(memberId)) step.changedMembers.add(memberId)
  }

  /** What anybody is subscribed to. */
  topicNames(): Set<string> {
    const names = new Set<string>()
    for (const member of this.members.values()) {
      for (const name of member.topicNames) names.add(name)
    }
    return names
  }
}
