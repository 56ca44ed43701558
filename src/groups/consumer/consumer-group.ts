import { errors } from '../../../protocol/errors.ts'
import type {
  ConsumerGroupRow,
  ConsumerMemberRow,
  OffsetRow,
} from '../../../storage/metadata-store.ts'
import { isCommitTimely, isNameless, knowsEpochs } from '../commit-rules.ts'
import type {
  CommittedPartition,
  EvictionCause,
  FetchClient,
  Group,
  MemberView,
  OffsetClient,
} from '../group.ts'
import type { GroupTopics, Step } from '../step.ts'
import { expire, resume } from './deadlines.ts'
import { memberViews } from './views.ts'
import { removeMembers } from './leave.ts'
import { isReconciled, type ConsumerMember } from './member.ts'
import { toMemberRow, toRow } from './row.ts'
import { subscribedNames } from './subscriptions.ts'

export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

/** What is stored of the group besides its members. */
export interface ConsumerGroupFacts {
  /** Grows when a target assignment has to be made: a subscription, a topic, a member changed. */
  epoch: number
  /** The epoch for which the present target assignment was made. */
  assignmentEpoch: number
  /** Milliseconds since the epoch; when it was made; 0 for never. */
  assignmentTimestamp: number
  /** Stands for the subscribed topics with their ids and partitions. */
  topicsHash: string
}

/** Of a new group; as in Kafka, it needs an assignment even if nobody subscribes to anything. */
const initialFacts: ConsumerGroupFacts = {
  epoch: 1,
  assignmentEpoch: 0,
  assignmentTimestamp: 0,
  topicsHash: '',
}

/**
 * Who is in a group of the consumer protocol, who has what, and who is to have what (KIP-848;
 * Kafka: ConsumerGroup). The rules that move it are functions beside this file. All of it is pure:
 * time, configs and topics are in the Step.
 */
export class ConsumerGroup implements Group {
  readonly type = 'consumer'
  readonly protocolType = 'consumer'
  readonly groupId: string
  readonly members: ReadonlyMap<string, ConsumerMember>
  /** Member ids of static members by their group.instance.id. */
  readonly staticMembers: ReadonlyMap<string, string>
  /** By regular expression of a member, the names of the topics that match it now. */
  readonly regexTopics = new Map<string, ReadonlySet<string>>()
  /** Of the topics that the hash and the matches are of; undefined after a start. */
  topicsVersion: number | undefined
  /** On the monotonic clock: patterns are not matched anew before, whatever topics come. */
  refreshAtMs = -Infinity
  /** On the monotonic clock: then patterns are matched anew, even if no topic has come or gone. */
  rematchAtMs = Infinity
  wakeAtMs = Infinity
  readonly #facts: ConsumerGroupFacts
  readonly #members = new Map<string, ConsumerMember>()
  readonly #staticMembers = new Map<string, string>()
  /** Who has each partition, or is giving it up. */
  readonly #owners = new Map<string, Map<number, string>>()
  /** Known until something changes. */
  #state: ConsumerGroupState | undefined

  constructor(groupId: string, facts: Partial<ConsumerGroupFacts> = {}) {
    this.groupId = groupId
    this.members = this.#members
    this.staticMembers = this.#staticMembers
    this.#facts = { ...initialFacts, ...facts }
  }

  get facts(): Readonly<ConsumerGroupFacts> {
    return this.#facts
  }

  get epoch(): number {
    return this.#facts.epoch
  }

  get state(): ConsumerGroupState {
    this.#state ??= this.#computeState()
    return this.#state
  }

  get size(): number {
    return this.members.size
  }

  get isBlank(): boolean {
    return this.size === 0 && this.epoch === initialFacts.epoch
  }

  expire(step: Step): void {
    expire(this, step)
  }

  resume(step: Step): void {
    resume(this, step)
  }

  /** Nobody waits: every request is answered at once. */
  abandon(): void {}

  row(): ConsumerGroupRow {
    return toRow(this)
  }

  memberRow(memberId: string): ConsumerMemberRow | null {
    const member = this.members.get(memberId)
    return member === undefined ? null : toMemberRow(member)
  }

  storedMembers(): Iterable<string> {
    return this.members.keys()
  }

