import type { StorageError } from '../partition-log.ts'
import type { AppendFacts } from '../segments.ts'

/** Limits of one write: IOV_MAX of Linux and macOS, and what a latency can bear. */
const maxWriteBuffers = 1024
const maxWriteBytes = 16 * 1024 * 1024

export interface Append extends AppendFacts {
  batches: Buffer
  baseOffset: number
  until: 'written' | 'durable'
  resolve(result: { baseOffset: number }): void
  reject(reason: StorageError): void
}

/** The appends of a log that are not answered yet, in offset order: each goes from list to list. */
export class PendingAppends {
  #queued: Append[] = []
  /** In the write that runs. */
  #writing: Append[] = []
  /** Written, and their callers wait for the sync. */
  #syncing: Append[] = []

  add(append: Append): void {
    this.#queued.push(append)
  }

  /** The first that is in no write yet. */
  get next(): Append | undefined {
    return this.#queued[0]
  }

  get queuedCount(): number {
    return this.#queued.length
  }

  /**
   * Moves the appends at the head of the queue into one write, at least one of them.
   * `mustWait(append, pendingBytes)`: it does not go into the same file as the bytes before it.
   */
  startWrite(mustWait: (append: Append, pendingBytes: number) => boolean): readonly Append[] {
    let count = 0
    let bytes = 0
    for (const append of this.#queued) {
      if (count === maxWriteBuffers) break
      const fits = bytes + append.bytes <= maxWriteBytes
      if (count > 0 && (!fits || mustWait(append, bytes))) break
      bytes += append.bytes
      count++
    }
    this.#writing = this.#queued.splice(0, count)
    return this.#writing
  }

  /** The write is done: answers those who need no more than that, unless all wait for a sync. */
  finishWrite(mustSync: boolean): void {
    const written = this.#writing
    this.#writing = []
    for (const append of written) {
      if (append.until === 'durable' || mustSync) this.#syncing.push(append)
      else append.resolve({ baseOffset: append.baseOffset })
    }
  }

  /** Takes out those that wait for a sync and lie below this offset. */
  takeDurable(offset: number): readonly Append[] {
    const end = this.#syncing.findIndex(append => append.lastOffset >= offset)
    return this.#syncing.splice(0, end < 0 ? this.#syncing.length : end)
  }

  /** For those in a write, see `failWrite`. */
  rejectWaiting(reason: StorageError): void {
    const waiting = [...this.#syncing, ...this.#queued]
    this.#syncing = []
    this.#queued = []
    for (const append of waiting) append.reject(reason)
  }

  /** The write is over; until then, it uses the buffers of its appends. */
  failWrite(reason: StorageError): void {
    const writing = this.#writing
    this.#writing = []
    for (const append of writing) append.reject(reason)
  }
}
