import type { Clock } from '../clock.ts'
import type { Logger } from '../logger.ts'

/** Whom the log names. */
export interface Client {
  /** Address and port. */
  readonly peer: string
  /** As it says in its requests. */
  clientId: string
  /** Closes its connection; `reason` goes to the log. */
  disconnect(reason: string): void
}

/** How long the log says nothing more of a client that is slowed for the same reason. */
const repeatMs = 60_000

/** When a client was last told of, for one reason. */
export interface Told {
  toldMs: number
}

/** Says whom the broker slows, and why: once in a minute for each client and reason. */
export class SlowLog {
  readonly #logger: Logger
  readonly #clock: Clock

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger
    this.#clock = clock
  }

  tell(told: Told, { peer, clientId }: Client, facts: object, message: string): void {
    const nowMs = this.#clock.monotonic()
    if (nowMs - told.toldMs < repeatMs) return
    told.toldMs = nowMs
    this.#logger.warn({ peer, clientId, ...facts }, message)
  }
}