  /** Kafka: ConsumerGroup.validateOffsetCommit. */
  validateCommit(
    client: OffsetClient,
    version: number,
    partitions: readonly CommittedPartition[],
  ): number {
    const { memberId, generationIdOrMemberEpoch: epoch } = client
    // Clients that are no members, such as tools, may while nobody is a member.
    if (epoch < 0 && this.size === 0) return errors.NONE
    if (epoch === -1 && isNameless(client)) return errors.NONE
    const member = this.members.get(memberId)
    if (member === undefined) return errors.UNKNOWN_MEMBER_ID
    const isOutdated = member.classic === null && !knowsEpochs(client, version)
    if (isOutdated) return errors.UNSUPPORTED_VERSION
    const since = ({ topicId, partition }: CommittedPartition): number | undefined =>
      member.assigned.get(topicId)?.get(partition) ?? member.revoking.get(topicId)?.get(partition)
    if (isCommitTimely(epoch, member.epoch, partitions, since)) return errors.NONE
    return member.classic === null ? errors.STALE_MEMBER_EPOCH : errors.ILLEGAL_GENERATION
  }

  /** Kafka: ConsumerGroup.validateOffsetFetch. */
  validateFetch({ memberId, memberEpoch }: FetchClient): number {
    if (memberId === null && memberEpoch < 0) return errors.NONE
    const member = this.members.get(memberId ?? '')
    if (member === undefined) return errors.UNKNOWN_MEMBER_ID
    if (member.epoch === memberEpoch) return errors.NONE
    return member.classic === null ? errors.STALE_MEMBER_EPOCH : errors.ILLEGAL_GENERATION
  }

  /** Only heartbeats are signs of life. */
  keepAlive(): void {}

  /** A pattern that was not matched since the start may match anything. */
  subscribesTo(topic: string): boolean {
    return [...this.members.values()].some(member => {
      const { topicRegex } = member
      const isOpen = topicRegex !== '' && !this.regexTopics.has(topicRegex)
      return isOpen || subscribedNames(this, member).has(topic)
    })
  }

  unusedSince({ commitTimestamp }: OffsetRow): number {
    return commitTimestamp
  }

  evict(memberId: string, cause: EvictionCause, step: Step): void {
    const member = this.members.get(memberId)
    if (member === undefined || (cause === 'disconnect' && member.instanceId !== null)) return
    removeMembers(this, [{ cause, member }], step)
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
  change(facts: Partial<ConsumerGroupFacts>, step: Step): void {
    Object.assign(this.#facts, facts)
    this.#state = undefined
    step.storesGroup = true
  }

  /** The static member of this name, if there is one. */
  staticMember(instanceId: string): ConsumerMember | undefined {
    return this.members.get(this.staticMembers.get(instanceId) ?? '')
  }

  /** Whether nobody else has the partition. */
  isFreeFor(memberId: string, topicId: string, partition: number): boolean {
    const owner = this.#owners.get(topicId)?.get(partition)
    return owner === undefined || owner === memberId
  }

  /** Adds a member, or what has become of it. Throws when it has what another one has. */
  put(member: ConsumerMember, step: Pick<Step, 'changedMembers'>): void {
    const { memberId, instanceId } = member
    this.#disown(this.members.get(memberId))
    this.#members.set(memberId, member)
    if (instanceId !== null) this.#staticMembers.set(instanceId, memberId)
    this.#own(member)
    this.#state = undefined
    step.changedMembers.add(memberId)
  }

  remove(memberId: string, step: Pick<Step, 'changedMembers'>): void {
    const member = this.members.get(memberId)
    if (member === undefined) return
    this.#disown(member)
    this.#members.delete(memberId)
    if (member.instanceId !== null) this.#staticMembers.delete(member.instanceId)
    this.#state = undefined
    step.changedMembers.add(memberId)
  }

  #own({ memberId, assigned, revoking }: ConsumerMember): void {
    for (const [topicId, partitions] of [...assigned, ...revoking]) {
      let owners = this.#owners.get(topicId)
      if (owners === undefined) this.#owners.set(topicId, (owners = new Map()))
      for (const partition of partitions.keys()) {
        const owner = owners.get(partition)
        if (owner !== undefined && owner !== memberId) {
          throw new Error(`${memberId} gets ${topicId}-${partition}, which ${owner} has`)
        }
        owners.set(partition, memberId)
      }
    }
  }

  #disown(member: ConsumerMember | undefined): void {
    for (const [topicId, partitions] of [
      ...(member?.assigned ?? []),
      ...(member?.revoking ?? []),
    ]) {
      const owners = this.#owners.get(topicId)
      for (const partition of partitions.keys()) owners?.delete(partition)
      if (owners?.size === 0) this.#owners.delete(topicId)
    }
  }

  #computeState(): ConsumerGroupState {
    const { epoch, assignmentEpoch } = this.#facts
    if (this.size === 0) return 'Empty'
    if (epoch > assignmentEpoch) return 'Assigning'
    for (const member of this.members.values()) {
      if (!isReconciled(member, assignmentEpoch)) return 'Reconciling'
    }
    return 'Stable'
  }
}
