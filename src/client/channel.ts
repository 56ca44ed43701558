/** A queue between who has things and who waits for them. */
export class Channel<T> implements AsyncIterable<T> {
  #items: T[] = []
  #end: { readonly error: Error | undefined } | undefined
  #wake = (): void => {}

  /** How many wait to be taken. */
  get length(): number {
    return this.#items.length
  }

  push(item: T): void {
    this.#items.push(item)
    this.#wake()
  }

  /** What is in it is still given out; then comes the error, if there is one. */
  end(error?: Error): void {
    this.#end ??= { error }
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      const items = this.#items
      this.#items = []
      yield* items
      if (this.#items.length > 0) continue
      if (this.#end !== undefined) {
        if (this.#end.error !== undefined) throw this.#end.error
        return
      }
      await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }
}
