import { waitingClock, type Timer } from '../clock.ts'
import { durationMs, type Duration } from '../duration.ts'
import type { Services } from '../handler.ts'
import { InvalidInput } from './invalid-input.ts'

export interface WaitOptions {
  /**
   * How long to wait: milliseconds or '2s', of real time, whatever the broker's clock says; 4 s if
   * it is not given.
   */
  timeout?: Duration | undefined
  /** Gives up with the signal's reason. */
  signal?: AbortSignal
}

/** Less than test runners wait for a test, so that it fails with what we have to say. */
const defaultTimeoutMs = 4000

/** Throws InvalidInput for what is no duration. */
export function timeoutOf({ timeout = defaultTimeoutMs }: WaitOptions): number {
  const timeoutMs = timeout === Infinity ? Infinity : durationMs(timeout)
  if (timeoutMs !== undefined) return timeoutMs
  throw new InvalidInput(`timeout is milliseconds, or '10s', not ${JSON.stringify(timeout)}`)
}

/** Why nothing more is waited for: 'closed' when the broker was reset or closed. */
export type WaitEnd = 'timeout' | 'aborted' | 'closed'

/** For messages: when something had not come. */
export function untilText(end: WaitEnd, timeoutMs: number): string {
  return end === 'timeout' ? `in ${timeoutMs} ms` : 'before the broker was reset or closed'
}

/** Calls back whenever there may be something new. */
interface Source {
  onWake(waiter: () => void): { cancel(): void }
}

/**
 * Somebody who waits for something to happen in the broker:
 *
 *     for (;;) {
 *       watch.begin()
 *       const { end } = watch
 *       // Look; enough: return.
 *       if (end !== undefined) break
 *       await watch.wait()
 *     }
 */
export class Watch implements Disposable {
  readonly #topics: Services['topics']
  readonly #sources: () => Iterable<Source>
  readonly #signal: AbortSignal | undefined
  readonly #timer: Timer | undefined
  readonly #subscriptions = new Map<Source, { cancel(): void }>()
  #isLate = false
  #isWoken = Promise.resolve()
  #resolve: () => void = () => {}

  /** `sources` may be others each time. Without a timeout the process is not kept alive. */
  constructor(
    { topics }: Services,
    sources: () => Iterable<Source>,
    { timeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal | undefined },
  ) {
    this.#topics = topics
    this.#sources = sources
    this.#signal = signal
    signal?.addEventListener('abort', this.#wake)
    if (timeoutMs === undefined) return
    this.#timer = waitingClock.after(timeoutMs, () => {
      this.#isLate = true
      this.#wake()
    })
  }

  get end(): WaitEnd | undefined {
    if (this.#signal?.aborted === true) return 'aborted'
    if (this.#topics.isClosed) return 'closed'
    return this.#isLate ? 'timeout' : undefined
  }

  /** Before a look, so that what happens meanwhile is not missed. */
  begin(): void {
    this.#isWoken = new Promise(resolve => {
      this.#resolve = resolve
    })
    for (const source of [this.#topics.changes, ...this.#sources()]) {
      if (this.#subscriptions.has(source)) continue
      this.#subscriptions.set(source, source.onWake(this.#wake))
    }
  }

  /** Resolves at once when something has happened since it began. */
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
