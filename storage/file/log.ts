/**
 * A partition's log on disk. One write is in flight at a time; what is appended meanwhile goes out
 * with the next one. In 'disk' mode one sync serves all appends that were written before it began.
 */
import { numberBatches, type TimestampedOffset } from '../batches.ts'
import {
  StorageError,
  type AbortedTransaction,
  type Allocate,
  type CompactionContext,
  type LogConfig,
  type OpenedLog,
  type PartitionLog,
} from '../partition-log.ts'
import { chooseRollJitterMs, retainedFrom } from '../segments.ts'
import type { Checkpoint } from './checkpoint.ts'
import { compactLog, isWorthCompacting, type CompactableLog } from './compacted-log.ts'
import type { Environment } from './environment.ts'
import { announce, asStorageError, DamageError, isOutOfSpace, storageError } from './errors.ts'
import { groupCommit } from './group-commit.ts'
import { PendingAppends, type Append } from './pending-appends.ts'
import { isMissing } from './fs.ts'
import type { LogDirectory } from './log-directories.ts'
import { recover, unchanged, type Recovered } from './recovery.ts'
import { SegmentList } from './segment-list.ts'
import { newSegmentMark, removeSegments, Segment } from './segment.ts'

/** An append of at most this size that need not wait is written in line: no thread, no wake-up. */
const inlineWriteBytes = 16 * 1024
/** A crash in 'disk' mode leaves about this much to walk. */
const checkpointBytes = 64 * 1024 * 1024

export class FileLog implements PartitionLog {
  onProgress: (() => void) | undefined
  beforeRemoval: (() => Promise<void>) | undefined
  readonly #env: Environment
  readonly #directory: LogDirectory
  /** None of these until there is something to do: most logs of many are idle. */
  #syncs: (() => Promise<void>) | undefined
  #checkpoints: (() => Promise<void>) | undefined
  #config: LogConfig
  #failure: StorageError | undefined
  #closing: Promise<void> | undefined

  #startOffset: number
  /** The start offset that is being made durable. */
  #trimmedTo: number
  #endOffset: number
  #writtenOffset: number
  #durableOffset: number
  /** Everything below was synced; in the mode 'os' it may lie far below what counts as durable. */
  #syncedOffset: number

  readonly #segments: SegmentList
  /** Segments that were left behind by a roll and are not synced. */
  #sealed: Segment[] = []
  /** There may be segment files that a power loss would leave without a name. */
  #hasUnsyncedNames: boolean

  readonly #pending = new PendingAppends()
  #draining: Promise<void> | undefined
  #checkpointIsDue = false
  #checkpointing: Promise<void> | undefined
  #bytesSinceCheckpoint = 0
  #cleanedTo: number
  #compaction: { done: Promise<unknown>; stop: AbortController } | undefined

  static async open(env: Environment, home: LogDirectory, config: LogConfig): Promise<OpenedLog> {
    const known = await home.takeCheckpoint()
    const recovered = known
      ? unchanged(env, home.path, config, known)
      : await env.inTurn(() => recover(env, home.path, config))
    return { ...recovered, log: new FileLog(env, home, config, recovered) }
  }

  private constructor(
    env: Environment,
    directory: LogDirectory,
    config: LogConfig,
    { startOffset, cleanedTo, segments, marks }: Recovered,
  ) {
    this.#env = env
    this.#directory = directory
    this.#config = config
    this.#segments = new SegmentList(segments)
    for (const [i, segment] of segments.entries()) segment.syncedMark = marks[i]
    this.#cleanedTo = cleanedTo
    this.#hasUnsyncedNames = env.durability === 'os'
    this.#startOffset = startOffset
    this.#trimmedTo = startOffset
    this.#endOffset = this.#segments.active.nextOffset
    this.#writtenOffset = this.#endOffset
    this.#durableOffset = this.#endOffset
    this.#syncedOffset = this.#endOffset
    this.#chooseRollJitter()
  }

  get startOffset(): number {
    return this.#startOffset
  }

  get endOffset(): number {
    return this.#endOffset
  }

  get durableOffset(): number {
    return this.#durableOffset
  }

  get failure(): StorageError | undefined {
    return this.#failure
  }

  get maxTimestamp(): number {
    return this.#segments.maxTimestamp
  }

