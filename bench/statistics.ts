/** Figures out of figures. */

/** Of an even number of values, the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle]!
  return (sorted[middle - 1]! + sorted[middle]!) / 2
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
