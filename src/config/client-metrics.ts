/**
 * Client metrics subscriptions (KIP-714): which clients push which metrics, and how often. The
 * rules are those of Kafka's ClientMetricsConfigs.
 */
import { KafkaError } from '../../protocol/errors.ts'
import { int, list, normalizedValue, valuesOf, type Definitions } from './definition.ts'
import type { Overrides } from './effective.ts'

export const clientMetricsConfigs = {
  'interval.ms': int({ default: 300_000, doc: 'How often clients push: 100 ms to one hour.' }),
  match: list({
    default: '',
    doc: 'The clients that are meant, as selector=pattern; none for all clients.',
  }),
  metrics: list({ default: '', doc: "Beginnings of the metrics' names; * for all metrics." }),
} satisfies Definitions

export interface ClientMetricsSubscription {
  /** Beginnings of names; '*' for all; none for nothing. */
  readonly metrics: readonly string[]
  readonly intervalMs: number
  /** What a client's values must match, as a whole; nothing for all clients. */
  readonly match: ReadonlyMap<ClientSelector, RegExp>
}

export type ClientSelector = (typeof clientSelectors)[number]

const clientSelectors = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
] as const

const minIntervalMs = 100
const maxIntervalMs = 3_600_000

/** Configs of a subscription as they are to be stored. Throws INVALID_REQUEST or INVALID_CONFIG. */
export function checkClientMetrics(given: Overrides): Overrides {
  const entries = Object.entries(given)
  for (const [name] of entries) {
    if (!isClientMetricsConfig(name)) {
      throw new KafkaError('INVALID_REQUEST', `Unknown client metrics configuration: ${name}`)
    }
  }
  const checked = Object.fromEntries(
    entries.map(([name, text]) => [name, normalized(name as ClientMetricsConfigName, text)]),
  )
  const { intervalMs } = clientMetricsSubscription(checked)
  if (intervalMs < minIntervalMs || intervalMs > maxIntervalMs) {
    throw new KafkaError(
      'INVALID_REQUEST',
      `Invalid value ${intervalMs} for interval.ms, interval must be between` +
        ` ${minIntervalMs} and ${maxIntervalMs} (1 hour)`,
    )
  }
  return checked
}

/** Throws INVALID_CONFIG for a pattern that is none. */
export function clientMetricsSubscription(configs: Overrides): ClientMetricsSubscription {
  const values = valuesOf(
    clientMetricsConfigs,
    name => configs[name] ?? clientMetricsConfigs[name].default,
  )
  return { ...values, match: new Map(values.match.map(parseSelector)) }
}

type ClientMetricsConfigName = keyof typeof clientMetricsConfigs

function isClientMetricsConfig(name: string): name is ClientMetricsConfigName {
  return Object.hasOwn(clientMetricsConfigs, name)
}

function normalized(name: ClientMetricsConfigName, text: string): string {
  try {
    return normalizedValue(name, clientMetricsConfigs[name], text)
  } catch (error) {
    throw new KafkaError('INVALID_CONFIG', (error as RangeError).message)
  }
}

function parseSelector(item: string): [ClientSelector, RegExp] {
  const [name, pattern, ...rest] = item.split('=').map(part => part.trim())
  const selector = clientSelectors.find(known => known === name)
  if (selector === undefined || !pattern || rest.length > 0) throw illegalPattern(item)
  try {
    return [selector, new RegExp(`^(?:${pattern})$`)]
  } catch {
    throw illegalPattern(item)
  }
}

function illegalPattern(item: string): KafkaError {
  return new KafkaError('INVALID_CONFIG', `Illegal client matching pattern: ${item}`)
}
