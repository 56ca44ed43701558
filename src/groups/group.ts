import type { GroupRow, MemberRow, OffsetRow } from '../../storage/metadata-store.ts'
import type { MemberIdentity } from './history.ts'
import type { GroupTopics, Step } from './step.ts'

/** By protocol: JoinGroup and SyncGroup; KIP-848; KIP-932; KIP-1071. */
export type GroupType = GroupRow['type']

/** In whose name offsets are committed that wait for the end of a transaction (KIP-98). */
export interface OffsetTransaction {
  readonly producerId: number
  readonly producerEpoch: number
  /** The partition of __consumer_offsets whose marker ends it for the group. */
  readonly offsetsPartition: number
}

/** Who wants to commit offsets. */
export interface OffsetClient {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** -1 when the client is no member. */
  readonly generationIdOrMemberEpoch: number
  /** Undefined for a commit that counts at once. */
  readonly transaction?: OffsetTransaction | undefined
}

/** A partition whose offset a client commits. */
export interface CommittedPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
}

/** Who wants to know offsets: a member by its id and epoch, or (null and -1) anybody else. */
export interface FetchClient {
  readonly memberId: string | null
  readonly memberEpoch: number
}

export type EvictionCause = 'disconnect' | 'kick'

/** A member as all see it who treat groups of all types alike. */
export interface MemberView extends MemberIdentity {
  readonly instanceId: string | null
  /** By name, as far as they are known. */
  readonly subscribedTopics: readonly string[]
  /** By topic. */
  readonly assignment: Readonly<Record<string, readonly number[]>>
  /** Why the group is not stable, if that is because of this member. */
  readonly missing?: string
}

/**
 * A group of any type, as far as those see it who treat all alike: who stores groups, wakes them
 * up, lists them, and keeps their offsets. The requests of its members are for its own protocol.
 */
export interface Group {
  readonly type: GroupType
  readonly groupId: string
  /** By Kafka's name. */
  readonly state: string
  /** Null for a classic group that only stores offsets. */
  readonly protocolType: string | null
  /** The generation of a classic group, else the group epoch. */
  readonly epoch: number
  readonly size: number
  /** On the monotonic clock, in milliseconds: not later than the earliest deadline. */
  readonly wakeAtMs: number
  /** Nothing of it is worth remembering, but for its offsets. */
  readonly isBlank: boolean
  /** The time has come for something, perhaps: does what is due, and sets `wakeAtMs` anew. */
  expire(step: Step): void
  /** The group was loaded: sessions start anew, for nobody could heartbeat meanwhile. */
  resume(step: Step): void
  /** The coordinator stops: whoever waits is told to look for it anew. */
  abandon(step: Step): void
  /** What of the group survives a restart, but for its members' own rows. */
  row(): GroupRow
  /** Null for a member that there is not; those of a classic group have no rows of their own. */
  memberRow(memberId: string): MemberRow | null
  /** The ids of all members that have rows of their own. */
  storedMembers(): Iterable<string>
  /** The error for a commit by this client, of these partitions; 0 when it may. */
  validateCommit(
    client: OffsetClient,
    version: number,
    partitions: readonly CommittedPartition[],
  ): number
  /** The error for a fetch of offsets by this client; 0 when it may. */
  validateFetch(client: FetchClient): number
  /** A commit is a sign of life, in some protocols. */
  keepAlive(memberId: string, step: Step): void
  /** Whether the members read this topic, so that its offsets are in use. */
  subscribesTo(topic: string): boolean
  /**
   * Since when the retention of an offset runs that is not in use, in milliseconds since the epoch;
   * undefined while it does not run (KIP-211).
   */
  unusedSince(offset: OffsetRow): number | undefined
  /**
   * Removes a member: somebody wants it, or its connection is gone. Of the latter, static members
   * know nothing: that they may come back without a rebalance is what they are for (KIP-345).
   */
  evict(memberId: string, cause: EvictionCause, step: Step): void
  /** Who is in it, and what they have. */
  memberViews(topics: GroupTopics): MemberView[]
}
