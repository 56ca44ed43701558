/**
 * What is released in the opposite order of its opening; an AsyncDisposableStack, as far as one is
 * needed here, for Node.js 22 has none.
 */
export class Resources implements AsyncDisposable {
  #releases: (() => unknown)[] = []

  defer(release: () => unknown): void {
    this.#releases.push(release)
  }

  /** Whoever opened them keeps them: this one releases nothing any more. */
  move(): Resources {
    const moved = new Resources()
    moved.#releases = this.#releases
    this.#releases = []
    return moved
  }

  /** Releases all, also when some cannot be: throws what they throw, as one error. */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = []
    for (const release of this.#releases.splice(0).toReversed()) {
      try {
        await release()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, 'not everything could be released')
  }
}
