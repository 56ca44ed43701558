/** Rates over the last windows, by the rules of Kafka's SampledStat, Rate and QuotaUtils. */

export interface Windows {
  /** The last one, which is not over, and those before it; at least 1. */
  readonly count: number
  readonly sizeMs: number
}

interface Sample {
  readonly startMs: number
  lastMs: number
  sum: number
}

/** What is recorded counts for as long as its window is among the last `windows.count`. */
export class WindowedRate {
  readonly #windows: Windows
  /** The oldest first. */
  readonly #samples: Sample[] = []

  constructor(windows: Windows) {
    this.#windows = windows
  }

  /** A negative value takes back what was recorded at the same time. */
  record(value: number, nowMs: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && nowMs - last.startMs < this.#windows.sizeMs) {
      last.sum += value
      last.lastMs = nowMs
    } else {
      this.#samples.push({ startMs: nowMs, lastMs: nowMs, sum: value })
    }
  }

  /** For each second. */
  perSecond(nowMs: number): number {
    this.#forget(nowMs)
    let sum = 0
    for (const sample of this.#samples) sum += sample.sum
    return (sum / this.#spanMs(nowMs)) * 1000
  }

  /**
   * How long nothing may be recorded until the rate is down at the limit again; 0 where it is not
   * above it. With the rate O, the limit T and the time W that it is measured over, that is the X
   * for which O * W / (W + X) = T.
   */
  throttleMs(limit: number, nowMs: number): number {
    const rate = this.perSecond(nowMs)
    return rate > limit ? ((rate - limit) / limit) * this.#spanMs(nowMs) : 0
  }

  /** Nothing counts any more: a new one would say the same. */
  isSpent(nowMs: number): boolean {
    this.#forget(nowMs)
    return this.#samples.length === 0
  }

  #forget(nowMs: number): void {
    const { count, sizeMs } = this.#windows
    while (this.#samples.length > 0 && nowMs - this.#samples[0]!.lastMs >= count * sizeMs) {
      this.#samples.shift()
    }
  }

  /**
   * From the oldest sample on, but at least all windows before the last one, whether there was
   * anything in them or not: or the first request would make a huge rate.
   */
  #spanMs(nowMs: number): number {
    const { count, sizeMs } = this.#windows
    const elapsedMs = nowMs - (this.#samples[0]?.startMs ?? nowMs)
    const missing = Math.max(0, count - 1 - Math.floor(elapsedMs / sizeMs))
    return Math.max(elapsedMs + missing * sizeMs, 1)
  }
}
