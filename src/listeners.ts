import { Admission, maxOpenFiles } from './admission.ts'
import type { Audit } from './audit/audit.ts'
import { anonymous } from './auth/principal.ts'
import type { MechanismSources } from './auth/sasl/mechanisms.ts'
import type { Config } from './config.ts'
import { listenersOfNode, usesSasl, type ListenerConfig } from './config/listeners.ts'
import type { Dispatch } from './dispatch.ts'
import type { Address, Node } from './call.ts'
import type { ConnectionOptions } from './connection.ts'
import { addressOf } from './host-lookup.ts'
import { openConnectionQuotas } from './throttling/connection-limits.ts'
import type { Throttles } from './throttling/throttles.ts'
import { listen, type Listener, type ListenerOptions } from './server.ts'
import type { TlsListeners } from './tls/tls-listeners.ts'

/** Time for requests in flight when the broker closes. */
const closeGraceMs = 500

export type ListenersOptions = Pick<
  ListenerOptions,
  'logger' | 'clock' | 'keepsProcessAlive' | 'memory'
> &
  MechanismSources & {
    config: Config
    nodeIds: readonly number[]
    dispatch: Dispatch
    tls: TlsListeners
    throttles: Pick<Throttles, 'addressRates'>
    audit: Pick<Audit, 'record'>
  }

interface OpenListener extends Listener {
  nodeId: number
  config: ListenerConfig
}

/** Every listener of every node, and where a client finds each node. */
export class Listeners {
  readonly #options: ListenersOptions
  readonly #admission: Admission
  /** In the order of the nodes, and of the configuration. */
  #open: readonly OpenListener[] = []

  constructor(options: ListenersOptions) {
    this.#options = options
    const { logger, clock, config, throttles } = options
    const { addressRates } = throttles
    const quotas = openConnectionQuotas({ config, addressRates, addressOf })
    this.#admission = new Admission({ logger, clock, quotas, maxOpenFiles })
  }

  /**
   * Listens everywhere. Rejects with the system's error (EADDRINUSE, EACCES, …), or a ConfigError
   * for a key or a certificate; `close` is needed in any case.
   */
  async open(): Promise<void> {
    const { config, nodeIds } = this.#options
    // The first node last: who gets through to it is told of all the others.
    for (let i = nodeIds.length - 1; i >= 0; i--) {
      for (const listener of listenersOfNode(config.listeners, i).toReversed()) {
        this.#open = [await this.#listen(nodeIds[i]!, listener), ...this.#open]
      }
    }
  }

  /** Where they listen. */
  get addresses(): readonly Address[] {
    return this.#open
  }

  /**
   * Each node, as a client of the listener can reach it: where the configuration says, or else
   * at the address that the client itself came to.
   */
  nodes(listenerName: string, nodeId: number, dialled: Address): Node[] {
    const siblings = this.#open.filter(({ config }) => config.name === listenerName)
    return siblings.map(({ nodeId: id, port, config: { advertised } }) => {
      if (advertised) return { id, host: advertised.host, port: advertised.port ?? port }
      return { id, host: dialled.host, port: id === nodeId ? dialled.port : port }
    })
  }

  async close(): Promise<void> {
    const closed = this.#open.map(listener => listener.close(closeGraceMs))
    this.#options.tls.close()
    await Promise.all(closed)
  }

  async #listen(nodeId: number, config: ListenerConfig): Promise<OpenListener> {
    const { host, port, name, protocol } = config
    const { tls, logger, clock, keepsProcessAlive, memory, config: limits } = this.#options
    const listener = await listen({
      host,
      port,
      nodeId,
      nodes: dialled => this.nodes(name, nodeId, dialled),
      open: this.#audited(await this.#requests(config)),
      listener: { name, protocol },
      tls: await tls.open(config),
      logger,
      clock,
      admission: this.#admission,
      keepsProcessAlive,
      memory,
      maxFrameBytes: limits.socketRequestMaxBytes,
      maxInFlight: limits.maxInFlightRequestsPerConnection,
      maxInFlightBytes: limits.maxInFlightBytesPerConnection,
      maxIdleMs: limits.connectionsMaxIdleMs,
      maxFirstRequestMs: limits.connectionFirstRequestTimeoutMs,
      maxReceiveMs: limits.requestReceiveTimeoutMs,
    })
    return { ...listener, nodeId, config }
  }

  /** Who takes the requests of connections: on most listeners, that is dispatch itself. */
  async #requests(listener: ListenerConfig): Promise<ConnectionOptions['open']> {
    const { dispatch } = this.#options
    if (!usesSasl(listener)) return caller => frame => dispatch(frame, caller)
    const { openSaslListener } = await import('./auth/sasl/listener.ts')
    return openSaslListener(listener.name, this.#options)
  }

  /** Tells who comes; who authenticates itself by TLS has done so by now. */
  #audited(open: ConnectionOptions['open']): ConnectionOptions['open'] {
    const { audit } = this.#options
    return (actor, wire) => {
      audit.record({ type: 'connection', outcome: 'success', actor })
      if (actor.principal !== anonymous) {
        audit.record({ type: 'authentication', outcome: 'success', actor, mechanism: 'TLS' })
      }
      return open(actor, wire)
    }
  }
}
