/** The composition root: a state that comes from storage, and the network in front of it. */
import type { Address } from './call.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Services } from './handler.ts'
import { HttpSurface } from './http/surface.ts'
import { LiveNodes } from './live-nodes.ts'
import { LateConsumers } from './late-consumers.ts'
import { Listeners, type ListenersOptions } from './listeners.ts'
import type { Logger } from './logger.ts'
import { BrokerMemory } from './memory/broker-memory.ts'
import { Nodes } from './nodes.ts'
import { Metrics } from './metrics/metrics.ts'
import type { Random } from './random.ts'
import { Resources } from './resources.ts'
import { Copies } from './snapshots/copies.ts'
import { openState, type Storage } from './state.ts'
import { StateSwitch } from './state-switch.ts'
import { TlsListeners } from './tls/tls-listeners.ts'

export interface BrokerOptions extends Storage {
  config: Config
  logger: Logger
  clock: Clock
  /** For what clients and connections wait for; the same one, if it is not given. */
  realClock?: Clock
  random: Random
  /** What somebody else counts as well; it counts for itself, if it is not given. */
  metrics?: Metrics
  /** False where the broker lives in somebody else's process and must not hold it up. */
  keepsProcessAlive: boolean
  /** What is to be done before anybody can connect; what it rejects with closes the broker. */
  prepare?: (services: Services) => Promise<void>
  /** Takes requests in; sockets do, if it is not given. */
  listen?: (options: ListenersOptions) => Network
}

/** Where requests come from. */
export type Network = Pick<Listeners, 'addresses' | 'open' | 'renew' | 'stop' | 'start' | 'close'>

const bySockets = (options: ListenersOptions): Network => new Listeners(options)

export interface Broker {
  /** Where it listens, in the order of the nodes and of the configuration. */
  readonly addresses: readonly Address[]
  /** Where it answers over HTTP, if it does. */
  readonly httpAddress: Address | undefined
  readonly nodes: Nodes
  /** Of the state that there is just now: nobody keeps them. */
  readonly services: Services
  /** Snapshots of what it knows, and how it is replaced by one, or by nothing. */
  readonly copies: Pick<Copies, 'snapshot' | 'restore' | 'reset' | 'fork'>
  /**
   * Puts what `open` gives in the place of all that the broker knows, when its storage is released.
   * Connections stay, and requests wait; who waits for records or a group is told that its topic or
   * coordinator is gone. The broker is closed when this rejects: with what storage throws.
   */
  replace(open: () => Storage | Promise<Storage>): Promise<void>
  /** Answers what is in flight, makes everything durable, and releases storage. */
  close(): Promise<void>
}

/** Rejects with what a listener or storage throws; everything is released then. */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { config, logger, realClock = options.clock, listen = bySockets } = options
  const memory = new BrokerMemory({ ...options, clock: realClock })
  const { metrics = new Metrics(config) } = options
  const { requests: requestMetrics } = metrics
  const acting = { ...config }
  const nodeIds = Array.from({ length: config.brokers }, (_, i) => config.nodeId + i)
  const nodes = new LiveNodes(nodeIds)
  const audit: Services['audit'] = { record: event => services().audit.record(event) }
  const tls = new TlsListeners({ config: acting, clock: realClock, logger, audit })
  const lateConsumers = new LateConsumers()
  const shared = { realClock, tls, nodes, lateConsumers, requestMetrics, buffers: memory.buffers }
  const open = (storage: Storage) => openState({ ...options, ...storage, ...shared, acting })
  const state = new StateSwitch(await open(options), realClock)
  const services = (): Services => state.services
  await using opened = new Resources()
  opened.defer(() => state.close())
  await options.prepare?.(state.services)
  const { dispatch } = state
  const served = { config: acting, logger, metrics, memory, broker: () => broker }
  const http = new HttpSurface({ ...served, keepsProcessAlive: options.keepsProcessAlive })
  const network = listen({
    ...options,
    config: acting,
    clock: realClock,
    memory,
    metrics: metrics.connections,
    tls,
    services,
    nodes,
    dispatch,
    foreignClients: listener => http.foreignClients(listener),
  })
  opened.defer(() => {
    // First of all, so that no connection that closes now is taken for a member that is gone.
    state.stop()
    return network.close()
  })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= resources[Symbol.asyncDispose]())
  const uncopied: Omit<Broker, 'copies'> = {
    get addresses() {
      return network.addresses
    },
    get httpAddress() {
      return http.address
    },
    nodes: new Nodes({ live: nodes, network, services }),
    get services() {
      return state.services
    },
    async replace(openStorage) {
      try {
        await state.replace(async () => open(await openStorage()))
        await network.renew()
      } catch (error) {
        await close()
        throw error
      }
    },
    close,
  }
  const copies = new Copies({ ...options, lateConsumers, broker: uncopied })
  const broker: Broker = Object.assign(uncopied, { copies })
  await network.open()
  opened.defer(() => http.close())
  await http.open()
  const resources = opened.move()
  return broker
}
