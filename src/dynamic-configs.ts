import type { ConfigRow, MetadataStore } from '../storage/metadata-store.ts'
import { allBrokerConfigs } from './config/broker-configs.ts'
import {
  clientMetricsSubscription,
  type ClientMetricsSubscription,
} from './config/client-metrics.ts'
import { ConfigError, layeredConfig, type Config } from './config.ts'
import { configSources, type Layer, type Overrides } from './config/effective.ts'
import { listenersOfNode, listenersText } from './config/listeners.ts'

/** What configs can be set on besides topics, which own theirs. */
export type ConfigScope = ConfigRow['type']

interface DynamicConfigsOptions {
  /** What the brokers were started with. */
  config: Config
  /** Gets what acts. */
  acting: Config
  metadata: Pick<MetadataStore, 'commit'>
}

/** What was set while brokers ran, on anything but a topic. It outlives them. */
export class DynamicConfigs {
  /**
   * The brokers' configs as they act: one object for as long as they run, whose values change
   * between requests. What is set on all brokers counts, and above it what is set on the first one.
   */
  readonly config: Config
  readonly #options: DynamicConfigsOptions
  readonly #rows = new Map<string, ConfigRow>()
  readonly #clientMetrics = new Map<string, ClientMetricsSubscription>()
  /** The last change that waits for its turn or is being stored. */
  #changing: Promise<void> = Promise.resolve()

  /** Throws a ConfigError where what was set does not go with what the brokers start with. */
  constructor(rows: Iterable<ConfigRow>, options: DynamicConfigsOptions) {
    this.#options = options
    this.#store({ type: 'broker', name: '', configs: this.#initial() })
    for (const row of rows) this.#store(row)
    this.config = Object.assign(options.acting, startedConfig(this.layersOf(options.config.nodeId)))
  }

  /** What is set on a resource, by Kafka's name. */
  of(type: ConfigScope, name: string): Overrides {
    return this.#rows.get(keyOf(type, name))?.configs ?? {}
  }

  /** What is set on a broker, wherever. */
  layersOf(nodeId: number): Layer[] {
    return this.#layersWith(nodeId, name => this.of('broker', name))
  }

  /** The brokers' configs as they would act, if this were set on one or, by '', on all of them. */
  preview(name: string, configs: Overrides): Config {
    const { nodeId } = this.#options.config
    const layers = this.#layersWith(nodeId, each =>
      each === name ? configs : this.of('broker', each),
    )
    return layeredConfig(layers)
  }

  #layersWith(nodeId: number, dynamic: (name: string) => Overrides): Layer[] {
    return [
      { source: configSources.dynamicBroker, overrides: dynamic(String(nodeId)) },
      { source: configSources.dynamicDefaultBroker, overrides: dynamic('') },
      { source: configSources.staticBroker, overrides: this.#startedWith(nodeId) },
    ]
  }

  /** The resources on which something is set. */
  names(type: ConfigScope): string[] {
    return [...this.#rows.values()].filter(row => row.type === type).map(({ name }) => name)
  }

  /** Client metrics subscriptions, by name (KIP-714). */
  get clientMetrics(): ReadonlyMap<string, ClientMetricsSubscription> {
    return this.#clientMetrics
  }

  /**
   * Changes what is set on a resource, after the changes that were asked for before. `change` gets
   * what is set when its turn comes, and may throw, or give it back unchanged. What is new acts,
   * durably, when this resolves.
   */
  async update(
    type: ConfigScope,
    name: string,
    change: (current: Overrides) => Overrides | Promise<Overrides>,
  ): Promise<void> {
    const changed = this.#changing.then(async () => {
      const current = this.of(type, name)
      const configs = await change(current)
      if (configs === current) return
      const row = { type, name, configs: { ...configs } }
      const value = this.#stored(row)
      await this.#options.metadata.commit([{ kind: 'config', key: keyOf(type, name), value }])
      this.#apply(row)
    })
    this.#changing = changed.catch(() => {})
    return changed
  }

  #apply(row: ConfigRow): void {
    this.#store(row)
    if (row.type !== 'broker') return
    Object.assign(this.config, layeredConfig(this.layersOf(this.#options.config.nodeId)))
  }

  /** Kafka has this one set on all brokers from the beginning, for eligible leaders (KIP-966). */
  #initial(): Record<string, string> {
    const name = 'min.insync.replicas'
    return { [name]: this.#options.config.overrides[name] ?? allBrokerConfigs.get(name)!.default! }
  }

  /** What was set by nobody is not stored: it follows what the brokers are started with. */
  #stored(row: ConfigRow): ConfigRow | null {
    const initial = isOfAllBrokers(row) ? this.#initial() : {}
    const configs = Object.entries(row.configs).filter(([name, value]) => initial[name] !== value)
    return configs.length === 0 ? null : { ...row, configs: Object.fromEntries(configs) }
  }

  #store({ type, name, configs: given }: ConfigRow): void {
    const configs = isOfAllBrokers({ type, name }) ? { ...this.#initial(), ...given } : given
    const row = { type, name, configs }
    if (isEmpty(row)) this.#rows.delete(keyOf(type, name))
    else this.#rows.set(keyOf(type, name), row)
    if (type !== 'clientMetrics') return
    if (isEmpty(row)) this.#clientMetrics.delete(name)
    else this.#clientMetrics.set(name, clientMetricsSubscription(configs))
  }

  /** All nodes were started with the same, but for what follows from their ids. */
  #startedWith(nodeId: number): Overrides {
    const { overrides, listeners, nodeId: firstId } = this.#options.config
    if (nodeId === firstId) return overrides
    const ofNode = listenersOfNode(listeners, nodeId - firstId)
    return { ...overrides, 'node.id': String(nodeId), listeners: listenersText(ofNode) }
  }
}

function startedConfig(layers: readonly Layer[]): Config {
  try {
    return layeredConfig(layers)
  } catch (error) {
    const { message } = error as RangeError
    throw new ConfigError(`${message} (with what was set while brokers ran)`)
  }
}

function isOfAllBrokers({ type, name }: Pick<ConfigRow, 'type' | 'name'>): boolean {
  return type === 'broker' && name === ''
}

function isEmpty({ configs }: ConfigRow): boolean {
  return Object.keys(configs).length === 0
}

function keyOf(type: ConfigScope, name: string): string {
  return JSON.stringify([type, name])
}
