/** How long something took, as Prometheus counts it. */
export class Histogram {
  /** Upper bounds, in milliseconds, ascending. */
  readonly boundsMs: readonly number[]
  /** By bound, not cumulative; the last is of what is above all bounds. */
  readonly counts: number[]
  sumMs = 0

  constructor(boundsMs: readonly number[]) {
    this.boundsMs = boundsMs
    this.counts = Array.from({ length: boundsMs.length + 1 }, () => 0)
  }

  observe(ms: number): void {
    const { boundsMs } = this
    let index = 0
    while (index < boundsMs.length && ms > boundsMs[index]!) index++
    this.counts[index]!++
    this.sumMs += ms
  }
}
