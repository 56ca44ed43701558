/** Figures out of figures. */

/** Of an even number of values, the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle]!
  return (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The value that this share of them is not above: 0.95 of 50 are 48 of them. NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN
}

export interface Target {
  /** Of the ratio of two medians. */
  atLeast?: number
  atMost?: number
}

export function reached(
  ratio: number,
  { atLeast = -Infinity, atMost = Infinity }: Target,
): boolean {
  return ratio >= atLeast && ratio <= atMost
}
