import { KafkaError } from '../../protocol/errors.ts'
import type { Clock, Timer } from '../clock.ts'
import type { GroupConfig } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { Partition } from '../partitions/partition.ts'
import {
  acknowledge,
  releaseAll,
  releaseExpired,
  type AcknowledgementBatch,
} from './acknowledge.ts'
import { acquire, type Acquired, type Acquisition } from './acquire.ts'
import type { PendingChange } from './pending-change.ts'
import { RecordsInFlight } from './records-in-flight.ts'
import { initialOffset } from './reset.ts'
import { unknownStartOffset, type SharePartitionKey, type ShareStates } from './share-states.ts'

/** What is needed of a partition to consume it. */
type ConsumedPartition = Pick<
  Partition,
  | 'leader'
  | 'leaderEpoch'
  | 'startOffset'
  | 'highWatermark'
  | 'lastStableOffset'
  | 'aborted'
  | 'offsetForTimestamp'
  | 'read'
  | 'onWake'
>

export interface SharePartitionOptions {
  key: SharePartitionKey
  partition: ConsumedPartition
  states: ShareStates
  clock: Clock
  logger: Logger
  /** What holds for the group now. */
  config: () => GroupConfig
}

/** What a consumer asks for; who and how many are known here. */
export type AcquisitionRequest = Omit<
  Acquisition,
  'lockedUntilMs' | 'deliveryCountLimit' | 'maxRecordLocks'
>

/**
 * A partition while a share group consumes it: what is in flight, the one timer of its locks, the
 * storing of what happens, and who waits for it (Kafka: SharePartition). It is for one leader and
 * one state epoch; when either changes, it is dropped, and another begins with what is stored.
 */
export class SharePartition {
  readonly key: SharePartitionKey
  readonly partition: ConsumedPartition
  readonly leaderEpoch: number
  /** Rejects where nothing is known of the partition, or there is no place to begin. */
  readonly loaded: Promise<void>
  readonly #options: SharePartitionOptions
  #flight = new RecordsInFlight(0, [])
  #stateEpoch = 0
  #isLoaded = false
  #isDropped = false
  /** Somebody reads for a consumer; for others it was not there. */
  #isReading = false
  readonly #missed = new Set<() => void>()
  #expiry: { timer: Timer; atMs: number } | undefined
  readonly #waiters = new Set<() => void>()

  constructor(options: SharePartitionOptions) {
    this.#options = options
    this.key = options.key
    this.partition = options.partition
    this.leaderEpoch = options.partition.leaderEpoch
    this.loaded = this.#load()
    // Whoever waits for it is told; nobody need.
    this.loaded.catch(() => {})
  }

  get isDropped(): boolean {
    return this.#isDropped
  }

  /** Where to read for the next consumer. */
  get nextOffset(): number {
    return this.#flight.nextOffset
  }

