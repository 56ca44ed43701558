import { InvalidInput } from '../admin/invalid-input.ts'
import { durationMs, type Duration } from '../duration.ts'
import type { MovableClock } from '../movable-clock.ts'

/**
 * The time of the broker: of records without a time of their own, retention, sessions of groups,
 * transactions that last for too long. How long a request waits for records is the client's time,
 * and is not changed.
 */
export class BrokerClock {
  readonly #clock: MovableClock

  constructor(clock: MovableClock) {
    this.#clock = clock
  }

  now(): Date {
    return new Date(this.#clock.now())
  }

  get isFrozen(): boolean {
    return this.#clock.isFrozen
  }

  /**
   * Stops time, now or at this one: a Date, milliseconds since the epoch or ISO 8601 text. Throws
   * an InvalidInput for what is none.
   */
  freeze(at?: Date | number | string): void {
    this.#clock.freeze(at === undefined ? undefined : timeMs(at))
  }

  /**
   * Moves time on by milliseconds or '300ms', '2s', '5m', '2h', '7d'; what is due on the way has
   * happened when this resolves. Rejects with an InvalidInput for what is no duration.
   */
  async advance(by: Duration): Promise<void> {
    const byMs = durationMs(by)
    if (byMs === undefined) {
      throw new InvalidInput(`${String(by)} is no duration: write 500, '500ms', '2s', '5m' or '2h'`)
    }
    await this.#clock.advance(byMs)
  }

  /** Lets time pass again, from where it stands. */
  resume(): void {
    this.#clock.resume()
  }
}

function timeMs(at: Date | number | string): number {
  const ms = new Date(at).getTime()
  if (Number.isNaN(ms)) throw new InvalidInput(`${String(at)} is no time: write 2026-11-21T10:00Z`)
  return ms
}
