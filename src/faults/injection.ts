import type { Clock } from '../clock.ts'
import type { NamedTopic } from '../request-facts.ts'
import type { ArmedFault } from './armed-fault.ts'
import type { Effect } from './spec.ts'

export interface InjectionOptions {
  readonly fault: ArmedFault
  readonly effect: Effect
  /** Undefined: whatever the request is about. */
  readonly topics: readonly NamedTopic[] | undefined
  readonly clock: Pick<Clock, 'after'>
  /** Aborted when nobody is kept waiting any more. */
  readonly closing: AbortSignal
  readonly onFired: (injection: Injection) => void
}

/** What a fault does to one request. */
export class Injection {
  readonly #options: InjectionOptions
  readonly #callbacks: (() => void)[] = []
  #isFired = false

  constructor(options: InjectionOptions) {
    this.#options = options
  }

  get effect(): Effect {
    return this.#options.effect
  }

  get topics(): readonly NamedTopic[] | undefined {
    return this.#options.topics
  }

  get rule() {
    return this.#options.fault.rule
  }

  /** Something happens. */
  get isFelt(): boolean {
    return this.effect.kind !== 'ok' || this.rule.delayMs > 0
  }

  /** For people: of a request to which it has happened; undefined before. */
  get mark(): string | undefined {
    return this.#isFired ? `fault ${this.#options.fault.id}: ${this.label}` : undefined
  }

  /** The error, or what happens instead. */
  get label(): string {
    const { effect } = this
    if (effect.kind === 'error') return effect.error
    return effect.kind === 'ok' ? 'delay' : effect.kind
  }

  /** For effects that need a certain answer: whether this one is taken. */
  claim(): boolean {
    return this.#options.fault.claim()
  }

  /** Calls back when it has happened. */
  onceFired(callback: () => void): void {
    this.#callbacks.push(callback)
  }

  /** It has happened. */
  fired(): void {
    if (this.#isFired) return
    this.#isFired = true
    for (const callback of this.#callbacks) callback()
    this.#options.onFired(this)
  }

  /** Until the time is over, or nobody is kept waiting any more. */
  pause(delayMs: number): Promise<void> {
    const { clock, closing } = this.#options
    if (delayMs === 0 || closing.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const end = (): void => {
        timer.cancel()
        closing.removeEventListener('abort', end)
        resolve()
      }
      const timer = clock.after(delayMs, end)
      closing.addEventListener('abort', end)
    })
  }

  /** Until the connection is closed, or nobody is kept waiting any more. */
  async silence(closed: AbortSignal): Promise<void> {
    const { closing } = this.#options
    if (closed.aborted || closing.aborted) return
    const ended = AbortSignal.any([closed, closing])
    await new Promise(resolve => ended.addEventListener('abort', resolve, { once: true }))
  }
}