  get sizeBytes(): number {
    return this.#segments.sizeBytes
  }

  async append(batches: Buffer, until: 'written' | 'durable'): Promise<{ baseOffset: number }> {
    this.#assertOpen()
    const baseOffset = this.#endOffset
    const { nextOffset, maxTimestamp } = numberBatches(batches, baseOffset)
    this.#endOffset = nextOffset
    return new Promise((resolve, reject) => {
      const facts = { bytes: batches.length, lastOffset: nextOffset - 1, maxTimestamp }
      this.#pending.add({ ...facts, batches, baseOffset, until, resolve, reject })
      this.#draining ??= this.#drain()
    })
  }

  async read(
    from: number,
    maxBytes: number,
    limit: number,
    allocate?: Allocate,
  ): Promise<Buffer[]> {
    this.#assertOpen()
    if (!(from >= this.#startOffset && from <= this.#endOffset)) throw this.#outOfRange(from)
    const end = Math.min(limit, this.#writtenOffset)
    if (from >= end) return []
    try {
      return await this.#segments.read(from, maxBytes, end, allocate)
    } catch (error) {
      // A trim may have removed the segment in the meantime.
      if (from < this.#startOffset) throw this.#outOfRange(from)
      throw this.#readFailure(error)
    }
  }

  async offsetForTimestamp(ms: number): Promise<TimestampedOffset | undefined> {
    this.#assertOpen()
    const from = this.#startOffset
    try {
      return await this.#segments.offsetForTimestamp(ms, from)
    } catch (error) {
      // A trim may have removed the segment in the meantime: search in what there is now.
      if (from < this.#startOffset) return this.offsetForTimestamp(ms)
      throw this.#readFailure(error)
    }
  }

  async trim(newStart: number): Promise<void> {
    this.#assertOpen()
    if (newStart > this.#durableOffset) throw this.#outOfRange(newStart)
    if (newStart <= this.#startOffset) return
    await this.beforeRemoval?.()
    this.#assertOpen()
    this.#trimmedTo = Math.max(this.#trimmedTo, newStart)
    try {
      await this.#requestCheckpoint()
    } catch (error) {
      throw this.#checkpointFailed(error)
    }
    this.#startOffset = Math.max(this.#startOffset, newStart)
    const trimmed = this.#segments.removeBelow(this.#startOffset)
    this.#sealed = this.#sealed.filter(segment => !trimmed.includes(segment))
    await removeSegments(trimmed, this.#env.log)
  }

  async retain(nowMs: number): Promise<void> {
    this.#assertOpen()
    if (this.#retainedFrom(nowMs) > this.#segments.active.baseOffset) {
      // What is written to cannot go; it does when no append has come in between.
      await this.#draining
      this.#assertOpen()
      if (this.#draining !== undefined || this.#retainedFrom(nowMs) < this.#endOffset) return
      this.#draining = this.#leaveActive()
      await this.#draining
      this.#assertOpen()
    }
    await this.trim(Math.min(this.#retainedFrom(nowMs), this.#durableOffset))
  }

  async compact(context: CompactionContext): Promise<readonly AbortedTransaction[]> {
    this.#assertOpen()
    const log = this.#compactable()
    if (this.#compaction !== undefined || !isWorthCompacting(log, context)) return []
    const stop = new AbortController()
    const done = compactLog(this.#env, log, context, stop.signal)
    this.#compaction = { stop, done }
    try {
      await done
    } finally {
      this.#compaction = undefined
    }
    this.#assertOpen()
    return done
  }

  async checkpoint(): Promise<void> {
    this.#assertOpen()
    // In 'os' mode a power loss may take what is not synced, damaged or not.
    if (this.#env.durability === 'os' || this.#isCheckpointed()) return
    await this.#syncMarks()
    // Who asked for it deals with its failure.
    await this.#checkpointing?.catch(() => undefined)
  }

  configure(config: LogConfig): void {
    this.#config = config
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish()
    return this.#closing
  }

  async #drain(): Promise<void> {
    try {
      if (!this.#directory.mayChange) await this.#directory.beginChanges(this.#segments.active)
      while (this.#pending.queuedCount > 0) await this.#writeNext()
    } catch (error) {
      this.#pending.failWrite(this.#fail(error))
    }
    this.#draining = undefined
  }

  async #writeNext(): Promise<void> {
    const next = this.#pending.next!
    if (this.#mustRollBefore(next, 0)) await this.#roll(next.baseOffset)
    const appends = this.#pending.startWrite((append, bytes) => this.#mustRollBefore(append, bytes))
    const isAlone = appends.length === 1 && this.#pending.queuedCount === 0
    const isSmall = isAlone && next.bytes <= inlineWriteBytes
    if (isSmall && this.#segments.active.writeInline(next.batches)) {
      // Nobody is called back before `append` has returned.
      await Promise.resolve()
    } else {
      await this.#segments.active.write(appends.map(append => append.batches))
    }
    if (this.#failure !== undefined) throw this.#failure
    this.#writtenOffset = appends.at(-1)!.lastOffset + 1
    for (const append of appends) this.#bytesSinceCheckpoint += append.bytes
    // Kafka syncs within the append, whatever the producer waits for (UnifiedLog.append).
    const mustSync = this.#writtenOffset - this.#syncedOffset >= this.#config.flushMessages
    this.#pending.finishWrite(mustSync)
    if (this.#env.durability === 'os' && !mustSync) {
      this.#advanceDurable(this.#writtenOffset)
    } else {
      if (this.#bytesSinceCheckpoint >= checkpointBytes) this.#checkpointIsDue = true
      this.#requestSync()
    }
  }

  #chooseRollJitter(): void {
    const { randomBelow } = this.#env
    this.#segments.active.rollJitterMs = chooseRollJitterMs(this.#config, randomBelow)
  }

  #mustRollBefore(append: Append, pendingBytes: number): boolean {
    return this.#segments.active.mustRollBefore(append, pendingBytes, this.#config)
  }

  async #roll(baseOffset: number): Promise<void> {
    const old = this.#segments.active
    old.seal()
    const mark = newSegmentMark(baseOffset)
    const segment = new Segment(this.#env, this.#directory.path, mark, this.#config)
    await segment.create()
    this.#hasUnsyncedNames = true
    this.#sealed.push(old)
    this.#segments.push(segment)
    this.#chooseRollJitter()
    this.#checkpointIsDue = true
    // In 'disk' mode the write that follows asks for it.
    if (this.#env.durability === 'os') this.#requestSync()
  }

  /** Rolls although nothing is to be written; what comes meanwhile is written afterwards. */
  async #leaveActive(): Promise<void> {
    try {
      await this.#directory.beginChanges(this.#segments.active)
      await this.#roll(this.#endOffset)
      this.#requestSync()
    } catch (error) {
      this.#fail(error)
    }
    await this.#drain()
  }

  #retainedFrom(nowMs: number): number {
    return retainedFrom(this.#segments.all, this.#config, nowMs)
  }

  #commit(): Promise<void> {
    this.#syncs ??= groupCommit(() => this.#syncWritten())
    return this.#syncs()
  }

  #requestSync(): void {
    this.#commit().catch((error: unknown) => this.#fail(error))
  }

  /** Makes durable what has been written when it begins: the order of files does not matter. */
  async #syncWritten(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const upTo = this.#writtenOffset
    const sealed = [...this.#sealed]
    const marks = this.#checkpointIsDue
      ? this.#segments.all.map(segment => [segment, segment.mark()] as const)
      : undefined
    this.#checkpointIsDue = false
    const namesChanged = this.#hasUnsyncedNames
    this.#hasUnsyncedNames = false

    const { active } = this.#segments
    const unsynced = active.nextOffset > this.#syncedOffset ? [...sealed, active] : sealed
    await Promise.all(unsynced.map(segment => segment.sync()))
    if (namesChanged) await this.#directory.sync()
    this.#sealed = this.#sealed.filter(segment => !sealed.includes(segment))
    this.#syncedOffset = upTo
    this.#advanceDurable(upTo)
    if (marks !== undefined) {
      for (const [segment, mark] of marks) segment.syncedMark = mark
      this.#bytesSinceCheckpoint = 0
      this.#requestCheckpoint().catch((error: unknown) => this.#checkpointFailed(error))
    }
  }

  #requestCheckpoint(): Promise<void> {
    this.#checkpoints ??= groupCommit(() => this.#writeCheckpoint())
    this.#checkpointing = this.#checkpoints()
    return this.#checkpointing
  }

  async #writeCheckpoint(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    await this.#directory.beginChanges(this.#segments.active)
    await this.#directory.save(this.#checkpoint())
  }

  #checkpoint(): Checkpoint {
    const segments = this.#segments.all.flatMap(segment => segment.syncedMark ?? [])
    return { startOffset: this.#trimmedTo, cleanedTo: this.#cleanedTo, segments }
  }

  #advanceDurable(offset: number): void {
    if (this.#failure !== undefined || offset <= this.#durableOffset) return
    this.#durableOffset = offset
    const durable = this.#pending.takeDurable(offset)
    this.onProgress?.()
    for (const append of durable) append.resolve({ baseOffset: append.baseOffset })
  }

  /** After a failed write or sync nobody knows what is on disk: the log is offline for good. */
  #fail(error: unknown): StorageError {
    if (this.#failure !== undefined) return this.#failure
    const failure = storageError(error, `${this.#directory.path} is offline until opened again`)
    this.#failure = failure
    announce(this.#env, this.#directory.path, failure)
    this.#pending.rejectWaiting(failure)
    this.onProgress?.()
    return failure
  }

  /** Where there is no space for another checkpoint, the one that there is holds. */
  #checkpointFailed(error: unknown): StorageError {
    if (this.#failure !== undefined || !isOutOfSpace(error)) return this.#fail(error)
    const what = `${this.#directory.path} could not store how far it is whole`
    const reason = storageError(error, what)
    announce(this.#env, this.#directory.path, reason)
    return reason
  }

  /** Damage takes the log offline; a read that failed for another reason may be tried again. */
  #readFailure(error: unknown): unknown {
    if (error instanceof DamageError || isMissing(error)) return this.#fail(error)
    return asStorageError(error, `${this.#directory.path} could not be read`)
  }

  /** Knows what is synced of each segment when it resolves. */
  async #syncMarks(): Promise<void> {
    this.#checkpointIsDue = true
    try {
      await this.#commit()
    } catch (error) {
      throw this.#fail(error)
    }
  }

  #compactable(): CompactableLog {
    return {
      path: this.#directory.path,
      segments: this.#segments,
      config: this.#config,
      cleanedTo: this.#cleanedTo,
      durableOffset: this.#durableOffset,
      isOffline: () => this.#failure !== undefined,
      syncMarks: () => this.#syncMarks(),
      beforeRemoval: async () => this.beforeRemoval?.(),
      beginChanges: () => this.#directory.beginChanges(this.#segments.active),
      syncNames: () => this.#directory.sync(),
      saveCheckpoint: cleanedTo => {
        this.#cleanedTo = cleanedTo
        return this.#requestCheckpoint()
      },
      fail: error => this.#fail(error),
    }
  }

  async #finish(): Promise<void> {
    this.#compaction?.stop.abort()
    // Who asked for it deals with its failure.
    await this.#compaction?.done.catch(() => undefined)
    await this.#draining
    try {
      // After a failure this only waits for what still runs.
      if (!this.#isCheckpointed() || this.#failure !== undefined) {
        this.#checkpointIsDue = true
        await this.#commit()
      }
    } catch (error) {
      this.#fail(error)
    }
    // Who asked for it deals with its failure.
    let isStored = true
    await this.#checkpointing?.catch(() => (isStored = false))
    await Promise.all(this.#segments.all.map(segment => segment.close()))
    if (this.#failure !== undefined || !isStored) return
    this.#directory.closedCleanly(this.#checkpoint())
  }

  /** There is nothing that a checkpoint would not know, if the one that is due is written. */
  #isCheckpointed(): boolean {
    return this.#segments.active.syncedMark?.nextOffset === this.#writtenOffset
  }

  #assertOpen(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#closing !== undefined) throw new StorageError(`${this.#directory.path} is closed`)
  }

  #outOfRange(offset: number): RangeError {
    const range = `[${this.#startOffset}, ${this.#endOffset}]`
    return new RangeError(`offset ${offset} is outside of ${range} of ${this.#directory.path}`)
  }
}
