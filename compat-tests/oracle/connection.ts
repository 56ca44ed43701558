/** A connection that sends one request at a time, as it is told, and says what came of it. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeRequest, type Api } from '../../protocol/api.ts'
import { saslHandshake } from '../../protocol/apis/17-sasl-handshake.ts'
import { saslAuthenticate } from '../../protocol/apis/36-sasl-authenticate.ts'
import { readResponseHeader, writeRequestHeader } from '../../protocol/header.ts'
import { Reader, Writer } from '../../protocol/wire.ts'
import { plainToken } from './users.ts'

/** What a client sees of a request: an answer, the end of the connection, or nothing. */
export type Outcome = { answer: unknown } | 'closed' | 'no answer'

/** Longer than anything that a case waits for, shorter than anybody's patience. */
const patienceMs = 8000

const clientId = 'oracle'

export class Connection implements Disposable {
  readonly #socket: Socket
  readonly #waiting = new Map<number, (frame: Buffer | 'closed') => void>()
  #received = Buffer.alloc(0)
  #correlationId = 0
  #isOpen = true

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', chunk => this.#receive(chunk))
    // How the other end hung up does not matter, only that it did.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isOpen = false
      for (const resolve of this.#waiting.values()) resolve('closed')
      this.#waiting.clear()
    })
  }

  /** With a user, by SASL PLAIN. */
  static async open(bootstrapServers: string, user?: string): Promise<Connection> {
    const [host, port] = bootstrapServers.split(':')
    const socket = connect(Number(port), host)
    await once(socket, 'connect')
    const connection = new Connection(socket)
    if (user !== undefined) await connection.#authenticate(user)
    return connection
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Sends a body; the reply is read as a reply of `answerVersion`. */
  async ask(api: Api, version: number, body: Buffer, answerVersion = version): Promise<Outcome> {
    const correlationId = this.#correlationId
    this.tell(api, version, body)
    const frame = await this.#answerTo(correlationId)
    if (typeof frame === 'string') return frame
    const reader = new Reader(frame)
    readResponseHeader(reader, api.hasFlexibleResponseHeader(answerVersion))
    const answer = api.responseCodec(answerVersion).decode(reader)
    if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes follow the answer`)
    return { answer }
  }

  /** Sends a body and waits for nothing. */
  tell(api: Pick<Api, 'key' | 'isFlexible'>, version: number, body: Buffer): void {
    const header = new Writer()
    const correlationId = this.#correlationId++
    const fields = { apiKey: api.key, apiVersion: version, correlationId, clientId }
    writeRequestHeader(header, fields, api.isFlexible(version))
    const frame = Buffer.concat([Buffer.alloc(4), ...header.finish(), body])
    frame.writeInt32BE(frame.length - 4)
    this.#socket.write(frame)
  }

  async #authenticate(user: string): Promise<void> {
    const mechanism = 'PLAIN'
    const handshake = encodeRequest(saslHandshake, 1, { mechanism })
    await this.ask(saslHandshake as unknown as Api, 1, handshake)
    const token = encodeRequest(saslAuthenticate, 2, { authBytes: plainToken(user) })
    const outcome = await this.ask(saslAuthenticate as unknown as Api, 2, token)
    const isIn = typeof outcome !== 'string' && isFine(outcome.answer)
    if (!isIn) throw new Error(`${user} cannot log in: ${JSON.stringify(outcome)}`)
  }

  #answerTo(correlationId: number): Promise<Buffer | 'closed' | 'no answer'> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        this.#waiting.delete(correlationId)
        resolve('no answer')
      }, patienceMs)
      this.#waiting.set(correlationId, frame => {
        clearTimeout(timer)
        resolve(frame)
      })
    })
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 8) {
      const end = 4 + this.#received.readInt32BE(0)
      if (this.#received.length < end) return
      const correlationId = this.#received.readInt32BE(4)
      const resolve = this.#waiting.get(correlationId)
      this.#waiting.delete(correlationId)
      resolve?.(this.#received.subarray(4, end))
      this.#received = this.#received.subarray(end)
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

function isFine(answer: unknown): boolean {
  return (answer as { errorCode: number }).errorCode === 0
}
