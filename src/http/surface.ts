/**
 * HTTP, on a port of its own or on those of Kafka. What it is made of is loaded for its port, or
 * for the first client: who does not use it does not pay for it.
 */
import type { Socket } from 'node:net'
import type { Address } from '../call.ts'
import type { ForeignClients } from '../connection.ts'
import { sharesPort } from '../config/http-configs.ts'
import type { ListenerConfig } from '../config/listeners.ts'
import type { ForeignProtocol } from '../foreign-protocols.ts'
import type { HttpOptions, HttpServer } from './server.ts'

export class HttpSurface {
  readonly #options: HttpOptions
  #server: Promise<HttpServer> | undefined
  #address: Address | undefined
  #isClosed = false

  constructor(options: HttpOptions) {
    this.#options = options
  }

  /** Where it listens, if it has a port of its own. */
  get address(): Address | undefined {
    return this.#address
  }

  /** Listens, if it is to. Rejects with the system's error (EADDRINUSE, EACCES, …). */
  async open(): Promise<void> {
    const { httpHost: host, httpPort: port } = this.#options.config
    if (port !== null) this.#address = await (await this.#load()).listen({ host, port })
  }

  /** What becomes of clients of a listener who do not speak Kafka's protocol. */
  foreignClients(listener: ListenerConfig): ForeignClients {
    const { httpOnKafkaPort } = this.#options.config
    const isShared = sharesPort(listener, httpOnKafkaPort)
    return {
      takeHttp: isShared ? (socket, start) => void this.#take(socket, start) : undefined,
      advice: protocol => this.#advice(protocol, listener, isShared),
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await (await this.#server)?.close()
  }

  async #take(socket: Socket, start: Buffer): Promise<void> {
    try {
      const server = await this.#load()
      if (this.#isClosed) socket.destroy()
      else server.take(socket, start)
    } catch (error) {
      this.#options.logger.error({ err: error }, 'HTTP could not be loaded')
      socket.destroy()
    }
  }

  #load(): Promise<HttpServer> {
    return (this.#server ??= import('./server.ts').then(({ openHttp }) => openHttp(this.#options)))
  }

  #advice(protocol: ForeignProtocol, { protocol: spoken }: ListenerConfig, isShared: boolean) {
    if (protocol === 'TLS') {
      return `connect with security.protocol=${spoken}, or to a listener of SSL or SASL_SSL`
    }
    if (isShared) return 'ask by HTTP/1.1 instead'
    if (this.#address !== undefined) return `HTTP is on port ${this.#address.port}`
    const option = this.#options.config.development ? '--set http.on.kafka.port=all' : '--dev'
    return `start the broker with ${option} for HTTP on this port, or with --http-port for another`
  }
}
