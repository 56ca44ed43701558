import { KafkaError } from '../../protocol/errors.ts'
import type { Change, MetadataStore, PendingOffsetRow } from '../../storage/metadata-store.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Config, GroupConfig } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { Random } from '../random.ts'
import type { ShareStates } from '../share-partitions/share-states.ts'
import { allOf, committed, forgotten, groupChanges, pending, settled } from './changes.ts'
import type { EvictionCause, Group } from './group.ts'
import { keptEvents, type GroupEvent, type PastEvent } from './history.ts'
import { Offsets } from './offsets/committed.ts'
import { Step, type GroupTopics, type Reply } from './step.ts'
import { Waiters } from '../waiters.ts'

export interface GroupsOptions {
  config: Config
  /** What holds for this group, by what is set on it and on the broker. */
  groupConfig: (groupId: string) => GroupConfig
  topics: GroupTopics
  /** What share groups have done goes with the group. */
  shareStates: ShareStates
  metadata: Pick<MetadataStore, 'commit'>
  clock: Clock
  random: Pick<Random, 'id' | 'uuid'>
  logger: Pick<Logger, 'debug'>
}

/** What a request or a deadline does with a group, or where there is none. */
export type Rule<Answer> = (group: Group | undefined, step: Step) => Answer

/** A group, and what is under way for it. */
interface Entry {
  group: Group
  timer: Timer | undefined
  timerAtMs: number
  /** There are offsets of the group, or were: then it goes when offsets are next expired. */
  hasCommitted: boolean
  /** The last commit while it runs; resolves with its failure, if it fails. */
  storing: Promise<KafkaError | undefined> | undefined
  /** Why it has rebalanced, the oldest first. */
  history: PastEvent[]
}

/**
 * All groups and their offsets. Rules decide; here their changes are stored, and no reply of a
 * group leaves before everything is stored that it may tell of.
 */
export class Groups {
  readonly offsets = new Offsets()
  /** Wakes when a group may have changed. */
  readonly changes = new Waiters()
  readonly #options: GroupsOptions
  readonly #entries = new Map<string, Entry>()
  #closed = false

  constructor(options: GroupsOptions) {
    this.#options = options
  }

  get config(): Config {
    return this.#options.config
  }

  get clock(): Clock {
    return this.#options.clock
  }

  get topics(): GroupTopics {
    return this.#options.topics
  }

  /** What makes the id of a member of a classic group one that nobody has. */
  newMemberId(): string {
    return this.#options.random.uuid()
  }

  /** The id of a member of a consumer group: a uuid in Kafka's form, as Kafka's clients choose. */
  newConsumerId(): string {
    return this.#options.random.id()
  }

  /** A group as it was stored. */
  restore(group: Group): void {
    const { groupId } = group
    this.#add(group).hasCommitted = this.offsets.has(groupId) || this.offsets.pending.has(groupId)
  }

  /** Everything is restored: the groups go on. */
  resume(): void {
    for (const { group } of this.#entries.values()) {
      this.run(group.groupId, (_, step) => group.resume(step))
    }
  }

  get(groupId: string): Group | undefined {
    return this.#entries.get(groupId)?.group
  }

