import type { Socket } from 'node:net'
import type { Server, TLSSocket } from 'node:tls'
import type { Audit } from '../audit/audit.ts'
import { anonymous, type Principal } from '../auth/principal.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Config } from '../config.ts'
import type { ListenerSettings } from '../config/listener-configs.ts'
import type { ListenerConfig } from '../config/listeners.ts'
import type { Logger } from '../logger.ts'
import { changeProblem } from './certificate-change.ts'
import { loadCredentials, type Credentials, type StoreFiles } from './credentials.ts'
import { subjectName } from './distinguished-name.ts'
import { sendFatalAlert } from './fatal-alert.ts'
import { handshakeProblem, plainAnswer } from './handshake-problem.ts'
import { principalMapping, type PrincipalMapping } from './principal-mapping.ts'
import { secureServer } from './secure-server.ts'
import { isChanged, storeTimes, type StoreTimes } from './store-times.ts'
import { differInFixed, nameOnListener, sameStores, tlsSettings } from './tls-settings.ts'

/** For the client to read why it is refused. */
const alertTimeMs = 1000

/** How often files of keys and certificates are looked at. */
const checkIntervalMs = 10_000

export interface TlsListenerOptions {
  listener: Pick<ListenerConfig, 'name' | 'protocol'>
  /** As it acts: it changes while the broker runs. */
  config: Pick<Config, 'overrides' | 'connectionFirstRequestTimeoutMs'>
  files: StoreFiles
  clock: Clock
  logger: Logger
  audit: Pick<Audit, 'record'>
}

/** What is in use, or could be. */
interface Loaded {
  settings: ListenerSettings
  credentials: Credentials
  times: StoreTimes
  server: Server
}

interface Handshake {
  socket: Socket
  deadline: Timer
  done: (socket: TLSSocket, principal: Principal) => void
}

/**
 * The TLS of one listener, on all nodes. New connections get the credentials that were loaded last;
 * those before keep theirs. Files are loaded again when they change, and configs when they are set.
 */
export class TlsListener {
  readonly #options: TlsListenerOptions
  readonly #mapping: PrincipalMapping
  readonly #handshakes = new Map<string, Handshake>()
  #loaded: Loaded
  #nextCheck: Timer
  #isClosed = false

  /** Rejects with a RangeError that begins with the name of a config. */
  static async open(options: TlsListenerOptions): Promise<TlsListener> {
    const { sslPrincipalMappingRules } = tlsSettings(options.listener, options.config)
    const mapping = principalMapping(sslPrincipalMappingRules)
    const loaded = await load(options, options.config)
    for (const warning of loaded.credentials.warnings) options.logger.warn({}, warning)
    return new TlsListener(options, mapping, loaded)
  }

  private constructor(options: TlsListenerOptions, mapping: PrincipalMapping, loaded: Loaded) {
    this.#options = options
    this.#mapping = mapping
    this.#loaded = loaded
    this.#serve(loaded.server)
    this.#nextCheck = options.clock.after(checkIntervalMs, () => void this.#check())
  }

