/** The only source of time and timers. Tests replace it by one that they move themselves. */
export interface Clock {
  /** Milliseconds since the epoch; may jump. For timestamps, never for order or timeouts. */
  now(): number
  /** Milliseconds from an arbitrary start; never goes back. For timeouts. */
  monotonic(): number
  /** Calls `run` once, `delayMs` from now. */
  after(delayMs: number, run: () => void): Timer
}

export interface Timer {
  cancel(): void
}

/** setTimeout fires at once for longer delays. */
const maxDelayMs = 2 ** 31 - 1

/** Timers do not keep the process alive: listeners do, where that is wanted. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    if (delayMs <= 0) {
      // A timeout takes a millisecond at least, and an unref'd immediate waits for other events.
      const immediate = setImmediate(run)
      return { cancel: () => clearImmediate(immediate) }
    }
    const timer = setTimeout(run, Math.min(delayMs, maxDelayMs)).unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

/** The same for a program that waits for what it has asked: its timers keep the process alive. */
export const waitingClock: Clock = {
  ...systemClock,
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(delayMs, maxDelayMs))
    return { cancel: () => clearTimeout(timer) }
  },
}
