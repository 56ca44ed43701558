import { Admission, maxOpenFiles } from './admission.ts'
import { anonymous } from './auth/principal.ts'
import type { Config } from './config.ts'
import { listenersOfNode, usesSasl, type ListenerConfig } from './config/listeners.ts'
import type { Dispatch, Requests } from './dispatch.ts'
import type { Address, Node } from './call.ts'
import type { ConnectionOptions, ForeignClients } from './connection.ts'
import type { Services } from './handler.ts'
import { addressOf } from './host-lookup.ts'
import type { ConnectionMetrics } from './metrics/connection-metrics.ts'
import { openConnectionQuotas } from './throttling/connection-limits.ts'
import type { LiveNodes } from './live-nodes.ts'
import type { Random } from './random.ts'
import { listen, type Listener, type ListenerOptions } from './server.ts'
import type { TlsListeners } from './tls/tls-listeners.ts'

/** Time for requests in flight when the broker closes. */
const closeGraceMs = 500

export type ListenersOptions = Pick<
  ListenerOptions,
  'logger' | 'clock' | 'keepsProcessAlive' | 'memory'
> & {
  config: Config
  nodes: LiveNodes
  dispatch: Dispatch
  tls: TlsListeners
  random: Random
  /** Of the state that there is just now: nobody keeps them. */
  services: () => Services
  metrics: ConnectionMetrics
  foreignClients: (listener: ListenerConfig) => ForeignClients
}

interface OpenListener extends Listener {
  nodeId: number
  config: ListenerConfig
}

type Opener = ConnectionOptions['open']

/** Every listener of every node, and where a client finds each node. */
export class Listeners {
  readonly #options: ListenersOptions
  readonly #admission: Admission
  /** By listener: who takes the requests of its connections. */
  readonly #openers = new Map<ListenerConfig, Opener>()
  /** In the order of the nodes, and of the configuration. */
  #open: readonly OpenListener[] = []

  constructor(options: ListenersOptions) {
    this.#options = options
    const { logger, clock, config, services, metrics } = options
    const quotas = openConnectionQuotas({
      config,
      addressRates: { of: address => services().throttles.addressRates.of(address) },
      addressOf,
    })
    this.#admission = new Admission({ logger, clock, quotas, maxOpenFiles, metrics })
  }

  /**
   * Listens everywhere. Rejects with the system's error (EADDRINUSE, EACCES, …), or a ConfigError
   * for a key or a certificate; `close` is needed in any case.
   */
  async open(): Promise<void> {
    const { config, nodes } = this.#options
    // The first node last: who gets through to it is told of all the others.
    for (let i = nodes.all.length - 1; i >= 0; i--) {
      for (const listener of listenersOfNode(config.listeners, i).toReversed()) {
        this.#open = [await this.#listen(nodes.all[i]!, listener), ...this.#open]
      }
    }
  }

  /** Where they listen, or did before their node was stopped. */
  get addresses(): readonly Address[] {
    return this.#open
  }

  /**
   * Each node that runs, as a client of the listener can reach it: where the configuration says, or
   * else at the address that the client itself came to.
   */
  nodes(listenerName: string, nodeId: number, dialled: Address): Node[] {
    const live = this.#open.filter(listener => this.#options.nodes.has(listener.nodeId))
    const siblings = live.filter(({ config }) => config.name === listenerName)
    return siblings.map(({ nodeId: id, port }) => {
      const advertised = this.#advertised(id, listenerName)
      if (advertised) return { id, host: advertised.host, port: advertised.port ?? port }
      return { id, host: dialled.host, port: id === nodeId ? dialled.port : port }
    })
  }

  /** As it is set now: it may change while brokers run. */
  #advertised(nodeId: number, listenerName: string): ListenerConfig['advertised'] {
    const { listeners, nodeId: firstId } = this.#options.config
    const ofNode = listenersOfNode(listeners, nodeId - firstId)
    return ofNode.find(({ name }) => name === listenerName)?.advertised
  }

  /** The state is another one: who was known to the one before has to show again who it is. */
  async renew(): Promise<void> {
    for (const config of this.#openers.keys()) {
      if (!usesSasl(config)) continue
      this.#openers.set(config, await this.#opener(config))
      for (const open of this.#open) if (open.config === config) open.disconnect()
    }
  }

  /** Nobody gets to the node any more, and its connections are closed. */
  async stop(nodeId: number): Promise<void> {
    const listeners = this.#open.filter(listener => listener.nodeId === nodeId)
    await Promise.all(listeners.map(listener => listener.close(closeGraceMs)))
  }

  /** Listens where it did before it was stopped. Rejects with the system's error. */
  async start(nodeId: number): Promise<void> {
    for (const [i, { nodeId: id, config, port }] of this.#open.entries()) {
      if (id === nodeId) this.#open = this.#open.with(i, await this.#listen(id, config, port))
    }
  }

  async close(): Promise<void> {
    const live = this.#open.filter(({ nodeId }) => this.#options.nodes.has(nodeId))
    const closed = live.map(listener => listener.close(closeGraceMs))
    this.#options.tls.close()
    await Promise.all(closed)
  }

  async #listen(nodeId: number, config: ListenerConfig, port = config.port): Promise<OpenListener> {
    const { host, name, protocol } = config
    const { tls, logger, clock, keepsProcessAlive, memory, config: limits } = this.#options
    if (!this.#openers.has(config)) this.#openers.set(config, await this.#opener(config))
    const listener = await listen({
      host,
      port,
      nodeId,
      nodes: dialled => this.nodes(name, nodeId, dialled),
      open: (actor, wire) => this.#connect(config, actor, wire),
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
      foreign: this.#options.foreignClients(config),
    })
    return { ...listener, nodeId, config }
  }

  /** Who takes the requests of connections: on most listeners, that is dispatch itself. */
  async #opener(listener: ListenerConfig): Promise<Opener> {
    const { dispatch, services } = this.#options
    if (!usesSasl(listener)) return caller => frame => dispatch(frame, caller)
    const { openSaslListener } = await import('./auth/sasl/listener.ts')
    return openSaslListener(listener.name, { ...services(), ...this.#options })
  }

  /** Tells who comes; who authenticates itself by TLS has done so by now. */
  #connect(listener: ListenerConfig, ...[actor, wire]: Parameters<Opener>): Requests {
    const { audit } = this.#options.services()
    audit.record({ type: 'connection', outcome: 'success', actor })
    if (actor.principal !== anonymous) {
      audit.record({ type: 'authentication', outcome: 'success', actor, mechanism: 'TLS' })
    }
    return this.#openers.get(listener)!(actor, wire)
  }
}
