import type { Windows } from './windowed-rate.ts'

/**
 * Fills up at a rate, and lets a burst through of all that comes in within its windows (KIP-599,
 * Kafka's TokenBucket). It starts full.
 */
export class TokenBucket {
  readonly #windows: Windows
  #tokens = Infinity
  #filledMs = 0

  constructor(windows: Windows) {
    this.#windows = windows
  }

  /** Below 0: that many were taken too many. The rate is in tokens each second. */
  level(rate: number, nowMs: number): number {
    const { count, sizeMs } = this.#windows
    const burst = (count * sizeMs * rate) / 1000
    const filled = this.#tokens + ((nowMs - this.#filledMs) * rate) / 1000
    this.#tokens = Math.min(burst, filled)
    this.#filledMs = nowMs
    return this.#tokens
  }

  /** However many there are. */
  take(tokens: number, rate: number, nowMs: number): void {
    this.#tokens = this.level(rate, nowMs) - tokens
  }

  /** How long it takes until nobody owes tokens. */
  throttleMs(rate: number, nowMs: number): number {
    return (Math.max(0, -this.level(rate, nowMs)) / rate) * 1000
  }

  /** Nobody has taken anything for so long that a new one would say the same. */
  isSpent(nowMs: number): boolean {
    // At any rate, what is owed or missing has come back after this.
    return this.#tokens >= 0 && nowMs - this.#filledMs >= this.#windows.count * this.#windows.sizeMs
  }
}