  all(): Group[] {
    return Array.from(this.#entries.values(), ({ group }) => group)
  }

  /** Throws COORDINATOR_NOT_AVAILABLE when nothing is taken any more. */
  checkOpen(): void {
    if (this.#closed) throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
  }

  /** A rule whose answer is known at once, whether it is one or an error. */
  ask<Answer>(groupId: string, rule: Rule<Answer>): Promise<Answer> {
    const waiting = Promise.withResolvers<Answer>()
    this.run(groupId, (group, step) => {
      try {
        step.answer(waiting, rule(group, step))
      } catch (error) {
        step.refuse(waiting, error)
      }
    })
    return waiting.promise
  }

  run(groupId: string, rule: Rule<void>): void {
    const step = this.#step(groupId)
    const known = this.#entries.get(groupId)
    const before = known?.group
    const state = before?.state
    const epoch = before?.epoch ?? 0
    rule(before, step)
    const entry = this.#succeed(groupId, known, step)
    if (step.events !== undefined) remember(entry, epoch, step.events, step.timestamp)
    const storing = this.#store(groupId, before, entry?.group, step)
    if (entry !== undefined) {
      if (entry.group.state !== state) this.#tell(entry.group, state)
      if (storing !== undefined) this.#await(entry, storing)
      this.#arm(entry, step.nowMs)
    }
    reply(step.replies, storing ?? known?.storing)
    if (entry === undefined) return
    entry.hasCommitted ||= step.offsets.length + step.pendingOffsets.length > 0
    this.#dropIfBlank(entry)
    this.changes.wake()
  }

  /**
   * Their transactions end: of these pending offsets, all are committed, or gone, in one commit.
   * Rejects with COORDINATOR_NOT_AVAILABLE when the store fails.
   */
  async settle(rows: readonly PendingOffsetRow[], isCommitted: boolean): Promise<void> {
    if (rows.length === 0) return
    const { pending } = this.offsets
    for (const row of rows) pending.delete(row)
    const latest = rows.filter(row => isCommitted && this.offsets.materialize(row))
    const changes = [...rows.map(settled), ...latest.map(({ offset }) => committed(offset))]
    const storing = this.#commit(changes)
    for (const groupId of new Set(rows.map(({ offset }) => offset.group))) {
      const entry = this.#entries.get(groupId)
      if (entry !== undefined) this.#await(entry, storing)
    }
    const failure = await storing
    this.changes.wake()
    if (failure !== undefined) throw failure
  }

  /** Why a group has rebalanced, the oldest first. */
  history(groupId: string): readonly PastEvent[] {
    return this.#entries.get(groupId)?.history ?? []
  }

  /** Something outside of the rules that may make a group rebalance. */
  note(groupId: string, event: GroupEvent): void {
    const entry = this.#entries.get(groupId)
    remember(entry, entry?.group.epoch ?? 0, [event], this.#options.clock.now())
  }

  /** Lets a member go. */
  evict(groupId: string, memberId: string, cause: EvictionCause): void {
    if (this.#closed || !this.#entries.has(groupId)) return
    this.run(groupId, (group, step) => group!.evict(memberId, cause, step))
  }

  /** Every row of groups and offsets, as it would be stored now. */
  rows(): Change[] {
    const groups = this.all().filter(({ epoch }) => epoch > 0)
    return [
      ...groups.flatMap(allOf),
      ...this.offsets.all().map(committed),
      ...this.offsets.pending.all().map(pending),
    ]
  }

  /** Forgets the offsets of a topic; the caller stores the changes together with its deletion. */
  topicDeleted({ name }: { readonly name: string }): Change[] {
    const unsettled = this.offsets.pending.all().filter(({ offset }) => offset.topic === name)
    for (const row of unsettled) this.offsets.pending.delete(row)
    return [...this.offsets.deleteTopic(name).map(forgotten), ...unsettled.map(settled)]
  }

  /** Whoever waits for one of these groups is told to look for the coordinator anew. */
  abandon(isMeant: (groupId: string) => boolean): void {
    for (const groupId of this.#entries.keys()) {
      if (isMeant(groupId)) this.run(groupId, (group, step) => group!.abandon(step))
    }
  }

  /** Whoever waits is told to look for the coordinator anew; nothing is taken any more. */
  close(): void {
    this.#closed = true
    this.abandon(() => true)
    for (const { timer } of this.#entries.values()) timer?.cancel()
  }

  #step(groupId: string): Step {
    const { clock, config, topics, groupConfig } = this.#options
    return new Step({
      nowMs: clock.monotonic(),
      timestamp: clock.now(),
      config,
      topics,
      groupConfig: () => groupConfig(groupId),
    })
  }

  #add(group: Group): Entry {
    const entry = {
      group,
      timer: undefined,
      timerAtMs: Infinity,
      hasCommitted: false,
      storing: undefined,
      history: [],
    }
    this.#entries.set(group.groupId, entry)
    return entry
  }

  /** Puts the group into the place that the rule has made for it. */
  #succeed(groupId: string, entry: Entry | undefined, { successor }: Step): Entry | undefined {
    if (successor === undefined) return entry
    if (successor === null) {
      entry?.timer?.cancel()
      this.#entries.delete(groupId)
      return undefined
    }
    if (entry === undefined) return this.#add(successor)
    entry.group = successor
    return entry
  }

  /** What the rule has changed goes to the store before any reply that tells of it goes out. */
  #store(
    groupId: string,
    before: Group | undefined,
    after: Group | undefined,
    step: Step,
  ): Promise<KafkaError | undefined> | undefined {
    const changes = groupChanges(groupId, before, after, step)
    changes.push(...this.#keepOffsets(step))
    if (step.successor === null) changes.push(...this.#options.shareStates.groupDeleted(groupId))
    return changes.length === 0 ? undefined : this.#commit(changes)
  }

  #keepOffsets({ offsets, forgottenOffsets, pendingOffsets, forgottenPending }: Step): Change[] {
    for (const row of forgottenOffsets) this.offsets.delete(row)
    for (const row of forgottenPending) this.offsets.pending.delete(row)
    return [
      ...offsets.map(row => committed(this.offsets.commit(row))),
      ...pendingOffsets.map(row => pending(this.offsets.commitPending(row))),
      ...forgottenOffsets.map(forgotten),
      ...forgottenPending.map(settled),
    ]
  }

  #commit(changes: readonly Change[]): Promise<KafkaError | undefined> {
    return this.#options.metadata.commit(changes).then(
      () => undefined,
      (cause: unknown) => new KafkaError('COORDINATOR_NOT_AVAILABLE', String(cause)),
    )
  }

