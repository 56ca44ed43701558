/** One connection to one broker: frames out and in, answers in the order of the requests. */
import { connect as connectPlain, type Socket } from 'node:net'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { encodeRequest } from '../../protocol/api.ts'
import { readResponseHeader, writeRequestHeader } from '../../protocol/header.ts'
import { Reader, Writer } from '../../protocol/wire.ts'
import type { Clock } from '../clock.ts'
import { FrameReader, sizeBytes } from '../frames.ts'
import { addressText, type BrokerAddress } from './address.ts'
import type { Callable } from './callable.ts'
import { connectProblem, strangerProblem } from './connect-problem.ts'
import { ConnectFailure, ConnectionLost, DeadlineExceeded } from './failures.ts'

/** Below what the first bytes of HTTP and of TLS read as, taken for a size. */
const maxReplyBytes = 256 * 1024 * 1024

export interface ConnectionOptions {
  readonly clock: Clock
  readonly clientId: string
  readonly connectTimeoutMs: number
  /** Undefined for plain text. */
  readonly tls: TlsOptions | undefined
}

interface Waiting {
  readonly correlationId: number
  readonly resolve: (frame: Buffer) => void
  readonly reject: (error: Error) => void
}

export class Connection {
  readonly address: BrokerAddress
  readonly #clock: Clock
  readonly #clientId: string
  readonly #socket: Socket
  readonly #frames = new FrameReader(maxReplyBytes)
  readonly #waiting: Waiting[] = []
  #correlationId = 0
  #isFirst = true
  #failure: Error | undefined

  private constructor(address: BrokerAddress, socket: Socket, options: ConnectionOptions) {
    this.address = address
    this.#clock = options.clock
    this.#clientId = options.clientId
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // With TLS 1.3 a broker refuses a client when that believes to be connected.
      const isTls = error.code?.startsWith('ERR_SSL') === true
      this.#fail(this.#lost(isTls ? connectProblem(error) : error.message))
    })
    socket.on('close', () => this.#fail(this.#lost('closed by the broker')))
  }

  /** Throws a ConnectFailure. */
  static async open(address: BrokerAddress, options: ConnectionOptions): Promise<Connection> {
    const { tls, clock, connectTimeoutMs } = options
    const socket = tls === undefined ? connectPlain({ ...address }) : await secure(address, tls)
    const event = tls === undefined ? 'connect' : 'secureConnect'
    return new Promise((resolve, reject) => {
      const fail = (problem: string): void => {
        timer.cancel()
        socket.destroy()
        reject(new ConnectFailure(`cannot connect to ${addressText(address)}: ${problem}`))
      }
      const timer = clock.after(connectTimeoutMs, () => {
        fail(
          `no answer within ${connectTimeoutMs} ms. Is the address right, and no firewall between?`,
        )
      })
      const onError = (error: NodeJS.ErrnoException): void => fail(connectProblem(error))
      const onClose = (): void => fail('the broker closed the connection during the TLS handshake')
      socket.once('error', onError).once('close', onClose)
      socket.once(event, () => {
        timer.cancel()
        socket.off('error', onError).off('close', onClose)
        resolve(new Connection(address, socket, options))
      })
    })
  }

  get isOpen(): boolean {
    return this.#failure === undefined
  }

  /** Sends a request; several may be in flight. Throws ConnectionLost or DeadlineExceeded. */
  async request<RequestIn, Response>(
    api: Callable<RequestIn, Response>,
    version: number,
    body: RequestIn,
    timeoutMs: number,
  ): Promise<Response> {
    const frame = await this.#exchange(api, version, body, timeoutMs)
    const reader = new Reader(frame)
    readResponseHeader(reader, api.hasFlexibleResponseHeader(version))
    return api.responseCodec(version).decode(reader)
  }

  /** For what is not answered: Produce with acks=0. Resolves when the bytes are sent. */
  async sendUnanswered<RequestIn>(
    api: Callable<RequestIn, unknown>,
    version: number,
    body: RequestIn,
  ): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (this.#failure) return reject(this.#failure)
      const parts = this.#encode(api, version, body, this.#correlationId++)
      this.#write(parts, error => (error ? reject(this.#lost(error.message)) : resolve()))
    })
  }

  close(): void {
    this.#fail(this.#lost('closed'))
  }

  #exchange<RequestIn>(
    api: Callable<RequestIn, unknown>,
    version: number,
    body: RequestIn,
    timeoutMs: number,
  ): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure)
      const correlationId = this.#correlationId++
      const parts = this.#encode(api, version, body, correlationId)
      const timer = this.#clock.after(timeoutMs, () => {
        const where = addressText(this.address)
        // What comes later would be taken for the next answer.
        this.#fail(
          new DeadlineExceeded(
            `${where} has not answered ${api.name} in ${timeoutMs} ms: is it a broker?` +
              ' -X request.timeout.ms=… waits longer',
          ),
        )
      })
      this.#waiting.push({
        correlationId,
        resolve(frame) {
          timer.cancel()
          resolve(frame)
        },
        reject(error) {
          timer.cancel()
          reject(error)
        },
      })
      this.#write(parts)
    })
  }

  #encode<RequestIn>(
    api: Callable<RequestIn, unknown>,
    version: number,
    body: RequestIn,
    correlationId: number,
  ): Buffer[] {
    const writer = new Writer()
    const header = { apiKey: api.key, apiVersion: version, correlationId, clientId: this.#clientId }
    writeRequestHeader(writer, header, api.isFlexible(version))
    const parts = [...writer.finish(), encodeRequest(api, version, body)]
    const size = Buffer.alloc(sizeBytes)
    size.writeInt32BE(parts.reduce((sum, part) => sum + part.length, 0))
    return [size, ...parts]
  }

  #write(parts: readonly Buffer[], sent?: (error?: Error | null) => void): void {
    this.#socket.cork()
    parts.forEach((part, i) => {
      if (i === parts.length - 1 && sent) this.#socket.write(part, sent)
      else this.#socket.write(part)
    })
    this.#socket.uncork()
  }

  #take(chunk: Buffer): void {
    if (this.#isFirst) {
      this.#isFirst = false
      const stranger = strangerProblem(chunk)
      if (stranger !== undefined) {
        const where = addressText(this.address)
        return this.#fail(new ConnectFailure(`cannot connect to ${where}: ${stranger}`))
      }
    }
    try {
      for (const frame of this.#frames.push(chunk)) this.#answer(frame)
    } catch (error) {
      this.#fail(this.#lost(`its bytes are not an answer (${(error as Error).message})`))
    }
  }

  #answer(frame: Buffer): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined || new Reader(frame).int32() !== waiting.correlationId) {
      if (waiting) this.#waiting.unshift(waiting)
      throw new RangeError('the answer belongs to no request')
    }
    waiting.resolve(frame)
  }

  #lost(reason: string): ConnectionLost {
    return new ConnectionLost(`the connection to ${addressText(this.address)} was lost: ${reason}`)
  }

  #fail(error: Error): void {
    if (this.#failure) return
    this.#failure = error
    this.#socket.destroy()
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

/** A name for the server to choose its certificate by; addresses are none (RFC 6066). */
async function secure(address: BrokerAddress, tls: TlsOptions): Promise<Socket> {
  const [{ connect }, { isIP }] = await Promise.all([import('node:tls'), import('node:net')])
  const servername = isIP(address.host) ? {} : { servername: address.host }
  return connect({ ...tls, ...servername, ...address })
}
