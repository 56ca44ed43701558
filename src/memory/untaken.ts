import type { Clock } from '../clock.ts'

/** From then on a client is said to take no replies, and again whenever so much more has passed. */
const longMs = 10_000

/** Who has replies at the broker and has taken none of them lately, the longest first. */
export class Untaken<T> {
  readonly #clock: Clock
  readonly #onLong: (holder: T, untakenMs: number) => void
  readonly #sinceMs = new Map<T, number>()
  #isWatched = false

  constructor(clock: Clock, onLong: (holder: T, untakenMs: number) => void) {
    this.#clock = clock
    this.#onLong = onLong
  }

  /** It has taken nothing since now. */
  add(holder: T): void {
    this.#sinceMs.delete(holder)
    this.#sinceMs.set(holder, this.#clock.monotonic())
    if (!this.#isWatched) this.#watch()
  }

  delete(holder: T): void {
    this.#sinceMs.delete(holder)
  }

  #watch(): void {
    this.#isWatched = true
    this.#clock.after(longMs, () => this.#look())
  }

  #look(): void {
    const nowMs = this.#clock.monotonic()
    for (const [holder, sinceMs] of this.#sinceMs) {
      if (nowMs - sinceMs < longMs) break
      this.#onLong(holder, Math.round(nowMs - sinceMs))
    }
    if (this.#sinceMs.size > 0) this.#watch()
    else this.#isWatched = false
  }
}