  #await(entry: Entry, storing: Promise<KafkaError | undefined>): void {
    entry.storing = storing
    void storing.then(() => {
      if (entry.storing === storing) entry.storing = undefined
    })
  }

  /** One timer for each group. It may be early: what it finds is not due, and it is set again. */
  #arm(entry: Entry, nowMs: number): void {
    const { wakeAtMs } = entry.group
    if (wakeAtMs >= entry.timerAtMs) return
    entry.timer?.cancel()
    entry.timerAtMs = wakeAtMs
    entry.timer = this.#options.clock.after(Math.max(0, Math.ceil(wakeAtMs - nowMs)), () => {
      entry.timerAtMs = Infinity
      this.run(entry.group.groupId, (group, step) => group!.expire(step))
    })
  }

  /** A group that never had a generation nor offsets need not be remembered. */
  #dropIfBlank({ group, hasCommitted, timer }: Entry): void {
    if (!group.isBlank || hasCommitted) return
    timer?.cancel()
    this.#entries.delete(group.groupId)
  }

  #tell({ groupId, type, epoch, size, state }: Group, from: string | undefined): void {
    const details = { group: groupId, type, epoch, members: size, from, to: state }
    this.#options.logger.debug(details, 'group changed its state')
  }
}

function remember(
  entry: Entry | undefined,
  epoch: number,
  events: readonly GroupEvent[],
  timestamp: number,
): void {
  if (entry === undefined) return
  const groupType = entry.group.type
  for (const event of events) {
    if (entry.history.push({ timestamp, groupType, epoch, ...event }) > keptEvents) {
      entry.history.shift()
    }
  }
}

function reply(replies: readonly Reply[], storing: Entry['storing']): void {
  if (storing === undefined) for (const reply of replies) reply()
  else void storing.then(failure => replies.forEach(reply => reply(failure)))
}
