import type { Clock } from './clock.ts'
import type { Dispatch, Dispatched } from './dispatch.ts'
import { dispatchedLater } from './dispatched-later.ts'
import type { Services } from './handler.ts'
import type { BrokerState } from './state.ts'

/** Time for requests in flight of a state that goes. */
const graceMs = 500

/**
 * The state that requests go to, and its successors. Whoever is connected stays so: requests that
 * come in between wait for the next state.
 */
export class StateSwitch {
  readonly #clock: Clock
  #state: BrokerState
  /** Until there is the next state. */
  #replacing: Promise<void> | undefined
  #running = 0
  #lastIsDone: (() => void) | undefined

  constructor(state: BrokerState, clock: Clock) {
    this.#state = state
    this.#clock = clock
  }

  get services(): Services {
    return this.#state.services
  }

  readonly dispatch: Dispatch = (...request) => {
    if (this.#replacing !== undefined) return this.#dispatchLater(this.#replacing, request)
    const dispatched = this.#state.dispatch(...request)
    // Where no state ever goes, nobody has to know what it is still about.
    if (this.services.config.development) this.#watch(dispatched)
    return dispatched
  }

  /** Nothing waits for a group any more. */
  stop(): void {
    this.#state.stop()
  }

  /** Of the last one, if one is on its way. */
  async close(): Promise<void> {
    await this.#replacing
    await this.#state.close()
  }

  /** After an earlier call. Rejects with what `open` does: then there is no state any more. */
  async replace(open: () => Promise<BrokerState>): Promise<void> {
    while (this.#replacing !== undefined) await this.#replacing
    const replaced = this.#replace(open).finally(() => (this.#replacing = undefined))
    this.#replacing = replaced.catch(() => {})
    return replaced
  }

  async #replace(open: () => Promise<BrokerState>): Promise<void> {
    this.#state.abandon()
    await this.#drained()
    await this.#state.close()
    this.#state = await open()
  }

  /** Until all requests of the state are answered, or those are given up that take too long. */
  async #drained(): Promise<void> {
    if (this.#running === 0) return
    await new Promise<void>(resolve => {
      const timer = this.#clock.after(graceMs, resolve)
      this.#lastIsDone = () => {
        timer.cancel()
        resolve()
      }
    })
    this.#lastIsDone = undefined
  }

  #watch({ reply }: Dispatched): void {
    if (!(reply instanceof Promise)) return
    this.#running++
    // Whoever waits for the reply hears of an error.
    reply.then(this.#count, this.#count)
  }

  readonly #count = (): void => {
    if (--this.#running === 0) this.#lastIsDone?.()
  }

  #dispatchLater(replacing: Promise<void>, request: Parameters<Dispatch>): Dispatched {
    const [, caller] = request
    const unknown = { reply: undefined, overlaps: false, clientId: 'unknown' }
    return dispatchedLater(replacing, unknown.clientId, () => {
      // Nobody waits for it, or nobody can answer it.
      return caller.closed.aborted ? unknown : this.dispatch(...request)
    })
  }
}
