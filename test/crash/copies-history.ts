/**
 * What must hold of a source that is copied to two topics in transactions, with the offsets of its
 * reader: each copy has each record of the source below the committed offset, once and in order,
 * and the same transactions, none of which was aborted. Pure.
 */

/** A transaction: what it copies of the source, [first, next), and what has become of it. */
export interface Attempt {
  id: number
  first: number
  next: number
  state: 'open' | 'aborting' | 'committing' | 'committed'
}

export function copiedValue({ id }: Pick<Attempt, 'id'>, offset: number): string {
  return `${offset} ${id}`
}

export class CopiesHistory {
  readonly #attempts: Attempt[] = []
  /** Below it everything was acknowledged as committed. */
  #committed = 0

  get committedTransactions(): number {
    return this.#attempts.filter(({ state }) => state === 'committed').length
  }

  begin(first: number, next: number): Attempt {
    const attempt: Attempt = { id: this.#attempts.length, first, next, state: 'open' }
    this.#attempts.push(attempt)
    return attempt
  }

  acknowledge(attempt: Attempt): void {
    attempt.state = 'committed'
    this.#committed = Math.max(this.#committed, attempt.next)
  }

  /** What a reader of committed records got so far of one copy, from its beginning. */
  checkRead(name: string, values: readonly string[]): string[] {
    return values.flatMap((value, place) => {
      const [offset, id] = value.split(' ').map(Number)
      const attempt = this.#attempts[id!]
      if (attempt === undefined) return [`${name} has '${value}', which nobody sent`]
      if (attempt.state === 'open' || attempt.state === 'aborting') {
        return [`${name} shows '${value}' of a transaction that was not committed`]
      }
      return offset === place ? [] : [`${name} has '${value}' at place ${place}`]
    })
  }

  #isIn(values: readonly string[], attempt: Attempt): boolean {
    return values[attempt.first] === copiedValue(attempt, attempt.first)
  }

  /** Both copies as they are when nothing is open, and the offset that is committed then. */
  check(copies: readonly (readonly string[])[], committedOffset: number): string[] {
    const committed = Math.max(0, committedOffset)
    const violations = copies.flatMap((values, i) => this.checkRead(`copy ${i}`, values))
    for (const [i, values] of copies.entries()) {
      if (values.length === committed) continue
      const offsets = `${committed} are committed of its source`
      violations.push(`copy ${i} has ${values.length} records, ${offsets}`)
    }
    if (copies.some(values => values.join() !== copies[0]!.join())) {
      violations.push('the copies have records of different transactions')
    }
    if (committed < this.#committed) {
      violations.push(`${committed} is committed, and ${this.#committed} was`)
    }
    for (const attempt of this.#attempts) {
      if (attempt.state === 'committing' && this.#isIn(copies[0]!, attempt)) {
        this.acknowledge(attempt)
      }
    }
    return violations
  }
}
