import { seededRandom } from '../doubles/random.ts'

/** Chance that is the same for the same seed. */
export class Dice {
  readonly random: () => number

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.random() * limit)
  }

  /** An integer in [from, to]. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!
  }
}
