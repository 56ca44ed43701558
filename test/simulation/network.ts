/** Connections of clients to a simulated broker: late, cut off, or delivering when all is over. */
import { encodeRequest, type Api } from '../../protocol/api.ts'
import { readResponseHeader, writeRequestHeader } from '../../protocol/header.ts'
import { Reader, Writer } from '../../protocol/wire.ts'
import { anonymous } from '../../src/auth/principal.ts'
import type { Caller } from '../../src/dispatch.ts'
import type { SimulatedBroker } from './broker.ts'
import type { SimulatedClock } from './clock.ts'
import type { Dice } from './dice.ts'

const requestTimeoutMs = 1500
const maxLingerMs = 12_000
const nodeId = 1

/** The reply did not come; whether the request has arrived, or will, nobody knows. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

export interface Trouble {
  /** Probabilities, for each request. */
  lostRequest: number
  lostReply: number
  slow: number
  /** It arrives once more, when the client has long gone on. */
  lingers: number
}

export const noTrouble: Trouble = { lostRequest: 0, lostReply: 0, slow: 0, lingers: 0 }

export interface NetworkOptions {
  broker: SimulatedBroker
  clock: SimulatedClock
  dice: Dice
  trouble: Trouble
  onError: (message: string) => void
}

export class Network {
  readonly options: NetworkOptions
  readonly #open = new Set<Connection>()
  requests = 0

