/** Logs on a disk that takes its time: nobody hears earlier that records are durable. */
import type { Clock } from '../clock.ts'
import type {
  Allocate,
  CompactionContext,
  LogConfig,
  LogStore,
  OpenedLog,
  PartitionId,
  PartitionLog,
} from '../../storage/partition-log.ts'

export class SlowDisk implements LogStore {
  /** What each append takes longer, in milliseconds. */
  delayMs = 0
  readonly #store: LogStore
  readonly #clock: Pick<Clock, 'after'>

  constructor(store: LogStore, clock: Pick<Clock, 'after'>) {
    this.#store = store
    this.#clock = clock
  }

  async open(id: PartitionId, config: LogConfig): Promise<OpenedLog> {
    const opened = await this.#store.open(id, config)
    return { ...opened, log: new SlowLog(opened.log, () => this.#pause()) }
  }

  delete(topicId: string) {
    return this.#store.delete(topicId)
  }

  volume() {
    return this.#store.volume()
  }

  close() {
    return this.#store.close()
  }

  /** Undefined while the disk is as fast as it is. */
  #pause(): Promise<void> | undefined {
    const { delayMs } = this
    if (delayMs === 0) return undefined
    return new Promise(resolve => this.#clock.after(delayMs, resolve))
  }
}

class SlowLog implements PartitionLog {
  onProgress: (() => void) | undefined
  readonly #log: PartitionLog
  readonly #pause: () => Promise<void> | undefined
  /** What was durable when the first append began that is held back; undefined: none is. */
  #durableOffset: number | undefined
  #held = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(log: PartitionLog, pause: () => Promise<void> | undefined) {
    this.#log = log
    this.#pause = pause
    log.onProgress = () => {
      if (this.#held === 0 || log.failure !== undefined) this.onProgress?.()
    }
  }

  get startOffset() {
    return this.#log.startOffset
  }

  get endOffset() {
    return this.#log.endOffset
  }

  get durableOffset() {
    const { durableOffset } = this.#log
    return Math.min(durableOffset, this.#durableOffset ?? durableOffset)
  }

  get maxTimestamp() {
    return this.#log.maxTimestamp
  }

  get sizeBytes() {
    return this.#log.sizeBytes
  }

  get failure() {
    return this.#log.failure
  }

  get beforeRemoval() {
    return this.#log.beforeRemoval
  }

  set beforeRemoval(callback: (() => Promise<void>) | undefined) {
    this.#log.beforeRemoval = callback
  }

  append(batches: Buffer, until: 'written' | 'durable'): Promise<{ baseOffset: number }> {
    const pause = this.#pause()
    if (pause === undefined && this.#held === 0) return this.#log.append(batches, until)
    this.#durableOffset ??= this.#log.durableOffset
    this.#held++
    const appended = this.#log.append(batches, until)
    const { endOffset } = this.#log
    const released = Promise.allSettled([appended, pause, this.#last]).then(() => {
      this.#held--
      this.#durableOffset = this.#held === 0 ? undefined : endOffset
      this.onProgress?.()
    })
    this.#last = released
    return released.then(() => appended)
  }

  read(from: number, maxBytes: number, limit: number, allocate?: Allocate) {
    return this.#log.read(from, maxBytes, limit, allocate)
  }

  offsetForTimestamp(ms: number) {
    return this.#log.offsetForTimestamp(ms)
  }

  trim(newStart: number) {
    return this.#log.trim(newStart)
  }

  retain(nowMs: number) {
    return this.#log.retain(nowMs)
  }

  compact(context: CompactionContext) {
    return this.#log.compact(context)
  }

  checkpoint() {
    return this.#log.checkpoint()
  }

  configure(config: LogConfig) {
    this.#log.configure(config)
  }

  close() {
    return this.#log.close()
  }
}
