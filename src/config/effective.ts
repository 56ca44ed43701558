import { allBrokerConfigs } from './broker-configs.ts'
import { topicConfigs, type TopicConfigName } from './topic-configs.ts'

/** What was set, by Kafka's name, in normalized form. */
export type Overrides = Readonly<Record<string, string>>

/** Where a value comes from, by the codes of DescribeConfigs (Kafka: ConfigSource). */
export const configSources = { topic: 1, staticBroker: 4, default: 5, clientMetrics: 7 } as const

export interface ConfigSynonym {
  name: string
  value: string
  source: number
}

/** What holds for a topic: set on the topic, else on the broker, else by default. */
export function effectiveText(name: TopicConfigName, topic: Overrides, broker: Overrides): string {
  const { broker: inherited, default: initial } = topicConfigs[name]
  const own = topic[name]
  if (own !== undefined) return own
  for (const config of fallbacks(inherited)) {
    const text = broker[config] ?? allBrokerConfigs.get(config)!.default
    if (text !== null) return inTopicUnit(config, text)
  }
  return initial!
}

/**
 * Everything that gives a broker's config a value, the one that counts first: what was set before
 * what is default. As in Kafka, nothing that ranks before the config itself is told, so that a
 * config which only its fallbacks give a value has no synonyms (DynamicBrokerConfig).
 */
export function brokerSynonyms(name: string | undefined, broker: Overrides): ConfigSynonym[] {
  const names = fallbacks(name)
  const isSet = names.flatMap(config => synonym(config, broker[config], configSources.staticBroker))
  const isDefault = names.flatMap(config =>
    synonym(config, allBrokerConfigs.get(config)!.default, configSources.default),
  )
  const all = [...isSet, ...isDefault]
  const first = all.findIndex(({ name: config }) => config === name)
  return first < 0 ? [] : all.slice(first)
}

function synonym(name: string, value: string | null | undefined, source: number): ConfigSynonym[] {
  return value === null || value === undefined ? [] : [{ name, value, source }]
}

/** The broker's config, and those that hold in its place where it is not set. */
function fallbacks(name: string | undefined): string[] {
  const names: string[] = []
  for (let next = name; next !== undefined; next = allBrokerConfigs.get(next)!.broker) {
    names.push(next)
  }
  return names
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Topics count in milliseconds what brokers may count in hours; negative is "no limit". */
function inTopicUnit(name: string, text: string): string {
  const unitMs = name.endsWith('.hours') ? hourMs : name.endsWith('.minutes') ? minuteMs : 1
  return unitMs === 1 ? text : String(Math.max(Number(text) * unitMs, -1))
}
