import { KafkaError } from '../../protocol/errors.ts'
import {
  setLogAppendTime,
  setPartitionLeaderEpoch,
  type BatchHeader,
} from '../../protocol/record-batch.ts'
import { encodeMarker, type TransactionMarker } from '../../protocol/control-records.ts'
import type { PartitionRow, ProducerRow } from '../../storage/metadata-store.ts'
import type {
  Allocate,
  CompactionLimits,
  LogConfig,
  PartitionLog,
  StorageError,
} from '../../storage/partition-log.ts'
import type { AbortedTransactions } from './aborted-transactions.ts'
import { AppendOrder } from './append-order.ts'
import type { Clock } from '../clock.ts'
import { PartitionProducers, type ProducersChange, type StoredProducers } from './producers.ts'
import type { ProducerLimits } from './producer-state.ts'
import { ProducerTurns } from './producer-turns.ts'
import { epochAt, epochEnd, leaderEpochOf } from '../replicas.ts'
import type { Duplicate } from './sequences.ts'

/** Of a client that knows no leader epoch (Kafka: NO_PARTITION_LEADER_EPOCH). */
const unknownEpoch = -1

export interface PartitionOptions {
  index: number
  row: PartitionRow
  log: PartitionLog
  clock: Clock
  config: ProducerLimits
  /** What was stored of the producers, if anything. */
  producers: StoredProducers | undefined
  /** Stores producer state; called now and then, and when the partition closes. Never rejects. */
  saveProducers: (change: ProducersChange) => Promise<void>
}

/** How a batch is to be appended. */
export interface AppendOptions {
  /** -1 all in-sync replicas, 1 or 0 the leader. */
  acks: number
  logAppendTime: boolean
  /** See `ProducerState.check`. */
  isAdmitted?: (() => boolean) | undefined
}

/** How a transaction is to be ended. */
export interface MarkerOptions {
  /** Level of transaction.version: since 2, a marker is of a later epoch than what it ends. */
  transactionVersion: number
  logAppendTime: boolean
}

export interface Appended {
  baseOffset: number
  /** Milliseconds since the epoch when the broker's clock set the timestamps, else -1. */
  logAppendTimeMs: number
  /** The partition's first offset, at the time of the reply. */
  startOffset: number
}

/**
 * One partition: its log, its high watermark, its producers, and who waits for it. Records become
 * visible to consumers when they are durable: the high watermark is the log's durable offset.
 */
export class Partition {
  readonly index: number
  /** What is to be appended, in the order in which it came. */
  readonly appends = new AppendOrder()
  #row: PartitionRow
  readonly #log: PartitionLog
  readonly #clock: Clock
  readonly #producers: PartitionProducers
  readonly #saveProducers: (change: ProducersChange) => Promise<void>
  /** None until somebody waits: most partitions of many are idle. */
  #waiters: Set<() => void> | undefined
  #turns: ProducerTurns | undefined
  #deleted = false
  #appendsPaused = false

  private constructor(options: PartitionOptions, producers: PartitionProducers) {
    this.index = options.index
    this.#row = options.row
    this.#log = options.log
    this.#clock = options.clock
    this.#producers = producers
    this.#saveProducers = options.saveProducers
    this.#log.onProgress = () => this.#wake()
    // What is gone cannot be replayed.
    this.#log.beforeRemoval = () => this.#save()
  }

  /** Rebuilds producer state from what was stored and the log after it. */
  static async open(options: PartitionOptions): Promise<Partition> {
    const { log, clock, config, producers: stored } = options
    const producers = await PartitionProducers.open(config, stored, log, clock.now())
    const partition = new Partition(options, producers)
    // The log would grow past the row's end with other records than those that it describes.
    if (stored?.producers && !producers.stored.producers) await partition.#save()
    return partition
  }

  /** Who serves the partition, as it is stored. */
  get row(): PartitionRow {
    return this.#row
  }

  /** A node id. */
  get leader(): number {
    return this.#row.leader
  }

