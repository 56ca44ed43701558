/**
 * Keeps appends in the order of their calls where some batches must be made ready first: what comes
 * behind those waits. A partition's order is fixed by the call, before anything is awaited.
 */
export class AppendOrder {
  /** Settles when the last one that had to wait has been appended, or refused. */
  #last: Promise<void> | undefined

  /** Calls `append` in this turn; at once, where nothing is in the way. */
  run<Batch, Result>(
    batch: Batch | Promise<Batch>,
    append: (batch: Batch) => Promise<Result>,
  ): Promise<Result> {
    if (this.#last === undefined && !(batch instanceof Promise)) return append(batch)
    const before = this.#last
    const turn = this.#turn(before, batch, append)
    // Who comes next waits for the call of `append`, not for what it promises.
    const settled = Promise.all([before, turn.then(ignore, ignore)]).then(() => {
      if (this.#last === settled) this.#last = undefined
    })
    this.#last = settled
    return turn.then(({ result }) => result)
  }

  async #turn<Batch, Result>(
    before: Promise<void> | undefined,
    batch: Batch | Promise<Batch>,
    append: (batch: Batch) => Promise<Result>,
  ): Promise<{ result: Promise<Result> }> {
    const [ready] = await Promise.all([batch, before])
    return { result: append(ready) }
  }
}

function ignore(): void {}