  /**
   * There may be something for one more consumer. Where somebody else just reads it, `onFree` is
   * called when that is over.
   */
  mayAcquire(onFree: () => void): boolean {
    if (!this.#isLoaded || this.#isDropped) return false
    this.#flight.moveStart(this.partition.startOffset)
    if (!this.#flight.canAcquire(this.#options.config().sharePartitionMaxRecordLocks)) return false
    if (this.#isReading) this.#missed.add(onFree)
    return !this.#isReading
  }

  /** Nobody else reads for it until `endReading`. */
  beginReading(): void {
    this.#isReading = true
  }

  /** Who has come in vain looks again; not so who waits for more, or the two would take turns. */
  endReading(): void {
    this.#isReading = false
    const missed = [...this.#missed]
    this.#missed.clear()
    for (const onFree of missed) onFree()
  }

  /** For who reads. */
  acquire(request: AcquisitionRequest): Acquired {
    if (this.#isDropped) return { records: [], count: 0 }
    const config = this.#options.config()
    const lockedUntilMs = this.#options.clock.monotonic() + config.shareRecordLockDurationMs
    const acquired = acquire(this.#flight, {
      ...request,
      lockedUntilMs,
      deliveryCountLimit: config.shareDeliveryCountLimit,
      maxRecordLocks: config.sharePartitionMaxRecordLocks,
    })
    if (acquired.count > 0) this.#expireAt(lockedUntilMs)
    return acquired
  }

  /** See `acknowledge` in acknowledge.ts; resolves when it is stored. */
  async acknowledge(memberId: string, batches: readonly AcknowledgementBatch[]): Promise<void> {
    const config = this.#options.config()
    const lockedUntilMs = this.#options.clock.monotonic() + config.shareRecordLockDurationMs
    const renewedUntilMs = config.shareRenewAcknowledgeEnable ? lockedUntilMs : undefined
    const deliveryCountLimit = config.shareDeliveryCountLimit
    const by = { memberId, deliveryCountLimit, renewedUntilMs }
    await this.#store(acknowledge(this.#flight, batches, by))
  }

  /** Everything that a member has is available again when this resolves. */
  async release(memberId: string): Promise<void> {
    const { shareDeliveryCountLimit } = this.#options.config()
    await this.#store(releaseAll(this.#flight, memberId, shareDeliveryCountLimit))
  }

  /** Calls back whenever there may be more to acquire. */
  onWake(waiter: () => void): { cancel(): void } {
    this.#waiters.add(waiter)
    return { cancel: () => this.#waiters.delete(waiter) }
  }

  /** It is not to be used any more. What was out for delivery is so no longer. */
  drop(): void {
    this.#isDropped = true
    this.#expiry?.timer.cancel()
    this.#wake()
  }

  async #load(): Promise<void> {
    const { states, config, clock } = this.#options
    const state = await states.read(this.key, this.leaderEpoch).catch(asLeader)
    const startOffset =
      state.startOffset === unknownStartOffset
        ? await initialOffset(this.partition, config().shareAutoOffsetReset, clock.now())
        : state.startOffset
    this.#flight = new RecordsInFlight(startOffset, state.batches)
    this.#stateEpoch = state.stateEpoch
    this.#isLoaded = true
  }

  async #store(change: PendingChange): Promise<void> {
    if (change.isEmpty) return
    const { startOffset, doneCount: deliveryCompleteCount } = this.#flight
    const { batches } = change
    const epochs = { stateEpoch: this.#stateEpoch, leaderEpoch: this.leaderEpoch }
    const update = { ...epochs, startOffset, deliveryCompleteCount, batches }
    try {
      await this.#options.states.write(this.key, update).catch(asLeader)
    } catch (error) {
      change.undo()
      this.#expireAt(this.#flight.nextExpiryMs)
      throw error
    }
    change.settle()
    this.#flight.mayHaveAvailable = true
    this.#flight.advance()
    this.#wake()
  }

  #expireAt(atMs: number): void {
    if (this.#isDropped || atMs === Infinity) return
    if (this.#expiry !== undefined && this.#expiry.atMs <= atMs) return
    this.#expiry?.timer.cancel()
    const { clock } = this.#options
    const delayMs = Math.max(0, Math.ceil(atMs - clock.monotonic()))
    this.#expiry = { timer: clock.after(delayMs, () => this.#expire()), atMs }
  }

  #expire(): void {
    const { clock, config, logger } = this.#options
    this.#expiry = undefined
    const { shareDeliveryCountLimit } = config()
    const change = releaseExpired(this.#flight, clock.monotonic(), shareDeliveryCountLimit)
    this.#expireAt(this.#flight.nextExpiryMs)
    this.#store(change).catch((error: unknown) => {
      logger.error({ ...this.key, err: error }, 'expired locks of a share group were not stored')
    })
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter()
  }
}

/** What a refusal by the share coordinator means to a consumer (Kafka: fetchPersisterError). */
function asLeader(error: unknown): never {
  if (!(error instanceof KafkaError)) throw error
  const isFenced = error.error === 'FENCED_LEADER_EPOCH' || error.error === 'FENCED_STATE_EPOCH'
  throw new KafkaError(isFenced ? 'NOT_LEADER_OR_FOLLOWER' : 'UNKNOWN_SERVER_ERROR', error.message)
}