  constructor(options: NetworkOptions) {
    this.options = options
    options.broker.onCrash = () => {
      for (const connection of this.#open) connection.close()
    }
  }

  connect(): Connection {
    const connection = new Connection(this, () => this.#open.delete(connection))
    this.#open.add(connection)
    return connection
  }
}

/** Requests arrive in their order, and start as src/connection.ts starts them. */
export class Connection {
  readonly #network: Network
  readonly #onClose: () => void
  readonly #life: number
  readonly #abort = new AbortController()
  readonly #caller: Caller
  readonly #waiting = new Set<(error: Error) => void>()
  #arrivesMs = 0
  /** What would arrive from then on does not. */
  #cutMs = Infinity
  /** Settles when the next request may start. */
  #turn: Promise<unknown> = Promise.resolve()
  #correlationId = 0

  constructor(network: Network, onClose: () => void) {
    this.#network = network
    this.#onClose = onClose
    const { broker } = network.options
    this.#life = broker.isUp ? broker.crashes : -1
    this.#caller = {
      clientHost: '/10.0.0.1',
      clientPort: 50000,
      principal: anonymous,
      listener: { name: 'PLAINTEXT', protocol: 'PLAINTEXT' },
      software: { name: 'simulation', version: '1' },
      nodeId,
      nodes: () => [{ id: nodeId, host: 'simulated', port: 9092 }],
      replyMemory: { reserve: ({ wantedBytes }) => wantedBytes, unreserve: () => undefined },
      closed: this.#abort.signal,
    }
  }

  get isOpen(): boolean {
    return !this.#abort.signal.aborted
  }

  close(): void {
    if (!this.isOpen) return
    this.#abort.abort('closed')
    this.#onClose()
    for (const reject of this.#waiting) reject(new ConnectionLost('the connection was lost'))
    this.#waiting.clear()
  }

  /** `mayLinger`: it may arrive, once more or for the first time, when nobody waits for it. */
  async request<RequestIn, Response, ResponseIn>(
    api: Api<unknown, RequestIn, Response, ResponseIn>,
    version: number,
    body: RequestIn,
    mayLinger = true,
  ): Promise<Response> {
    if (!this.isOpen) throw new ConnectionLost('the connection is closed')
    const reader = new Reader(
      await this.#exchange(frameOf(api, version, body, this.#correlationId++), mayLinger),
    )
    readResponseHeader(reader, api.hasFlexibleResponseHeader(version))
    return api.responseCodec(version).decode(reader)
  }

  /** What was on its way to a process that is gone, or was not there, reaches no other. */
  get #isOfEarlierLife(): boolean {
    return this.#network.options.broker.crashes !== this.#life
  }

  #exchange(frame: Buffer, mayLinger: boolean): Promise<Buffer> {
    const { clock, dice, trouble } = this.#network.options
    this.#network.requests++
    const latencyMs = dice.chance(trouble.slow) ? dice.below(2 * requestTimeoutMs) : dice.below(3)
    this.#arrivesMs = Math.max(this.#arrivesMs, clock.monotonic() + latencyMs)
    return new Promise((resolve, reject) => {
      const lose = (error: Error): void => {
        timer.cancel()
        reject(error)
      }
      const timer = clock.after(requestTimeoutMs, () => this.close())
      this.#waiting.add(lose)
      // What was sent arrives, whatever becomes of the broker.
      const answer = (reply: Buffer): void => {
        if (!this.#waiting.delete(lose)) return
        timer.cancel()
        clock.after(dice.below(3), () => resolve(reply))
      }
      if (dice.chance(trouble.lostRequest)) {
        this.#cutMs = Math.min(this.#cutMs, this.#arrivesMs)
        clock.after(this.#arrivesMs - clock.monotonic(), () => this.close())
      }
      const turn = this.#turn
      this.#turn = clock
        .sleep(this.#arrivesMs - clock.monotonic())
        .then(() => turn)
        .then(() => this.#arrive(frame, mayLinger, answer))
    })
  }

  /** What is under way when a client hangs up may arrive, late, and in its order. */
  async #arrive(
    frame: Buffer,
    mayLinger: boolean,
    answer: (reply: Buffer) => void,
  ): Promise<unknown> {
    const { clock, dice, trouble } = this.#network.options
    if (clock.monotonic() >= this.#cutMs) return undefined
    if (this.#isOfEarlierLife) return this.close()
    if (!this.isOpen) {
      this.#cutMs = dice.chance(0.5) ? clock.monotonic() : this.#cutMs
      if (!mayLinger || clock.monotonic() >= this.#cutMs) return undefined
      if (dice.chance(0.5)) await clock.sleep(dice.below(maxLingerMs))
      if (this.#isOfEarlierLife) return undefined
    }
    const { reply, overlaps } = this.#deliver(frame)
    if (mayLinger && dice.chance(trouble.lingers)) this.#linger(frame)
    void reply.then(parts => {
      if (parts === undefined) return
      if (dice.chance(trouble.lostReply)) this.close()
      else answer(parts)
    })
    return overlaps ? undefined : reply
  }

  #deliver(frame: Buffer): { reply: Promise<Buffer | undefined>; overlaps: boolean } {
    const { broker, onError } = this.#network.options
    const failed = (error: unknown): undefined => {
      onError(`the broker closed a connection: ${String(error)}`)
      this.close()
    }
    try {
      const dispatched = broker.dispatch(Buffer.from(frame), this.#caller)
      if (dispatched === undefined) {
        this.close()
        return { reply: Promise.resolve(undefined), overlaps: true }
      }
      const { overlaps } = dispatched
      // Who crashes answers nobody: this may never settle.
      const reply = Promise.resolve(dispatched.reply).then(
        parts => (parts === undefined ? undefined : Buffer.concat(parts).subarray(4)),
        failed,
      )
      return { reply, overlaps }
    } catch (error) {
      return { reply: Promise.resolve(failed(error)), overlaps: true }
    }
  }

  /** Once more, when nobody waits for it. */
  #linger(frame: Buffer): void {
    const { clock, dice, broker } = this.#network.options
    clock.after(dice.below(dice.chance(0.5) ? 3000 : maxLingerMs), () => {
      if (this.#isOfEarlierLife) return
      const caller = { ...this.#caller, closed: AbortSignal.abort('closed') }
      try {
        void Promise.resolve(broker.dispatch(Buffer.from(frame), caller)?.reply).catch(() => {})
      } catch {
        // Nobody is there to be told.
      }
    })
  }
}

/** Without its size. */
function frameOf<RequestIn>(
  api: Pick<Api<unknown, RequestIn>, 'key' | 'isFlexible' | 'requestCodec'>,
  apiVersion: number,
  body: RequestIn,
  correlationId: number,
): Buffer {
  const writer = new Writer()
  const header = { apiKey: api.key, apiVersion, correlationId, clientId: 'simulation' }
  writeRequestHeader(writer, header, api.isFlexible(apiVersion))
  return Buffer.concat([...writer.finish(), encodeRequest(api, apiVersion, body)])
}
