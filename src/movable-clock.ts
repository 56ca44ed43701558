import type { Clock, Timer } from './clock.ts'

interface Pending {
  dueMs: number
  run: () => void
  /** Of the clock below, while time passes. */
  timer: Timer | undefined
}

/**
 * Time as another clock has it, until somebody freezes it or moves it on. Timers fire in their
 * order, each at its time.
 */
export class MovableClock implements Clock {
  readonly #base: Clock
  readonly #pending = new Set<Pending>()
  /** What `now` and `monotonic` say while time stands still. */
  #frozen: { nowMs: number; monotonicMs: number } | undefined
  /** Ahead of the clock below, while time passes. */
  #nowAheadMs = 0
  #monotonicAheadMs = 0
  /** The last call of `advance`. */
  #advancing: Promise<void> = Promise.resolve()
  /** Rises with each reset, which ends what `advance` is about. */
  #resets = 0

  constructor(base: Clock) {
    this.#base = base
  }

  /** Another one that says what this one does, and is moved by itself. */
  copy(): MovableClock {
    const copy = new MovableClock(this.#base)
    copy.#frozen = this.#frozen && { ...this.#frozen }
    copy.#nowAheadMs = this.#nowAheadMs
    copy.#monotonicAheadMs = this.#monotonicAheadMs
    return copy
  }

  get isFrozen(): boolean {
    return this.#frozen !== undefined
  }

  now(): number {
    return Math.round(this.#frozen?.nowMs ?? this.#base.now() + this.#nowAheadMs)
  }

  monotonic(): number {
    return this.#frozen?.monotonicMs ?? this.#base.monotonic() + this.#monotonicAheadMs
  }

  after(delayMs: number, run: () => void): Timer {
    const pending = { dueMs: this.monotonic() + delayMs, run, timer: undefined }
    this.#pending.add(pending)
    this.#arm(pending)
    return { cancel: () => this.#remove(pending) }
  }

  /** Time stands still, at this time since the epoch or now, until `advance` moves it on. */
  freeze(atMs = this.now()): void {
    this.#frozen = { nowMs: atMs, monotonicMs: this.monotonic() }
    for (const pending of this.#pending) {
      pending.timer?.cancel()
      this.#arm(pending)
    }
  }

  /**
   * Moves time on, after earlier calls; it goes on to stand still, or to pass. Between two timers,
   * what the first one has begun goes on as far as it can without waiting for anybody.
   */
  advance(byMs: number): Promise<void> {
    const advanced = this.#advancing.then(() => this.#advance(byMs))
    this.#advancing = advanced.catch(() => {})
    return advanced
  }

  /** Time passes again, from where it stands. */
  resume(): void {
    if (this.#frozen === undefined) return
    this.#nowAheadMs = this.#frozen.nowMs - this.#base.now()
    this.#monotonicAheadMs = this.#frozen.monotonicMs - this.#base.monotonic()
    this.#frozen = undefined
    for (const pending of this.#pending) this.#arm(pending)
  }

  /** Time passes, and is what it is elsewhere. What is advanced just now goes no further. */
  reset(): void {
    this.#resets++
    this.resume()
    this.#nowAheadMs = 0
  }

  async #advance(byMs: number): Promise<void> {
    const wasFrozen = this.isFrozen
    const resets = this.#resets
    this.freeze()
    const untilMs = this.monotonic() + byMs
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#moveTo(next.dueMs)
      this.#remove(next)
      next.run()
      await new Promise<void>(resolve => this.#base.after(0, resolve))
      if (this.#resets !== resets) return
    }
    this.#moveTo(untilMs)
    if (!wasFrozen) this.resume()
  }

  #moveTo(monotonicMs: number): void {
    if (!this.isFrozen) this.freeze()
    const frozen = this.#frozen!
    const byMs = Math.max(0, monotonicMs - frozen.monotonicMs)
    frozen.nowMs += byMs
    frozen.monotonicMs += byMs
  }

  /** The first timer that is due by then. */
  #next(untilMs: number): Pending | undefined {
    let first: Pending | undefined
    for (const pending of this.#pending) {
      const isDue = pending.dueMs <= untilMs
      if (isDue && (first === undefined || pending.dueMs < first.dueMs)) first = pending
    }
    return first
  }

  /** What is due fires though time stands still: somebody only lets others go first. */
  #arm(pending: Pending): void {
    const delayMs = Math.max(0, pending.dueMs - this.monotonic())
    if (this.isFrozen && delayMs > 0) return
    pending.timer = this.#base.after(delayMs, () => {
      // systemClock fires early what is due in more than 24 days.
      if (pending.dueMs - this.monotonic() > 1) return this.#arm(pending)
      this.#pending.delete(pending)
      pending.run()
    })
  }

  #remove(pending: Pending): void {
    pending.timer?.cancel()
    this.#pending.delete(pending)
  }
}
