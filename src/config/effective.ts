import { allBrokerConfigs, baseName } from './broker-configs.ts'
import type { Definition } from './definition.ts'

/** What was set, by Kafka's name, in normalized form. */
export type Overrides = Readonly<Record<string, string>>

/** Where a value comes from, by the codes of DescribeConfigs (Kafka: ConfigSource). */
export const configSources = {
  topic: 1,
  dynamicBroker: 2,
  dynamicDefaultBroker: 3,
  staticBroker: 4,
  default: 5,
  brokerLogger: 6,
  clientMetrics: 7,
  group: 8,
} as const

/** What was set on brokers in one place. Of several layers, the first ones count first. */
export interface Layer {
  readonly source: number
  readonly overrides: Overrides
}

export interface ConfigSynonym {
  name: string
  value: string | null
  source: number
}

/** What was set on the brokers, wherever. */
export function merged(layers: readonly Layer[]): Overrides {
  return Object.fromEntries(
    layers.toReversed().flatMap(({ overrides }) => Object.entries(overrides)),
  )
}

/** What holds for a topic or a group: set on it, else on the broker, else by default. */
export function effectiveText(
  definition: Definition<unknown>,
  own: string | undefined,
  broker: Overrides,
): string {
  if (own !== undefined) return own
  for (const config of fallbacks(definition.broker)) {
    const text = broker[config] ?? allBrokerConfigs.get(config)!.default
    if (text !== null) return inTopicUnit(config, text)
  }
  return definition.default!
}

/**
 * Everything that gives a broker's config a value, the one that counts first: what was set before
 * what is default. As in Kafka, nothing that ranks before the config itself is told, so that a
 * config which only its fallbacks give a value has no synonyms (DynamicBrokerConfig).
 */
export function brokerSynonyms(
  name: string | undefined,
  layers: readonly Layer[],
): ConfigSynonym[] {
  const names = fallbacks(name)
  const set = layers.flatMap(({ source, overrides }) =>
    names.flatMap(config => synonym(config, ownText(overrides, config), source)),
  )
  const initial = names.flatMap(config =>
    synonym(config, allBrokerConfigs.get(config)?.default, configSources.default),
  )
  const all = [...set, ...initial]
  const first = all.findIndex(({ name: config }) => config === name)
  return first < 0 ? [] : all.slice(first)
}

/** What was set, by a name that a client may have made up. */
export function ownText(overrides: Overrides, name: string): string | undefined {
  return Object.hasOwn(overrides, name) ? overrides[name] : undefined
}

function synonym(name: string, value: string | null | undefined, source: number): ConfigSynonym[] {
  return value === null || value === undefined ? [] : [{ name, value, source }]
}

/** The broker's config, and those that hold in its place where it is not set. */
function fallbacks(name: string | undefined): string[] {
  if (name === undefined) return []
  const base = baseName(name)
  if (base !== name) return [name, base]
  return [name, ...fallbacks(allBrokerConfigs.get(name)?.broker)]
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Topics count in milliseconds what brokers may count in hours; negative is "no limit". */
function inTopicUnit(name: string, text: string): string {
  const unitMs = name.endsWith('.hours') ? hourMs : name.endsWith('.minutes') ? minuteMs : 1
  return unitMs === 1 ? text : String(Math.max(Number(text) * unitMs, -1))
}
