import type { Allocate } from '../storage/partition-log.ts'
import type { Timer } from './clock.ts'
import type { Context } from './handler.ts'
import { Lease } from './memory/buffer-pool.ts'
import type { ReplyNeed } from './memory/reply-memory.ts'

/** Calls back whenever there may be more to read. */
export interface Source {
  onWake(waiter: () => void): { cancel(): void }
}

/**
 * A request that waits for records, for some time and as long as its client is there. It looks at
 * its sources; where that is not enough it waits until one of them may have more, and looks again:
 *
 *     for (;;) {
 *       poll.begin()
 *       // Watch the sources, and read.
 *       if (poll.isOver || isEnough) return
 *       await poll.wait()
 *     }
 */
export class LongPoll implements Disposable {
  /** Memory for what is read, which goes back when the reply is sent, or before the next look. */
  readonly allocate: Allocate
  readonly #context: Pick<Context, 'closed' | 'replyMemory'>
  readonly #lease: Lease
  readonly #timer: Timer | undefined
  readonly #subscriptions = new Map<Source, { cancel(): void }>()
  #isLate: boolean
  #isWoken = Promise.resolve()
  #resolve: () => void = () => {}
  #waitsForMemory = false

  /** `maxWaitMs` of 0 or less: it looks once. */
  constructor(
    maxWaitMs: number,
    context: Pick<Context, 'realClock' | 'closed' | 'buffers' | 'onSent' | 'replyMemory'>,
  ) {
    this.#context = context
    this.#lease = new Lease(context.buffers)
    this.allocate = this.#lease.take
    context.onSent(this.#lease.release)
    this.#isLate = maxWaitMs <= 0
    if (!this.#isLate) {
      this.#timer = context.realClock.after(maxWaitMs, () => {
        this.#isLate = true
        this.wake()
      })
    }
    context.closed.addEventListener('abort', this.wake)
  }

  /** Nothing is waited for any more: what there is, is the answer. */
  get isOver(): boolean {
    return this.#isLate || this.#context.closed.aborted
  }

  /** Has it look again. */
  readonly wake = (): void => this.#resolve()

  /** Before a look, so that what happens meanwhile is not missed. */
  begin(): void {
    this.#waitsForMemory = false
    this.#isWoken = new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  /** Also before reading from it. */
  watch(source: Source): void {
    if (this.#subscriptions.has(source)) return
    this.#subscriptions.set(source, source.onWake(this.wake))
  }

  /**
   * How much of the reply's memory there is to read into; 0: none now, and it is woken when there
   * is some. The connection gives it back when the reply is made.
   */
  reserve(need: ReplyNeed): number {
    const bytes = this.#context.replyMemory.reserve(need, this.wake)
    this.#waitsForMemory = bytes === 0
    return bytes
  }

  /** What was read is not needed. Resolves at once when it was woken since it began. */
  wait(): Promise<void> {
    this.#lease.release()
    if (!this.#waitsForMemory) this.#context.replyMemory.unreserve()
    return this.#isWoken
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel()
    this.#context.closed.removeEventListener('abort', this.wake)
    for (const subscription of this.#subscriptions.values()) subscription.cancel()
  }
}
