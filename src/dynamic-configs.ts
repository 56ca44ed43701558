import type { ConfigRow, MetadataStore } from '../storage/metadata-store.ts'
import {
  clientMetricsSubscription,
  type ClientMetricsSubscription,
} from './config/client-metrics.ts'
import type { Overrides } from './config/effective.ts'

/** What configs can be set on besides topics, which own theirs. */
export type ConfigScope = ConfigRow['type']

interface DynamicConfigsOptions {
  metadata: Pick<MetadataStore, 'commit'>
}

/** What was set while brokers ran, on anything but a topic. It outlives them. */
export class DynamicConfigs {
  readonly #options: DynamicConfigsOptions
  readonly #rows = new Map<string, ConfigRow>()
  readonly #clientMetrics = new Map<string, ClientMetricsSubscription>()
  /** The last change that waits for its turn or is being stored. */
  #changing: Promise<void> = Promise.resolve()

  constructor(rows: Iterable<ConfigRow>, options: DynamicConfigsOptions) {
    this.#options = options
    for (const row of rows) this.#apply(row)
  }

  /** What is set on a resource, by Kafka's name. */
  of(type: ConfigScope, name: string): Overrides {
    return this.#rows.get(keyOf(type, name))?.configs ?? {}
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
    change: (current: Overrides) => Overrides,
  ): Promise<void> {
    const changed = this.#changing.then(async () => {
      const current = this.of(type, name)
      const configs = change(current)
      if (configs === current) return
      const row = { type, name, configs: { ...configs } }
      const value = isEmpty(row) ? null : row
      await this.#options.metadata.commit([{ kind: 'config', key: keyOf(type, name), value }])
      this.#apply(row)
    })
    this.#changing = changed.catch(() => {})
    return changed
  }

  #apply(row: ConfigRow): void {
    const { type, name, configs } = row
    if (isEmpty(row)) this.#rows.delete(keyOf(type, name))
    else this.#rows.set(keyOf(type, name), row)
    if (type !== 'clientMetrics') return
    if (isEmpty(row)) this.#clientMetrics.delete(name)
    else this.#clientMetrics.set(name, clientMetricsSubscription(configs))
  }
}

function isEmpty({ configs }: ConfigRow): boolean {
  return Object.keys(configs).length === 0
}

function keyOf(type: ConfigScope, name: string): string {
  return JSON.stringify([type, name])
}
