import { createMemoryLogStore } from '../../storage/memory/log.ts'
import { createMemoryMetadataStore } from '../../storage/memory/store.ts'
import type { Change } from '../../storage/metadata-store.ts'
import type { LogStore } from '../../storage/partition-log.ts'
import { openBroker, type Broker } from '../../src/broker.ts'
import { systemClock } from '../../src/clock.ts'
import { createConfig } from '../../src/config.ts'
import { silentLogger } from '../../src/logger.ts'
import { systemRandom } from '../../src/random.ts'

/** Storage that outlives the brokers over it, so that tests see a broker restart. */
export class MemoryStorage {
  readonly #metadata = createMemoryMetadataStore()
  logs: LogStore = createMemoryLogStore(() => Date.now())

  /** Brokers on free ports. One set at a time. */
  async start(
    configs: Readonly<Record<string, number | string | boolean>> = {},
  ): Promise<Pick<Broker, 'replace' | 'close'> & { bootstrapServers: string }> {
    const origin = 'test'
    const { config } = createConfig([
      { name: 'listeners', value: 'PLAINTEXT://127.0.0.1:0', origin },
      ...Object.entries(configs).map(([name, value]) => ({ name, value: `${value}`, origin })),
    ])
    const broker = await openBroker({
      config,
      metadata: { ...this.#metadata, close: async () => {} },
      logs: this.logs,
      logger: silentLogger,
      clock: systemClock,
      random: systemRandom,
      keepsProcessAlive: false,
    })
    const addresses = broker.addresses.map(({ host, port }) => `${host}:${port}`)
    return { ...broker, bootstrapServers: addresses.join(',') }
  }

  /** Stores rows while no broker runs. */
  commit(changes: readonly Change[]): Promise<void> {
    return this.#metadata.commit(changes)
  }
}
