import type { Clock, Timer } from '../clock.ts'

/** What clients wait for an answer (request.timeout.ms): what takes longer is of no use to them. */
export const turnMs = 30_000

/**
 * The right to exceed a limit, of one connection at a time: so whatever the limit is and whoever
 * uses it up, one gets on. A turn that lasts is looked at, so that nobody keeps it for nothing.
 */
export class Turn<T> {
  holder: T | undefined
  readonly #clock: Clock
  readonly #onLong: (holder: T, turnMs: number) => void
  #timer: Timer | undefined

  /** `onLong` is called every 30 s. */
  constructor(clock: Clock, onLong: (holder: T, turnMs: number) => void) {
    this.#clock = clock
    this.#onLong = onLong
  }

  begin(holder: T): void {
    this.holder = holder
    this.#timer = this.#clock.after(turnMs, () => {
      this.begin(holder)
      this.#onLong(holder, turnMs)
    })
  }

  end(): void {
    if (this.holder === undefined) return
    this.holder = undefined
    this.#timer?.cancel()
  }
}
