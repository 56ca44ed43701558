import type {
  OffsetRow,
  StreamsGroupRow,
  StreamsMemberRow,
} from '../../../storage/metadata-store.ts'
import type {
  CommittedPartition,
  EvictionCause,
  FetchClient,
  Group,
  MemberView,
  OffsetClient,
} from '../group.ts'
import type { GroupTopics, Step } from '../step.ts'
import { validateCommit, validateFetch } from './commit.ts'
import type { ConfiguredTopology } from './configured-topology.ts'
import type { Target } from './current-assignment.ts'
import { expire, fence, resume } from './deadlines.ts'
import { isReconciled, type StreamsMember } from './member.ts'
import { toMemberRow, toRow } from './row.ts'
import { TaskOwners } from './task-owners.ts'
import { noTasks, type TaskAssignment } from './tasks.ts'
import { inputTopics, type Topology } from './topology.ts'
import { memberViews } from './views.ts'

/** By Kafka's names. */
export type StreamsGroupState = 'Empty' | 'NotReady' | 'Assigning' | 'Reconciling' | 'Stable'

/** No topology has this epoch. */
export const noTopologyEpoch = -1

/**
 * Who is in a streams group and who is to have which task (Kafka: StreamsGroup, KIP-1071). The
 * rules that move it are functions beside this file. All of it is pure: time, configs and topics
 * are in the Step.
 */
export class StreamsGroup implements Group {
  readonly type = 'streams'
  readonly protocolType = 'streams'
  readonly groupId: string
  /** Goes up with every change after which tasks may have to be assigned anew. */
  epoch = 1
  /** The group epoch for which the target assignment was made. */
  assignmentEpoch = 1
  /** Milliseconds since the epoch, when that was; 0 for never. */
  assignmentTimestamp = 0
  topology: Topology | undefined
  /** Of the topology, if all of its topics are there. */
  validatedTopologyEpoch = noTopologyEpoch
  /** Of the topics of the topology, as they were when the group last looked at them. */
  topicsHash = ''
  /** With which the group was last assigned. */
  standbyReplicas = 0
  /** With the topics of `topicsVersion`; made anew after a restart. */
  configured: ConfiguredTopology | undefined
  topicsVersion: number | undefined
  /** Whose application asks all others to stop; told for as long as the group has members. */
  shutdownRequestedBy: string | undefined
  /** Goes up when it changes who can be asked about which partitions (interactive queries). */
  endpointEpoch = 0
  /** On the monotonic clock: until then an empty group waits for more members. */
  initialRebalanceDeadlineMs: number | undefined
  wakeAtMs = Infinity
  state: StreamsGroupState = 'Empty'
  readonly members = new Map<string, StreamsMember>()
  readonly targets = new Map<string, TaskAssignment>()
  readonly owners = new TaskOwners()
  /** On the monotonic clock: without a sign of life until then, a member is removed. */
  readonly sessionDeadlinesMs = new Map<string, number>()
  /** The same for members that are to give up tasks. */
  readonly rebalanceDeadlinesMs = new Map<string, number>()

  constructor(groupId: string) {
    this.groupId = groupId
  }

  get size(): number {
    return this.members.size
  }

  /** Its epochs must not start anew: members might come back with old ones. */
  get isBlank(): boolean {
    return false
  }

  /** What the member is to have. */
  targetOf(memberId: string): Target {
    return { epoch: this.assignmentEpoch, tasks: this.targets.get(memberId) ?? noTasks }
  }

  /** Adds the member, or puts it into the place of what it was. */
  put(member: StreamsMember): void {
    const before = this.members.get(member.memberId)
    if (before !== undefined) this.owners.remove(before)
    this.members.set(member.memberId, member)
    this.owners.add(member)
  }

  remove(memberId: string): void {
    const member = this.members.get(memberId)
    if (member === undefined) return
    this.owners.remove(member)
    this.members.delete(memberId)
    this.targets.delete(memberId)
    this.sessionDeadlinesMs.delete(memberId)
    this.rebalanceDeadlinesMs.delete(memberId)
  }

  /** Takes note that something is due then; returns it. */
  wakeBy(deadlineMs: number): number {
    this.wakeAtMs = Math.min(this.wakeAtMs, deadlineMs)
    return deadlineMs
  }

  /** Brings the state up to date with all the rest. */
  updateState(): void {
    this.state = this.#currentState()
    if (this.state === 'Empty') this.shutdownRequestedBy = undefined
  }

  #currentState(): StreamsGroupState {
    if (this.members.size === 0) return 'Empty'
    if (this.topology?.epoch !== this.validatedTopologyEpoch) return 'NotReady'
    if (this.epoch > this.assignmentEpoch) return 'Assigning'
    for (const member of this.members.values()) {
      if (!isReconciled(member, this.assignmentEpoch)) return 'Reconciling'
    }
    return 'Stable'
  }

  expire(step: Step): void {
    expire(this, step)
  }

  resume(step: Step): void {
    resume(this, step)
  }

  /** Nobody waits here: every heartbeat is answered at once. */
  abandon(): void {}

  row(): StreamsGroupRow {
    return toRow(this)
  }

  memberRow(memberId: string): StreamsMemberRow | null {
    const member = this.members.get(memberId)
    return member === undefined ? null : toMemberRow(member, this.targetOf(memberId).tasks)
  }

  storedMembers(): Iterable<string> {
    return this.members.keys()
  }

  validateCommit(
    client: OffsetClient,
    version: number,
    partitions: readonly CommittedPartition[],
  ): number {
    return validateCommit(this, client, version, partitions)
  }

  validateFetch(client: FetchClient): number {
    return validateFetch(this, client)
  }

  /** Only a heartbeat keeps a member alive (KIP-1071). */
  keepAlive(): void {}

  /** Kafka: StreamsGroup.isSubscribedToTopic. */
  subscribesTo(topic: string): boolean {
    if (this.state === 'Empty' || this.topology === undefined) return false
    return this.topology.subtopologies.some(each => inputTopics(each).includes(topic))
  }

  unusedSince({ commitTimestamp }: OffsetRow): number {
    return commitTimestamp
  }

  evict(memberId: string, cause: EvictionCause, step: Step): void {
    if (this.members.has(memberId)) fence(this, memberId, { cause }, step)
  }

  memberViews(topics: GroupTopics): MemberView[] {
    return memberViews(this, topics)
  }
}
