import type { OffsetRow, PendingOffsetRow } from '../../storage/metadata-store.ts'
import type { Config, GroupConfig } from '../config.ts'
import type { Group } from './group.ts'
import type { GroupEvent } from './history.ts'

/** Where the answer to one waiting request goes; it is used exactly once. */
export interface Waiting<Answer> {
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** Of the broker's topics, what groups need to know. */
export interface GroupTopics {
  /** Another one whenever a topic was created, deleted, or got partitions. */
  readonly version: number
  get(name: string): KnownTopic | undefined
  getById(id: string): KnownTopic | undefined
  all(): readonly KnownTopic[]
}

export interface KnownTopic {
  readonly name: string
  readonly id: string
  readonly partitions: { readonly length: number }
}

/** What the rules read besides the group. */
export interface Surroundings {
  /** Milliseconds on the monotonic clock. */
  readonly nowMs: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly config: Config
  readonly topics: GroupTopics
  /** What holds for the group, by what is set on it and on the broker. */
  groupConfig(): GroupConfig
}

/** Sends one answer, or, given an error, that instead. */
export type Reply = (failure?: unknown) => void

/**
 * One event in the life of a group. The rules read the time and the configs from it and write into
 * it what follows: the rows are stored first, then the replies go out in order.
 */
export class Step {
  readonly nowMs: number
  readonly timestamp: number
  readonly config: Config
  readonly topics: GroupTopics
  readonly groupConfig: () => GroupConfig
  /** The group's row has changed in a way that must survive a restart. */
  storesGroup = false
  /** Members whose own rows have changed, or who are gone. */
  readonly changedMembers = new Set<string>()
  /** Offsets that were committed. */
  readonly offsets: OffsetRow[] = []
  /** Offsets that are gone. */
  readonly forgottenOffsets: OffsetRow[] = []
  /** Offsets that are to be committed with their transactions. */
  readonly pendingOffsets: PendingOffsetRow[] = []
  /** Those of them that no transaction is to commit any more. */
  readonly forgottenPending: PendingOffsetRow[] = []
  /** The group that takes the place of the one that there is, or is not; null removes it. */
  successor: Group | null | undefined
  readonly replies: Reply[] = []
  /** Why the group rebalances; most steps are no reason. */
  events: GroupEvent[] | undefined

  constructor({ nowMs, timestamp, config, topics, groupConfig }: Surroundings) {
    this.nowMs = nowMs
    this.timestamp = timestamp
    this.config = config
    this.topics = topics
    this.groupConfig = groupConfig
  }

  answer<Answer>(waiting: Waiting<Answer>, answer: Answer): void {
    this.replies.push(failure => {
      if (failure === undefined) waiting.resolve(answer)
      else waiting.reject(failure)
    })
  }

  /** Takes note of why the group rebalances. */
  tell(event: GroupEvent): void {
    this.events ??= []
    this.events.push(event)
  }

  /** Refuses the request as a whole, once everything is stored. */
  refuse(waiting: Waiting<never>, error: unknown): void {
    this.replies.push(() => waiting.reject(error))
  }
}
