/** The last requests that the broker has decoded, with their answers: cheap to keep. */
import type { Clock } from '../clock.ts'
import type { Caller } from '../dispatch.ts'
import { keptAnswer, keptRequest } from './kept-messages.ts'

/** One request. It refers to what was decoded; what it says is put into words when asked. */
export class TracedRequest {
  readonly api: string
  readonly version: number
  readonly clientId: string
  /** Of the client's end of the connection. */
  readonly clientHost: string
  readonly clientPort: number
  readonly nodeId: number
  /** Without record data. */
  readonly request: unknown
  /** Undefined before there is one, and where there is none. */
  answer: unknown
  /** Milliseconds until it was answered; undefined before. */
  tookMs: number | undefined
  /** What was done to it on purpose. */
  interference: { readonly mark: string | undefined } | undefined
  readonly #beganMs: number
  readonly #closed: AbortSignal
  readonly #trace: Trace

  constructor(trace: Trace, asked: Asked, caller: Caller) {
    this.#trace = trace
    this.#beganMs = trace.clock.monotonic()
    this.api = asked.api
    this.version = asked.version
    this.clientId = asked.clientId
    this.clientHost = caller.clientHost
    this.clientPort = caller.clientPort
    this.nodeId = caller.nodeId
    this.request = keptRequest(asked.api, asked.request)
    this.#closed = caller.closed
  }

  /** Milliseconds since the epoch. */
  get at(): number {
    return this.#trace.epochMs + this.#beganMs
  }

  /** An answer that never came is none any more when the connection is closed. */
  get state(): 'waiting' | 'answered' | 'closed' {
    if (this.tookMs !== undefined) return 'answered'
    return this.#closed.aborted ? 'closed' : 'waiting'
  }

  /** The answer as it goes out. */
  answered(answer: unknown): void {
    this.answer = keptAnswer(this.api, answer)
    this.tookMs = this.#trace.clock.monotonic() - this.#beganMs
    this.#trace.tell(this)
  }
}

interface Asked {
  readonly api: string
  readonly version: number
  readonly clientId: string
  readonly request: unknown
}

/** How many requests are kept. */
const size = 200

export class Trace {
  readonly clock: Pick<Clock, 'monotonic'>
  /** When the monotonic clock was at 0: a request asks one clock only. */
  readonly epochMs: number
  readonly #ring: TracedRequest[] = []
  readonly #listeners = new Set<(request: TracedRequest) => void>()
  #next = 0

  /** Of the time that clients see, wherever the broker's own may stand. */
  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.clock = clock
    this.epochMs = clock.now() - clock.monotonic()
  }

  begin(asked: Asked, caller: Caller): TracedRequest {
    const request = new TracedRequest(this, asked, caller)
    this.#ring[this.#next] = request
    this.#next = (this.#next + 1) % size
    return request
  }

  /** In the order in which they came. */
  requests(): TracedRequest[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)]
  }

  /** Calls back with each request that is answered from now on, until the result is called. */
  subscribe(listener: (request: TracedRequest) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(request: TracedRequest): void {
    for (const listener of this.#listeners) listener(request)
  }
}
