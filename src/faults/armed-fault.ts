import { dice } from './dice.ts'
import type { Effect, FaultRule, FaultSpec } from './spec.ts'

/** A request that a fault has done something to. */
export interface FaultHit {
  /** Kafka's name of the API. */
  readonly api: string
  readonly version: number
  /** The client's id. */
  readonly client: string
  /** Milliseconds since the epoch, of the broker's clock. */
  readonly at: number
}

/** A fault as data, for whoever asks what there is. */
export interface FaultDescription {
  readonly id: number
  /** As it was given. */
  readonly spec: FaultSpec
  readonly hits: readonly FaultHit[]
  /** For so many requests more, those included that a sequence lets pass; 'always' without end. */
  readonly left: number | 'always'
}

/** Which one fault remembers: it may fire as long as a broker runs. */
const mostHits = 1000

interface Waiting {
  resolve: (hit: FaultHit) => void
  reject: (error: Error) => void
}

/** A fault in a broker: how often it has hit, and how often it still may. */
export class ArmedFault implements Disposable {
  readonly id: number
  readonly rule: FaultRule
  /** The last 1,000. */
  readonly hits: FaultHit[] = []
  readonly #dice: () => number
  readonly #onRemove: () => void
  #used = 0
  /** Hits that somebody has waited for. */
  #told = 0
  #waiting: Waiting[] = []
  #isRemoved = false

  constructor(id: number, rule: FaultRule, onRemove: () => void) {
    this.id = id
    this.rule = rule
    this.#dice = dice(rule.seed)
    this.#onRemove = onRemove
  }

  /** Requests that it may still take. */
  get left(): number {
    const { times, effects } = this.rule
    return this.#isRemoved ? 0 : times * effects.length - this.#used
  }

  /** What happens to the next request. */
  get effect(): Effect {
    const { effects } = this.rule
    return effects[this.#used % effects.length]!
  }

  /** Whether a request is one of those that it takes; if so, it is one less. */
  claim(): boolean {
    const { probability } = this.rule
    if (this.left === 0 || (probability < 1 && this.#dice() >= probability)) return false
    this.#used++
    return true
  }

  record(hit: FaultHit): void {
    this.hits.push(hit)
    const told = this.left === 0 ? this.#waiting.splice(0) : this.#waiting.splice(0, 1)
    if (told.length > 0) this.#told++
    for (const { resolve } of told) resolve(hit)
    if (this.hits.length <= mostHits) return
    this.hits.shift()
    this.#told = Math.max(0, this.#told - 1)
  }

  /**
   * The first call resolves with the first hit, the second with the second, as soon as there is
   * one; the last one again when no more can come. Rejects if the fault is removed before it hits.
   */
  hit(): Promise<FaultHit> {
    const next = this.hits[this.#told] ?? (this.left === 0 ? this.hits.at(-1) : undefined)
    if (next !== undefined) {
      this.#told = Math.min(this.#told + 1, this.hits.length)
      return Promise.resolve(next)
    }
    if (this.#isRemoved) return Promise.reject(this.#removed())
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Hits nothing more. */
  remove(): void {
    if (this.#isRemoved) return
    this.#isRemoved = true
    this.#onRemove()
    for (const { reject } of this.#waiting) reject(this.#removed())
    this.#waiting = []
  }

  /** Removes it. Throws if it has hit nothing, unless it is optional. */
  [Symbol.dispose](): void {
    const wasThere = !this.#isRemoved
    this.remove()
    if (wasThere && isUnfired(this.describe())) throw unfiredError([this.describe()])
  }

  describe(): FaultDescription {
    const { id, rule, hits, left } = this
    return { id, spec: rule.spec, hits: [...hits], left: left === Infinity ? 'always' : left }
  }

  #removed(): Error {
    return new Error(`the fault was removed before it hit: ${textOf(this.describe())}`)
  }
}

/** It should have hit a request, and has not. */
export function isUnfired({ hits, spec }: FaultDescription): boolean {
  return hits.length === 0 && !spec.optional
}

/** For whoever relies on them. */
export function unfiredError(faults: readonly FaultDescription[]): Error {
  const [what, which] = faults.length === 1 ? ['a fault', 'it'] : ['faults', 'they']
  const list = faults.map(textOf).join('; ')
  return new Error(
    `${what} never fired: ${list} (no request was like that; optional: true if ${which} need not)`,
  )
}

const textOf = ({ id, spec }: FaultDescription): string => `fault ${id} ${JSON.stringify(spec)}`
