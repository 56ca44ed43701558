/** What a client is asked to push: pure rules (KIP-714; Kafka: ClientMetricsManager). */
import { crc32c } from '../../protocol/crc32c.ts'
import type { ClientMetricsSubscription, ClientSelector } from '../config/client-metrics.ts'

export type ClientFacts = Readonly<Record<ClientSelector, string>>

/** All subscriptions that choose a client, in one. */
export interface ClientSubscription {
  /** Changes with everything below; 32 bits, signed. */
  readonly id: number
  readonly metrics: readonly string[]
  readonly intervalMs: number
}

const allMetrics = '*'
/** The longest as well (Kafka: ClientMetricsConfigs.DEFAULT_INTERVAL_MS). */
const defaultIntervalMs = 300_000

export function clientSubscription(
  client: ClientFacts,
  subscriptions: Iterable<ClientMetricsSubscription>,
): ClientSubscription {
  const names = new Set<string>()
  let intervalMs = defaultIntervalMs
  for (const { metrics, intervalMs: own, match } of subscriptions) {
    if (!Array.from(match).every(([fact, pattern]) => pattern.test(client[fact]))) continue
    for (const name of metrics) names.add(name)
    intervalMs = Math.min(intervalMs, own)
  }
  const metrics = names.has(allMetrics) ? [allMetrics] : [...names].toSorted()
  const crc = crc32c(Buffer.from(`[${metrics.join(', ')}]${intervalMs}`))
  return { id: crc ^ javaHash(client.client_instance_id), metrics, intervalMs }
}

/** Java's UUID.hashCode: its four words, each bit that an odd number of them has. */
function javaHash(uuid: string): number {
  const bytes = Buffer.from(uuid, 'base64url')
  return [0, 4, 8, 12].reduce((hash, at) => hash ^ bytes.readInt32BE(at), 0)
}
