import {
  parseMemberKey,
  type Change,
  type ConsumerMemberRow,
  type GroupRow,
  type MemberRow,
  type OffsetRow,
  type PendingOffsetRow,
  type ShareMemberRow,
  type StreamsMemberRow,
} from '../../storage/metadata-store.ts'
import { ClassicGroup } from './classic/classic-group.ts'
import { loadClassicGroup } from './classic/load.ts'
import { ClassicProtocol } from './classic/protocol.ts'
import { loadConsumerGroup } from './consumer/load.ts'
import { ConsumerProtocol } from './consumer/protocol.ts'
import type { Group } from './group.ts'
import { Groups, type GroupsOptions } from './groups.ts'
import type { MemberIdentity, PastEvent } from './history.ts'
import { list, type GroupFilter, type ListedGroup } from './list.ts'
import { GroupOffsets } from './offsets/group-offsets.ts'
import { Presence } from './presence.ts'
import { loadShareGroup } from './share/load.ts'
import { ShareProtocol } from './share/protocol.ts'
import { loadStreamsGroup } from './streams/load.ts'
import { StreamsProtocol } from './streams/protocol.ts'
import type { Waiters } from '../waiters.ts'

/** The rows that groups consist of, by key. */
export interface GroupRows {
  readonly group: ReadonlyMap<string, GroupRow>
  readonly groupMember: ReadonlyMap<string, MemberRow>
  readonly offset: ReadonlyMap<string, OffsetRow>
  readonly pendingOffset: ReadonlyMap<string, PendingOffsetRow>
}

/**
 * The group coordinator: groups of all types, each behind its own protocol, and their offsets.
 * Whole requests are refused by a KafkaError.
 */
export class GroupCoordinator {
  readonly classic: ClassicProtocol
  readonly share: ShareProtocol
  readonly consumer: ConsumerProtocol
  readonly streams: StreamsProtocol
  readonly offsets: GroupOffsets
  readonly #groups: Groups
  readonly #presence: Presence
  readonly #options: GroupsOptions

  constructor(options: GroupsOptions) {
    this.#options = options
    this.#groups = new Groups(options)
    this.classic = new ClassicProtocol(this.#groups)
    this.share = new ShareProtocol(this.#groups, options.shareStates)
    this.consumer = new ConsumerProtocol(this.#groups)
    this.streams = new StreamsProtocol(this.#groups)
    this.offsets = new GroupOffsets(this.#groups)
    this.#presence = new Presence((groupId, memberId) =>
      this.#groups.evict(groupId, memberId, 'disconnect'),
    )
  }

  /**
   * A member was heard of on a connection, whose end `closed` tells. With group.evict.on.disconnect
   * it is removed when the last connection is closed on which it was.
   */
  seen(groupId: string, memberId: string, closed: AbortSignal): void {
    if (!this.#options.config.groupEvictOnDisconnect) return
    this.#presence.seen(groupId, memberId, closed)
  }

  /** Restores what was stored. */
  load({ group: groups, groupMember, offset, pendingOffset }: GroupRows): void {
    const { offsets } = this.#groups
    const members = byGroup(groupMember)
    for (const row of offset.values()) offsets.restore(row)
    for (const row of pendingOffset.values()) offsets.restorePending(row)
    for (const [groupId, row] of groups) {
      this.#groups.restore(loadGroup(groupId, row, members.get(groupId) ?? new Map()))
    }
    const now = this.#options.clock.now()
    for (const groupId of new Set([...offsets.groups(), ...offsets.pending.groups()])) {
      if (!groups.has(groupId)) this.#groups.restore(new ClassicGroup(groupId, now))
    }
    this.#groups.resume()
    this.offsets.startExpiry()
  }

  /** Every row of groups and offsets, as it would be stored now. */
  rows(): Change[] {
    return this.#groups.rows()
  }

  /** Forgets the offsets of a topic; the caller stores the changes together with its deletion. */
  topicDeleted(topic: { readonly name: string }): Change[] {
    return this.#groups.topicDeleted(topic)
  }

  /** Wakes when a group, or what it has committed, may have changed. */
  get changes(): Waiters {
    return this.#groups.changes
  }

  get(groupId: string): Group | undefined {
    return this.#groups.get(groupId)
  }

  /** Why a group has rebalanced lately, the oldest first. */
  history(groupId: string): readonly PastEvent[] {
    return this.#groups.history(groupId)
  }

  /** Lets a member go; its client is told with its next request, and joins anew. */
  kick(groupId: string, memberId: string): void {
    this.#groups.evict(groupId, memberId, 'kick')
  }

  /** A request of a group's member was answered by a fault, for `history`. */
  faulted(groupId: string, member: MemberIdentity, fault: string): void {
    this.#groups.note(groupId, { cause: 'fault', member, detail: fault })
  }

  list(filter: GroupFilter): ListedGroup[] {
    return list(this.#groups.all(), filter)
  }

  /** Whoever waits for one of these groups is told to look for the coordinator anew. */
  abandon(isMeant: (groupId: string) => boolean): void {
    this.#groups.abandon(isMeant)
  }

  /** Whoever waits is told to look for the coordinator anew; nothing is taken any more. */
  close(): void {
    this.offsets.stopExpiry()
    this.#groups.close()
  }
}

/** Member rows by group and member id. */
function byGroup(rows: GroupRows['groupMember']): Map<string, Map<string, MemberRow>> {
  const groups = new Map<string, Map<string, MemberRow>>()
  for (const [key, row] of rows) {
    const [groupId, memberId] = parseMemberKey(key)
    let members = groups.get(groupId)
    if (members === undefined) groups.set(groupId, (members = new Map()))
    members.set(memberId, row)
  }
  return groups
}

function loadGroup(groupId: string, row: GroupRow, members: ReadonlyMap<string, MemberRow>): Group {
  if (row.type === 'share') {
    return loadShareGroup(groupId, row, members as ReadonlyMap<string, ShareMemberRow>)
  }
  if (row.type === 'consumer') {
    return loadConsumerGroup(groupId, row, members as ReadonlyMap<string, ConsumerMemberRow>)
  }
  if (row.type === 'streams') {
    return loadStreamsGroup(groupId, row, members as ReadonlyMap<string, StreamsMemberRow>)
  }
  return loadClassicGroup(groupId, row)
}