  get leaderEpoch(): number {
    return leaderEpochOf(this.#row)
  }

  /**
   * Until `assign`, nothing is appended: producers are to try again. So a new leader epoch begins
   * where its row says.
   */
  pauseAppends(): void {
    this.#appendsPaused = true
  }

  /** The row stays as it was: it could not be changed. */
  resumeAppends(): void {
    this.#appendsPaused = false
  }

  /** Takes over what was stored. Whoever waits looks anew whether this node still serves it. */
  assign(row: PartitionRow): void {
    this.#row = row
    this.#appendsPaused = false
    this.#wake()
  }

  /** Removes what the topic's config does not keep now, in milliseconds since the epoch. */
  async retain(nowMs: number): Promise<void> {
    if (this.isOffline || this.#deleted) return
    await this.#log.retain(nowMs)
    this.#producers.aborted.removeBelow(this.startOffset)
  }

  /** Compacts as the topic's config asks for now. */
  async compact(nowMs: number, limits: CompactionLimits): Promise<void> {
    if (this.isOffline || this.#deleted) return
    const { state, aborted } = this.#producers
    const emptied = await this.#log.compact({
      nowMs,
      stableOffset: this.lastStableOffset,
      ...state.lastSent(nowMs),
      abortedTransactions: () => aborted.overlapping(0, Infinity),
      ...limits,
    })
    aborted.remove(emptied)
  }

  /** Stores durably how far the log is whole. */
  async checkpoint(): Promise<void> {
    if (this.isOffline || this.#deleted) return
    await this.#log.checkpoint()
  }

  configure(config: LogConfig): void {
    this.#log.configure(config)
  }

  get startOffset(): number {
    return this.#log.startOffset
  }

  /** The offset of the next record, durable or not. */
  get endOffset(): number {
    return this.#log.endOffset
  }

  /** Consumers read below this offset. */
  get highWatermark(): number {
    return this.#log.durableOffset
  }

  /**
   * Consumers of committed records read below this offset: where the first transaction begins that
   * is open, or whose marker is not durable yet. It never goes back, for transactions begin at the
   * end of the log (Kafka: UnifiedLog.lastStableOffset).
   */
  get lastStableOffset(): number {
    const { highWatermark } = this
    const unstable = this.#producers.firstUnstableOffset(highWatermark)
    return unstable < highWatermark ? Math.max(unstable, this.startOffset) : highWatermark
  }

  /** Whose records readers of committed ones skip. */
  get aborted(): Pick<AbortedTransactions, 'overlapping' | 'removals'> {
    return this.#producers.aborted
  }

  /** The producers that may go on. */
  activeProducers(): Iterable<Readonly<ProducerRow>> {
    return this.#producers.state.active(this.#clock.now())
  }

  /** Batches of transactions, on their way to `appends`. */
  get turns(): ProducerTurns {
    return (this.#turns ??= new ProducerTurns())
  }

  /** See `ProducerState.needsVerification`. */
  needsVerification(header: BatchHeader, startsAtZero: boolean): boolean {
    return this.#producers.state.needsVerification(header, startsAtZero, this.#clock.now())
  }

  /** The log failed or is damaged: it serves nothing until it is opened anew. */
  get isOffline(): boolean {
    return this.#log.failure !== undefined
  }

  /** Why the partition is offline, if it is. */
  get failure(): StorageError | undefined {
    return this.#log.failure
  }

  /** What was stored of the producers last. */
  get storedProducers(): StoredProducers {
    return this.#producers.stored
  }

  /** Numbers of the rows that may be stored of aborted transactions. */
  get abortedChunks(): Set<number> {
    return this.#producers.aborted.chunkNumbers()
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes
  }

  /** The largest record timestamp, or -1. */
  get maxTimestamp(): number {
    return this.#log.maxTimestamp
  }

  /**
   * Appends one validated batch, or finds that it had been appended. Everything that fixes order
   * happens before the first await. Resolves when the batch is as durable as `acks` asks for.
   */
  append(batch: Buffer, header: BatchHeader, options: AppendOptions): Promise<Appended> {
    this.#checkAppends()
    const nowMs = this.#clock.now()
    const duplicate = this.#producers.state.check(header, nowMs, options.isAdmitted)
    if (duplicate) return this.#confirm(duplicate)
    const logAppendTimeMs = options.logAppendTime ? nowMs : -1
    if (options.logAppendTime) {
      setLogAppendTime(batch, 0, nowMs)
      header.maxTimestamp = nowMs
    }
    const first = this.#log.endOffset
    const appended = this.#write(batch, options.acks === -1 ? 'durable' : 'written')
    this.#producers.update(header, first, nowMs)
    if (this.#producers.isDue(batch.length)) void this.#save()
    return appended.then(({ baseOffset }) => ({
      baseOffset,
      logAppendTimeMs,
      startOffset: this.startOffset,
    }))
  }

  /**
   * Ends a producer's transaction in this partition: a control batch says how. Resolves when that
   * is durable, and decided for those who read below the last stable offset. What was written
   * before may be written again. Throws what `ProducerState.checkMarker` does.
   */
  async appendMarker(
    marker: TransactionMarker,
    { transactionVersion, logAppendTime }: MarkerOptions,
  ): Promise<void> {
    this.#checkAppends()
    const nowMs = this.#clock.now()
    this.#producers.state.checkMarker(marker, transactionVersion, nowMs)
    const batch = encodeMarker(marker, nowMs)
    if (logAppendTime) setLogAppendTime(batch, 0, nowMs)
    const offset = this.#log.endOffset
    const appended = this.#write(batch, 'durable')
    this.#producers.complete(marker, offset, nowMs)
    if (this.#producers.isDue(batch.length)) void this.#save()
    await appended
  }

  /**
   * Whole batches from the one that contains `offset` on, below `limit`. Throws OFFSET_OUT_OF_RANGE
   * outside of [start offset, high watermark].
   */
  async read(
    offset: number,
    maxBytes: number,
    limit: number,
    allocate?: Allocate,
  ): Promise<Buffer[]> {
    this.#checkOpen()
    if (offset < this.startOffset || offset > this.highWatermark) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${offset} is not in ${this.startOffset}..${this.highWatermark}`,
      )
    }
    if (offset >= limit) return []
    try {
      return await this.#log.read(offset, maxBytes, limit, allocate)
    } catch (error) {
      // The start has moved meanwhile.
      if (error instanceof RangeError) throw new KafkaError('OFFSET_OUT_OF_RANGE')
      throw error
    }
  }

  /** The first visible record whose timestamp is `ms` or later. */
  async offsetForTimestamp(ms: number): Promise<{ offset: number; timestamp: number } | undefined> {
    this.#checkOpen()
    const found = await this.#log.offsetForTimestamp(ms)
    return found && found.offset < this.highWatermark ? found : undefined
  }

  /**
   * Deletes the records before an offset, for good when this resolves; -1 stands for the high
   * watermark. Answers with the first offset that is left. Throws OFFSET_OUT_OF_RANGE beyond the
   * high watermark; at or below the first offset nothing happens (Kafka: Partition
   * .deleteRecordsOnLeader).
   */
  async trim(offset: number): Promise<number> {
    this.#checkOpen()
    const newStart = offset === -1 ? this.highWatermark : offset
    if (newStart < 0 || newStart > this.highWatermark) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${newStart} is not in 0..${this.highWatermark}`,
      )
    }
    if (newStart > this.startOffset) {
      await this.#log.trim(newStart)
      this.#producers.aborted.removeBelow(this.startOffset)
      this.#wake()
    }
    return this.startOffset
  }

  /** See `epochAt`. */
  leaderEpochAt(offset: number): number {
    return epochAt(this.#row, offset)
  }

  /**
   * Throws unless this node leads the partition, and the client knows its leader epoch or (-1) none
   * (KIP-320).
   */
  checkLeader(nodeId: number, epoch: number): void {
    this.checkReplica(nodeId, epoch)
    if (nodeId !== this.leader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
  }

  /**
   * Throws NOT_ENOUGH_REPLICAS when fewer are in sync. More than there are replicas are never asked
   * for (Kafka: Partition.effectiveMinIsr).
   */
  checkInSync(minInsyncReplicas: number): void {
    const { isr, replicas } = this.#row
    const required = Math.min(minInsyncReplicas, replicas.length)
    if (isr.length >= required) return
    throw new KafkaError(
      'NOT_ENOUGH_REPLICAS',
      `${isr.length} replicas are in sync, ${required} are required`,
    )
  }

  /** The same as checkLeader, for what followers serve as well (KIP-392). */
  checkReplica(nodeId: number, epoch: number): void {
    this.#checkOpen()
    if (!this.#row.replicas.includes(nodeId)) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const current = this.leaderEpoch
    if (epoch === unknownEpoch || epoch === current) return
    throw new KafkaError(epoch < current ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH')
  }

  /** See `epochEnd`. */
  epochEnd(epoch: number): { epoch: number; endOffset: number } | undefined {
    return epochEnd(this.#row, epoch, this.#log)
  }

  /** Calls back whenever there may be more to read, or the partition is gone. */
  onWake(waiter: () => void): { cancel(): void } {
    const waiters = (this.#waiters ??= new Set())
    waiters.add(waiter)
    return { cancel: () => waiters.delete(waiter) }
  }

  /** Closes the log and saves producer state. */
  async close(): Promise<void> {
    await this.closeLog()
    await this.saveProducers()
  }

  /** What is appended already becomes durable. */
  closeLog(): Promise<void> {
    return this.#log.close()
  }

  /** Whoever opens the partition next need not read its log for them. */
  async saveProducers(): Promise<void> {
    if (!this.#producers.isStoredAt(this.#log.endOffset)) await this.#save()
  }

  /** Closes the log of a deleted topic. Whoever waits wakes up to UNKNOWN_TOPIC_OR_PARTITION. */
  async closeDeleted(): Promise<void> {
    this.#deleted = true
    this.#wake()
    await this.#log.close()
  }

  /** Answers a retry when the first try is durable; with its time, whoever keeps it. */
  async #confirm(duplicate: Duplicate): Promise<Appended> {
    while (this.highWatermark <= duplicate.lastOffset) {
      await this.#progress()
      this.#checkOpen()
    }
    return {
      baseOffset: duplicate.baseOffset,
      logAppendTimeMs: duplicate.timestamp,
      startOffset: this.startOffset,
    }
  }

  #progress(): Promise<void> {
    return new Promise(resolve => {
      const waiter = this.onWake(() => {
        waiter.cancel()
        resolve()
      })
    })
  }

  #checkOpen(): void {
    if (this.#deleted) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    if (this.#log.failure) throw this.#log.failure
  }

  #checkAppends(): void {
    this.#checkOpen()
    if (this.#appendsPaused) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
  }

  #write(batch: Buffer, until: 'written' | 'durable'): Promise<{ baseOffset: number }> {
    setPartitionLeaderEpoch(batch, 0, this.leaderEpoch)
    return this.#log.append(batch, until)
  }

  #wake(): void {
    if (this.#waiters) for (const waiter of this.#waiters) waiter()
  }

  /**
   * Stores what is known of the producers now, once their records are durable: a row from beyond
   * the log's end would be of no use after a crash, and wrong when the log has grown past it again.
   */
  async #save(): Promise<void> {
    const { endOffset } = this.#log
    const change = this.#producers.takeChange(endOffset)
    while (this.highWatermark < endOffset && !this.isOffline) await this.#progress()
    const maySave = !this.isOffline && !this.#deleted
    this.#producers.settle(change, maySave)
    if (maySave) await this.#saveProducers(change)
  }
}
