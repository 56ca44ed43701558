/** How long things took, in few numbers. */

export interface Latencies {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Each is a value that was measured: the nearest rank. All are 0 where nothing was. */
export function latenciesOf(samplesMs: readonly number[]): Latencies {
  const sorted = Float64Array.from(samplesMs).toSorted()
  const at = (share: number): number => {
    return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
  }
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}
