/** What V8 has executed of the project: a look costs a millisecond, so it can guide a search. */
import { Session, type Profiler } from 'node:inspector'

const project = /\/(protocol|storage|src)\/[^?]*$/

/** Blocks and functions by where they stand. */
export class Coverage implements Disposable {
  readonly #session = new Session()
  readonly #seen = new Set<string>()

  constructor() {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  get blocks(): number {
    return this.#seen.size
  }

  /** What was executed since the last call. */
  executed(): Set<string> {
    const blocks = new Set<string>()
    for (const { url, functions } of this.#take()) {
      if (!project.test(url)) continue
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) blocks.add(`${url}:${startOffset}-${endOffset}`)
        }
      }
    }
    return blocks
  }

  /** What was executed since the last call, and never before it. */
  fresh(): Set<string> {
    const blocks = new Set<string>()
    for (const block of this.executed()) {
      if (this.#seen.has(block)) continue
      this.#seen.add(block)
      blocks.add(block)
    }
    return blocks
  }

  #take(): Profiler.ScriptCoverage[] {
    let taken: Profiler.ScriptCoverage[] = []
    // In the same thread: the answer is there before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error
      taken = result
    })
    return taken
  }

  [Symbol.dispose](): void {
    this.#session.disconnect()
  }
}
