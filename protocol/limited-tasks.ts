/** Runs so many tasks at a time, and no more; the others begin in the order of their calls. */
export class LimitedTasks {
  readonly #limit: number
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running === this.#limit) {
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    try {
      return await task()
    } finally {
      const next = this.#waiting.shift()
      // The place is handed over: whoever comes meanwhile must not take it.
      if (next === undefined) this.#running--
      else next()
    }
  }
}
