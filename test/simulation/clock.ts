/** Time that passes from one timer to the next, each followed by all that comes of it. */
import type { Clock, Timer } from '../../src/clock.ts'

interface Pending extends Timer {
  atMs: number
  run: (() => void) | undefined
}

export class SimulatedClock implements Clock {
  readonly #epochMs = 1_700_000_000_000
  #nowMs = 0
  /** By time, those of the same time in the order of their calls; the next one is the last. */
  readonly #timers: Pending[] = []

  now(): number {
    return this.#epochMs + this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): Timer {
    const timer: Pending = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      run,
      cancel: () => (timer.run = undefined),
    }
    let at = this.#timers.length
    while (at > 0 && this.#timers[at - 1]!.atMs <= timer.atMs) at--
    this.#timers.splice(at, 0, timer)
    return timer
  }

  sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.after(ms, resolve)
    })
  }

  /** Lets time pass until `isOver` says so, at most so long. */
  async run(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const untilMs = this.#nowMs + ms
    await settled()
    while (!isOver()) {
      const next = this.#timers.at(-1)
      if (next === undefined || next.atMs > untilMs) {
        this.#nowMs = untilMs
        return
      }
      this.#timers.pop()
      if (next.run === undefined) continue
      this.#nowMs = next.atMs
      next.run()
      await settled()
    }
  }

  /** A clock of somebody who may die: then none of their timers fires. */
  mortal(): Clock & { die(): void } {
    let isDead = false
    return {
      now: () => this.now(),
      monotonic: () => this.monotonic(),
      after: (delayMs, run) =>
        this.after(delayMs, () => {
          if (!isDead) run()
        }),
      die: () => (isDead = true),
    }
  }
}

/** Resolves when no promise has anything left to do: ticks come after all microtasks. */
function settled(): Promise<void> {
  return new Promise(resolve => {
    process.nextTick(resolve)
  })
}
