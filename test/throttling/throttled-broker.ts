/** A broker whose time stands still until a test moves it, for clients that are throttled. */
import { afterEach } from 'vitest'
import { createMemoryLogStore } from '../../storage/memory/log.ts'
import { createMemoryMetadataStore } from '../../storage/memory/store.ts'
import { openBroker } from '../../src/broker.ts'
import { createConfig } from '../../src/config.ts'
import { silentLogger } from '../../src/logger.ts'
import { systemRandom } from '../../src/random.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { RawClient } from '../raw-client.ts'

export interface ThrottledBroker {
  readonly clock: ManualClock
  readonly bootstrapServers: string
  /** A connection of a client with this id. */
  connect(clientId: string): Promise<RawClient>
}

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

export async function startThrottled(
  configs: Readonly<Record<string, string | number>> = {},
): Promise<ThrottledBroker> {
  const origin = 'test'
  // Real clients stamp their records with their own time.
  const clock = new ManualClock(Date.now())
  const { config } = createConfig([
    { name: 'listeners', value: 'PLAINTEXT://127.0.0.1:0', origin },
    ...Object.entries(configs).map(([name, value]) => ({ name, value: String(value), origin })),
  ])
  const broker = await openBroker({
    config,
    metadata: createMemoryMetadataStore(),
    logs: createMemoryLogStore(() => clock.now()),
    logger: silentLogger,
    clock,
    random: systemRandom,
    keepsProcessAlive: false,
  })
  cleanups.push(() => broker.close())
  const [{ host, port }] = broker.addresses as [{ host: string; port: number }]
  const bootstrapServers = `${host}:${port}`
  return {
    clock,
    bootstrapServers,
    async connect(clientId) {
      const client = await RawClient.connect(bootstrapServers)
      cleanups.push(() => client[Symbol.asyncDispose]())
      client.clientId = clientId
      return client
    },
  }
}
