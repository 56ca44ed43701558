/** Chance that can be repeated, as far as processes can: mulberry32. */
export interface Random {
  /** From `least` to `most`, both included, if they are integers. */
  between(least: number, most: number): number
  pick<Kind>(from: readonly Kind[]): Kind
}

export function seededRandom(seed: number): Random {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number): number =>
    least + Math.floor(next() * (most - least + 1))
  return { between, pick: from => from[between(0, from.length - 1)]! }
}
