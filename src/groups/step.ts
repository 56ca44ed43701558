import type { OffsetRow } from '../../storage/metadata-store.ts'

/** Where the answer to one waiting request goes; it is used exactly once. */
export interface Waiting<Answer> {
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** Of the broker's configuration, what holds for groups. */
export interface GroupLimits {
  /** How long an empty group waits for more members. */
  readonly groupInitialRebalanceDelayMs: number
  readonly groupMinSessionTimeoutMs: number
  readonly groupMaxSessionTimeoutMs: number
  /** Members of one group. */
  readonly groupMaxSize: number
  /** Of one committed offset; counted in UTF-16 units, as Kafka does. */
  readonly offsetMetadataMaxBytes: number
}

/** Sends one answer, or, given an error, that instead. */
export type Reply = (failure?: unknown) => void

/**
 * One event in the life of a group. The rules read the time and the limits from it and write into
 * it what follows: the row is stored first, then the replies go out in order.
 */
export class Step {
  /** Milliseconds on the monotonic clock. */
  readonly nowMs: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly limits: GroupLimits
  /** The group's row has changed in a way that must survive a restart. */
  storesGroup = false
  /** Offsets that were committed. */
  readonly offsets: OffsetRow[] = []
  readonly replies: Reply[] = []

  constructor(nowMs: number, timestamp: number, limits: GroupLimits) {
    this.nowMs = nowMs
    this.timestamp = timestamp
    this.limits = limits
  }

  answer<Answer>(waiting: Waiting<Answer>, answer: Answer): void {
    this.replies.push(failure => {
      if (failure === undefined) waiting.resolve(answer)
      else waiting.reject(failure)
    })
  }
}
