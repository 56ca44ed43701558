/** The npm package: a broker inside the caller's process, in memory, on a free port. */
import { createMemoryLogStore } from '../storage/memory/log.ts'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import { openBroker } from './broker.ts'
import { systemClock } from './clock.ts'
import { createConfig, type Setting } from './config.ts'
import { developmentSettings } from './config/development.ts'
import { lagOf, type PartitionLag } from './groups/offsets/lag.ts'
import { silentLogger, type Logger } from './logger.ts'
import { systemRandom } from './random.ts'
import type { ClientMetrics } from './telemetry/telemetry.ts'

export interface StartOptions {
  /** Broker configs by Kafka's names, for instance `{ 'num.partitions': 3 }`. */
  config?: Readonly<Record<string, string | number | boolean>>
  /** Brokers of the cluster, at most 100; 1 if it is not given. */
  brokers?: number
  /** Takes log lines; pino's own shape. Nothing is logged without one. */
  logger?: Logger
}

export interface StartedBroker extends AsyncDisposable {
  /** Where clients connect: 'host:port' of each broker, with commas in between. */
  readonly bootstrapServers: string
  /** What each client has pushed last (KIP-714), the oldest first. */
  clientMetrics(): ClientMetrics[]
  /** How far a group is behind, by topic and partition; empty where it has committed nothing. */
  groupLag(groupId: string): PartitionLag[]
  /** Disconnects all clients and forgets all data. */
  close(): Promise<void>
}

/**
 * Starts a broker that keeps everything in memory. Any number may run in one process; none keeps
 * the process alive. Rejects with a ConfigError for a config that is unknown or has a wrong value.
 */
export async function startBroker(options: StartOptions = {}): Promise<StartedBroker> {
  const settings = Object.entries(options.config ?? {}).map(([name, value]): Setting => {
    return { name, value: String(value), origin: `config ${name}` }
  })
  const freePort = { name: 'listeners', value: 'PLAINTEXT://127.0.0.1:0', origin: 'startBroker' }
  if (options.brokers !== undefined) {
    const value = String(options.brokers)
    settings.push({ name: 'brokers', value, origin: 'brokers' })
  }
  const { config } = createConfig([freePort, ...developmentSettings('startBroker'), ...settings])
  const broker = await openBroker({
    config,
    metadata: createMemoryMetadataStore(),
    logs: createMemoryLogStore(() => systemClock.now(), systemRandom.below),
    logger: options.logger ?? silentLogger,
    clock: systemClock,
    random: systemRandom,
    keepsProcessAlive: false,
  })
  return {
    bootstrapServers: broker.addresses.map(({ host, port }) => `${host}:${port}`).join(','),
    clientMetrics: () => broker.services.telemetry.received(),
    groupLag(groupId) {
      const { groups, topics } = broker.services
      return lagOf(groups.offsets.of(groupId), topics)
    },
    close: broker.close,
    [Symbol.asyncDispose]: broker.close,
  }
}
