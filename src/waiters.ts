/** Who waits until there may be something new. */
export class Waiters {
  readonly #waiters = new Set<() => void>()

  /** Calls back whenever there may be something new. */
  onWake(waiter: () => void): { cancel(): void } {
    this.#waiters.add(waiter)
    return { cancel: () => this.#waiters.delete(waiter) }
  }

  wake(): void {
    for (const waiter of this.#waiters) waiter()
  }
}
