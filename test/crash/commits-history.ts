/** A group's commits of one partition: they stay where they were, or got where they were sent. */
export class CommitsHistory {
  readonly name: string
  #acknowledged = -1
  /** Asked for since then. */
  #requested: number[] = []

  constructor(name: string) {
    this.name = name
  }

  request(offset: number): void {
    this.#requested.push(offset)
  }

  acknowledge(offset: number): void {
    this.#acknowledged = offset
    this.#requested = this.#requested.filter(each => each > offset)
  }

  /** Compares with what is committed after a restart; -1 stands for nothing. */
  check(found: number, endOffset: number): string[] {
    const violations: string[] = []
    if (found < this.#acknowledged) {
      violations.push(`committed is ${found}, and ${this.#acknowledged} was acknowledged`)
    } else if (found !== this.#acknowledged && !this.#requested.includes(found)) {
      violations.push(`committed is ${found}, which nobody asked for`)
    }
    if (found > endOffset) violations.push(`committed is ${found}, the log ends at ${endOffset}`)
    this.#acknowledged = Math.max(this.#acknowledged, found)
    this.#requested = []
    return violations.map(violation => `${this.name}: ${violation}`)
  }
}
