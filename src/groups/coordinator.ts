import { KafkaError } from '../../protocol/errors.ts'
import {
  offsetKey,
  type Change,
  type GroupRow,
  type MetadataStore,
  type OffsetRow,
} from '../../storage/metadata-store.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Logger } from '../logger.ts'
import type { Random } from '../random.ts'
import { ClassicGroup } from './classic-group.ts'
import { abandon, expire, heartbeat, resume, type HeartbeatRequest } from './deadlines.ts'
import {
  describe,
  list,
  type DescribedGroup,
  type GroupFilter,
  type ListedGroup,
} from './describe.ts'
import { fromRow, toRow } from './group-row.ts'
import { join, type JoinClient, type JoinRequest } from './join.ts'
import { leave, leaveNothing, type Leaving, type Left } from './leave.ts'
import type { JoinAnswer, SyncAnswer } from './member.ts'
import { commitOffsets, type CommitAnswer, type CommitRequest } from './offset-commit.ts'
import { fetchOffsets, type FetchAnswer, type FetchRequest } from './offset-fetch.ts'
import { Offsets, type TopicLookup } from './offsets.ts'
import { Step, type GroupLimits, type Reply } from './step.ts'
import { sync, type SyncRequest } from './sync.ts'

export interface CoordinatorOptions {
  config: GroupLimits
  metadata: Pick<MetadataStore, 'commit'>
  clock: Clock
  random: Pick<Random, 'uuid'>
  logger: Pick<Logger, 'debug'>
}

type OfGroup<Request> = Request & { groupId: string }

/** A group, and what is under way for it. */
interface Entry {
  readonly group: ClassicGroup
  timer: Timer | undefined
  timerAtMs: number
  /** The last commit while it runs; resolves with its failure, if it fails. */
  storing: Promise<KafkaError | undefined> | undefined
}

/**
 * The group coordinator: owns all groups and their offsets. The rules decide; here their changes
 * are stored, and no reply of a group leaves before everything is stored that it may tell of.
 * Whole requests are refused by a KafkaError.
 */
export class GroupCoordinator {
  readonly #options: CoordinatorOptions
  readonly #entries = new Map<string, Entry>()
  readonly #offsets = new Offsets()
  #closed = false

  constructor(options: CoordinatorOptions) {
    this.#options = options
  }