  /**
   * Calls `done` when the client of a connected socket, which nobody has read from, has agreed on
   * keys and shown who it is. Else the socket is destroyed.
   */
  secure(socket: Socket, done: Handshake['done']): void {
    const key = endsOf(socket)
    const { clock, config } = this.#options
    const timeoutMs = config.connectionFirstRequestTimeoutMs
    const deadline = clock.after(timeoutMs, () => {
      const limit = `${timeoutMs} ms (connection.first.request.timeout.ms)`
      this.#tell(socket, `no TLS handshake within ${limit}`)
      socket.destroy()
    })
    this.#handshakes.set(key, { socket, deadline, done })
    socket.once('close', () => this.#forget(key))
    this.#loaded.server.emit('connection', socket)
  }

  /**
   * Loads what other configs would have, if they or the files have changed. What it gives back puts
   * that to use. Rejects with a RangeError.
   */
  async prepare(config: Pick<Config, 'overrides'>): Promise<() => void> {
    const { settings, times } = this.#loaded
    const next = tlsSettings(this.#options.listener, config)
    if (differInFixed(next, settings)) {
      const { name } = this.#options.listener
      throw new RangeError(
        `Configs cannot be updated dynamically for existing listener ${name}, restart broker or` +
          ' create a new listener for update',
      )
    }
    if (sameStores(next, settings) && !(await isChanged(times, this.#options.files))) {
      return () => {}
    }
    const loaded = await load(this.#options, config)
    const problem = changeProblem(this.#loaded.credentials, loaded.credentials, settings)
    if (problem !== undefined) throw new RangeError(problem)
    return () => this.#use(loaded)
  }

  /** Takes no further handshakes; connections go on. */
  close(): void {
    this.#isClosed = true
    this.#nextCheck.cancel()
    for (const { socket } of this.#handshakes.values()) socket.destroy()
  }

  #use(loaded: Loaded): void {
    this.#loaded = loaded
    this.#serve(loaded.server)
    const { name: listener } = this.#options.listener
    const { validTo, subject } = loaded.credentials.chain[0]!
    this.#options.logger.info({ listener, subject, validTo }, 'new certificate')
  }

  /** Looks for files that somebody has changed; what cannot be used is not. */
  async #check(): Promise<void> {
    const { files, logger, listener, config, clock } = this.#options
    try {
      const before = this.#loaded
      if (await isChanged(before.times, files)) {
        const use = await this.prepare(config)
        // What configs have brought meanwhile is newer, and may trust fewer.
        if (this.#loaded === before) use()
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      logger.warn({ listener: listener.name, reason }, 'the certificate stays as it was')
    }
    if (this.#isClosed) return
    this.#nextCheck = clock.after(checkIntervalMs, () => void this.#check())
  }

  #serve(server: Server): void {
    server.on('secureConnection', socket => this.#secured(socket))
    server.on('tlsClientError', (error, socket) => {
      const key = endsOf(socket)
      const plain = this.#handshakes.get(key)?.socket
      this.#forget(key)
      this.#tell(socket, handshakeProblem(error))
      const answer = plainAnswer(error)
      if (plain !== undefined && answer !== undefined) {
        plain.end(answer)
        this.#destroyLater(plain)
      } else socket.destroy()
    })
  }

  /** When the client has had time to read why it is refused. */
  #destroyLater(socket: Socket): void {
    this.#options.clock.after(alertTimeMs, () => socket.destroy())
  }

  #secured(socket: TLSSocket): void {
    const key = endsOf(socket)
    const handshake = this.#handshakes.get(key)
    if (handshake === undefined) return void socket.destroy()
    handshake.deadline.cancel()
    const who = this.#principalOf(socket)
    if (typeof who !== 'string') {
      this.#handshakes.delete(key)
      return handshake.done(socket, who)
    }
    this.#tell(socket, who)
    // OpenSSL is not done with the handshake before this returns.
    setImmediate(() => {
      sendFatalAlert(socket)
      handshake.socket.end()
      this.#destroyLater(handshake.socket)
    })
  }

  /** Or why the client is refused. */
  #principalOf(socket: TLSSocket): Principal | string {
    const certificate = socket.getPeerX509Certificate()
    if (certificate === undefined) {
      const isRequired = this.#loaded.settings.sslClientAuth === 'required'
      return isRequired ? 'the client has shown no certificate (ssl.client.auth)' : anonymous
    }
    if (!socket.authorized) {
      return `the client's certificate is refused: ${String(socket.authorizationError)}`
    }
    return (
      this.#principal(certificate.raw) ?? 'no rule of ssl.principal.mapping.rules fits its name'
    )
  }

  #principal(certificate: Buffer): Principal | undefined {
    try {
      const name = this.#mapping(subjectName(certificate))
      return name === undefined ? undefined : { type: 'User', name }
    } catch {
      // OpenSSL takes names that are no DER.
      return undefined
    }
  }

  #forget(key: string): void {
    this.#handshakes.get(key)?.deadline.cancel()
    this.#handshakes.delete(key)
  }

  #tell(socket: Socket, reason: string | undefined): void {
    const { logger, audit, listener } = this.#options
    const peer = `${socket.remoteAddress}:${socket.remotePort}`
    const facts = { peer, listener: listener.name, reason }
    if (reason === undefined) {
      logger.debug(facts, 'the client left before it was secure')
      return
    }
    logger.warn(facts, 'closing connection')
    const { remoteAddress = '', remotePort = 0 } = socket
    const clientHost = `/${remoteAddress}`
    const actor = { principal: anonymous, clientHost, clientPort: remotePort, listener }
    audit.record({ type: 'authentication', outcome: 'failure', actor, mechanism: 'TLS', reason })
  }
}

/** Both ends of a connection: unique among those that are open. */
function endsOf({ localAddress, remoteAddress, localPort, remotePort }: Socket): string {
  return `${localAddress}:${localPort} ${remoteAddress}:${remotePort}`
}

async function load(
  { files, clock, listener }: TlsListenerOptions,
  config: Pick<Config, 'overrides'>,
): Promise<Loaded> {
  const settings = tlsSettings(listener, config)
  const nameOf = (name: string): string => nameOnListener(config, listener.name, name)
  // Before the files are read: what changes meanwhile is seen by the next look.
  const times = await storeTimes(settings, files)
  const credentials = await loadCredentials({ settings, files, nameOf, nowMs: clock.now() })
  return {
    settings,
    credentials,
    times,
    server: secureServer(listener.name, credentials, settings),
  }
}
