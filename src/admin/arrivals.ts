import { waitingClock, type Timer } from '../clock.ts'
import type { Services } from '../handler.ts'

export interface ArrivalsOptions {
  /** Milliseconds; without it nothing ends the wait, and it does not keep the process alive. */
  timeout?: number | undefined
  signal?: AbortSignal | undefined
}

/** Why nothing more is waited for: 'closed' when the broker was reset or closed. */
export type WaitEnd = 'timeout' | 'aborted' | 'closed'

/**
 * Somebody who waits for what comes to a topic, which need not exist yet:
 *
 *     for (;;) {
 *       arrivals.begin()
 *       // Look; enough: return.
 *       if (arrivals.end !== undefined) break
 *       await arrivals.wait()
 *     }
 */
export class Arrivals implements Disposable {
  readonly #topics: Services['topics']
  readonly #topic: string
  readonly #signal: AbortSignal | undefined
  readonly #timer: Timer | undefined
  readonly #subscriptions = new Map<object, { cancel(): void }>()
  #isLate = false
  #isWoken = Promise.resolve()
  #resolve: () => void = () => {}

  constructor({ topics }: Services, topic: string, { timeout, signal }: ArrivalsOptions) {
    this.#topics = topics
    this.#topic = topic
    this.#signal = signal
    this.#subscriptions.set(topics, topics.changes.onWake(this.#wake))
    signal?.addEventListener('abort', this.#wake)
    if (timeout === undefined) return
    this.#timer = waitingClock.after(timeout, () => {
      this.#isLate = true
      this.#wake()
    })
  }

  get end(): WaitEnd | undefined {
    if (this.#signal?.aborted === true) return 'aborted'
    if (this.#topics.isClosed) return 'closed'
    return this.#isLate ? 'timeout' : undefined
  }

  /** Before a look, so that what comes meanwhile is not missed. */
  begin(): void {
    this.#isWoken = new Promise(resolve => {
      this.#resolve = resolve
    })
    for (const partition of this.#topics.get(this.#topic)?.partitions ?? []) {
      if (this.#subscriptions.has(partition)) continue
      this.#subscriptions.set(partition, partition.onWake(this.#wake))
    }
  }

  /** Resolves at once when something has come since it began. */
  wait(): Promise<void> {
    return this.#isWoken
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel()
    this.#signal?.removeEventListener('abort', this.#wake)
    for (const subscription of this.#subscriptions.values()) subscription.cancel()
  }

  readonly #wake = (): void => this.#resolve()
}