  /** Restores what was stored. All sessions start anew: nobody could heartbeat meanwhile. */
  load(groups: ReadonlyMap<string, GroupRow>, offsets: ReadonlyMap<string, OffsetRow>): void {
    for (const row of offsets.values()) this.#offsets.set(row)
    for (const [groupId, row] of groups) this.#add(fromRow(groupId, row))
    for (const groupId of this.#offsets.groups()) this.#getOrCreate(groupId)
    for (const entry of this.#entries.values()) this.#run(entry, step => resume(entry.group, step))
  }

  /** Resolves when the join phase is over, which may take as long as the rebalance timeout. */
  async join(request: OfGroup<JoinRequest>, client: JoinClient): Promise<JoinAnswer> {
    this.#check(request.groupId)
    const { groupMinSessionTimeoutMs, groupMaxSessionTimeoutMs } = this.#options.config
    const { groupId, memberId, sessionTimeoutMs } = request
    if (
      sessionTimeoutMs < groupMinSessionTimeoutMs ||
      sessionTimeoutMs > groupMaxSessionTimeoutMs
    ) {
      throw new KafkaError('INVALID_SESSION_TIMEOUT')
    }
    const entry = memberId === '' ? this.#getOrCreate(groupId) : this.#find(groupId)
    const owner = request.groupInstanceId ?? client.clientId
    const newMemberId = `${owner}-${this.#options.random.uuid()}`
    const waiting = Promise.withResolvers<JoinAnswer>()
    this.#run(entry, step => join(entry.group, request, { ...client, newMemberId }, waiting, step))
    return waiting.promise
  }

  /** Resolves when the leader has brought the assignments. */
  async sync(request: OfGroup<SyncRequest>): Promise<SyncAnswer> {
    this.#check(request.groupId)
    const entry = this.#find(request.groupId)
    const waiting = Promise.withResolvers<SyncAnswer>()
    this.#run(entry, step => sync(entry.group, request, waiting, step))
    return waiting.promise
  }

  /** The error code of the answer. */
  async heartbeat(request: OfGroup<HeartbeatRequest>): Promise<number> {
    this.#check(request.groupId)
    const entry = this.#find(request.groupId)
    return this.#ask(entry, step => heartbeat(entry.group, request, step))
  }

  async leave(groupId: string, members: readonly Leaving[]): Promise<Left[]> {
    this.#check(groupId)
    const entry = this.#entries.get(groupId)
    if (entry === undefined) return leaveNothing(members)
    return this.#ask(entry, step => leave(entry.group, members, step))
  }

  /** Resolves when the offsets are as durable as the metadata store promises. */
  async commitOffsets(
    request: CommitRequest,
    version: number,
    topics: TopicLookup,
  ): Promise<CommitAnswer[]> {
    this.#checkOpen()
    const { groupId } = request
    // A client that is no member may commit for a group that does not exist, and so creates it.
    const group = this.#entries.get(groupId)?.group
    return this.#ask(this.#getOrCreate(groupId), step =>
      commitOffsets(group, request, version, topics, step),
    )
  }

  /** Offsets whose commit is under way are waited for: what is told is never taken back. */
  async fetchOffsets(
    request: FetchRequest,
    version: number,
    topics: TopicLookup,
  ): Promise<FetchAnswer[]> {
    this.#checkOpen()
    const answer = fetchOffsets(this.#offsets, request, version, topics)
    const entry = this.#entries.get(request.groupId)
    return entry === undefined ? answer : this.#ask(entry, () => answer)
  }

  /** Forgets the offsets of a topic; the caller stores the changes together with its deletion. */
  topicDeleted({ name }: { readonly name: string }): Change[] {
    const changes = this.#offsets.deleteTopic(name)
    for (const entry of this.#entries.values()) this.#dropIfBlank(entry)
    return changes
  }

  describe(groupId: string): DescribedGroup | undefined {
    const entry = this.#entries.get(groupId)
    return entry && describe(entry.group)
  }

  list(filter: GroupFilter): ListedGroup[] {
    return list(
      [...this.#entries.values()].map(entry => entry.group),
      filter,
    )
  }

  /** Whoever waits is told to look for the coordinator anew; nothing is taken any more. */
  close(): void {
    this.#closed = true
    for (const entry of this.#entries.values()) {
      this.#run(entry, step => abandon(entry.group, step))
      entry.timer?.cancel()
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
  }

  #check(groupId: string): void {
    this.#checkOpen()
    if (groupId === '') throw new KafkaError('INVALID_GROUP_ID')
  }

  #find(groupId: string): Entry {
    const entry = this.#entries.get(groupId)
    if (entry === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID', `no group '${groupId}'`)
    return entry
  }

  #getOrCreate(groupId: string): Entry {
    return (
      this.#entries.get(groupId) ?? this.#add(new ClassicGroup(groupId, this.#options.clock.now()))
    )
  }

  #add(group: ClassicGroup): Entry {
    const entry = { group, timer: undefined, timerAtMs: Infinity, storing: undefined }
    this.#entries.set(group.groupId, entry)
    return entry
  }

  /** A rule whose answer is known at once. */
  #ask<Answer>(entry: Entry, rule: (step: Step) => Answer): Promise<Answer> {
    const waiting = Promise.withResolvers<Answer>()
    this.#run(entry, step => step.answer(waiting, rule(step)))
    return waiting.promise
  }

  #run(entry: Entry, rule: (step: Step) => void): void {
    const { clock, config, logger } = this.#options
    const { group } = entry
    const { state } = group
    const step = new Step(clock.monotonic(), clock.now(), config)
    rule(step)
    if (group.state !== state) {
      const { groupId, generationId, members } = group
      const details = { group: groupId, generation: generationId, members: members.size }
      logger.debug({ ...details, from: state, to: group.state }, 'group changed its state')
    }
    this.#store(entry, step)
    this.#arm(entry, step.nowMs)
    this.#reply(entry, step.replies)
    this.#dropIfBlank(entry)
  }

  /** What the rule has changed goes to the store before any reply that tells of it goes out. */
  #store(entry: Entry, step: Step): void {
    const changes: Change[] = []
    if (step.storesGroup) {
      const { group } = entry
      changes.push({ kind: 'group', key: group.groupId, value: toRow(group) })
    }
    for (const row of step.offsets) {
      this.#offsets.set(row)
      const key = offsetKey(row.group, row.topic, row.partition)
      changes.push({ kind: 'offset', key, value: row })
    }
    if (changes.length === 0) return
    const storing = this.#options.metadata.commit(changes).then(
      () => undefined,
      (cause: unknown) => new KafkaError('COORDINATOR_NOT_AVAILABLE', String(cause)),
    )
    entry.storing = storing
    void storing.then(() => {
      if (entry.storing === storing) entry.storing = undefined
    })
  }

  #reply({ storing }: Entry, replies: readonly Reply[]): void {
    if (storing === undefined) for (const reply of replies) reply()
    else void storing.then(failure => replies.forEach(reply => reply(failure)))
  }

  /** One timer for each group. It may be early: what it finds is not due, and it is set again. */
  #arm(entry: Entry, nowMs: number): void {
    const { wakeAtMs } = entry.group
    if (wakeAtMs >= entry.timerAtMs) return
    entry.timer?.cancel()
    entry.timerAtMs = wakeAtMs
    entry.timer = this.#options.clock.after(Math.max(0, Math.ceil(wakeAtMs - nowMs)), () => {
      entry.timerAtMs = Infinity
      this.#run(entry, step => expire(entry.group, step))
    })
  }

  /** A group that never had a generation and stores nothing need not be remembered. */
  #dropIfBlank(entry: Entry): void {
    const { groupId, generationId, pendingJoin, state } = entry.group
    if (state !== 'Empty' || generationId > 0 || pendingJoin.size > 0) return
    if (this.#offsets.has(groupId)) return
    entry.timer?.cancel()
    this.#entries.delete(groupId)
  }
}
