/** Between two looks at the rate (Kafka: Cleaner's Throttler). */
const checkIntervalMs = 300

/** Says how long to rest so that not more than so many bytes a second pass. */
export class Throttler {
  readonly #maxBytesPerSecond: number
  #periodStartMs: number
  #bytes = 0

  constructor(maxBytesPerSecond: number, nowMs: number) {
    this.#maxBytesPerSecond = maxBytesPerSecond
    this.#periodStartMs = nowMs
  }

  /** After so many bytes more, in milliseconds; 0 most of the time. */
  restMs(bytes: number, nowMs: number): number {
    this.#bytes += bytes
    const elapsedMs = nowMs - this.#periodStartMs
    if (elapsedMs < checkIntervalMs) return 0
    const restMs = Math.max(0, (this.#bytes / this.#maxBytesPerSecond) * 1000 - elapsedMs)
    this.#periodStartMs = nowMs + restMs
    this.#bytes = 0
    return restMs
  }
}
