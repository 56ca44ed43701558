/** A client that sends exactly what it is told: for tests below what real clients let one do. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { encodeRequest, type Api } from '../protocol/api.ts'
import { readResponseHeader, writeRequestHeader } from '../protocol/header.ts'
import { Reader, Writer } from '../protocol/wire.ts'
import { FrameReader } from '../src/frames.ts'

const maxReplyBytes = 2 ** 30

interface Waiter {
  resolve: (frame: Buffer) => void
  reject: (error: Error) => void
}

/** The connection was closed before the answer came. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed'
}

export class RawClient implements AsyncDisposable {
  /** As requests name their sender. */
  clientId = 'test'
  readonly #socket: Socket
  readonly #splitter = new FrameReader(maxReplyBytes)
  readonly #waiting: Waiter[] = []
  readonly #closed: Promise<void>
  #correlationId = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', chunk => {
      for (const frame of this.#splitter.push(chunk)) this.#waiting.shift()?.resolve(frame)
    })
    // How the other end hung up does not matter, only that it did.
    socket.on('error', () => {})
    this.#closed = new Promise(resolve => {
      socket.once('close', () => {
        const error = new ConnectionClosed('the broker closed the connection')
        for (const { reject } of this.#waiting.splice(0)) reject(error)
        resolve()
      })
    })
  }

  static async connect(bootstrapServers: string): Promise<RawClient> {
    const [host, port] = bootstrapServers.split(':')
    const socket = connect(Number(port), host)
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** Resolves when the broker has closed the connection. */
  get closed(): Promise<void> {
    return this.#closed
  }

  /** Sends a request; several may be in flight. Rejects when the connection closes first. */
  async request<RequestIn, Response, ResponseIn>(
    api: Api<unknown, RequestIn, Response, ResponseIn>,
    version: number,
    body: RequestIn,
  ): Promise<Response> {
    const frame = requestFrame(api, version, body, this.#correlationId++, this.clientId)
    const reader = new Reader(await this.exchange(frame))
    readResponseHeader(reader, api.hasFlexibleResponseHeader(version))
    return api.responseCodec(version).decode(reader)
  }

  /** Sends bytes, size included, and waits for the next frame that nobody else waits for. */
  exchange(bytes: Buffer): Promise<Buffer> {
    this.write(bytes)
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) reject(new ConnectionClosed('the connection is closed'))
      else this.#waiting.push({ resolve, reject })
    })
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Takes nothing that the broker sends any more. */
  pause(): void {
    this.#socket.pause()
  }

  /** Sends nothing more; the broker answers what it has and closes. */
  end(): void {
    this.#socket.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    await this.#closed
  }
}

/** A whole frame, size included. */
export function requestFrame<RequestIn>(
  api: Pick<Api<unknown, RequestIn>, 'key' | 'isFlexible' | 'requestCodec'>,
  version: number,
  body: RequestIn,
  correlationId: number,
  clientId = 'test',
): Buffer {
  const writer = new Writer()
  const header = { apiKey: api.key, apiVersion: version, correlationId, clientId }
  writeRequestHeader(writer, header, api.isFlexible(version))
  return frameOf(Buffer.concat([...writer.finish(), encodeRequest(api, version, body)]))
}

/** Puts the size in front. */
export function frameOf(payload: Buffer, size = payload.length): Buffer {
  const frame = Buffer.alloc(4 + payload.length)
  frame.writeInt32BE(size)
  payload.copy(frame, 4)
  return frame
}
