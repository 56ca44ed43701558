/** Configs as DescribeConfigs tells them; the fields are those of its response. */
import type { Config } from '../config.ts'
import { allBrokerConfigs } from './broker-configs.ts'
import { clientMetricsConfigs } from './client-metrics.ts'
import type { ConfigTypeName, Definition } from './definition.ts'
import {
  brokerSynonyms,
  configSources,
  effectiveText,
  type ConfigSynonym,
  type Overrides,
} from './effective.ts'
import { topicConfigs, type TopicConfigName } from './topic-configs.ts'

export interface ConfigEntry {
  name: string
  value: string | null
  readOnly: boolean
  configSource: number
  isSensitive: boolean
  synonyms: ConfigSynonym[]
  configType: number
  documentation: string
}

/** Kafka: DescribeConfigsResponse.ConfigType. */
const typeCodes: Readonly<Record<ConfigTypeName, number>> = {
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9,
}

/** Every config of a topic, in the order of the names. */
export function describeTopicConfigs(overrides: Overrides, config: Config): ConfigEntry[] {
  return Object.entries(topicConfigs).map(([name, definition]) => {
    const own = overrides[name]
    const source = configSources.topic
    const synonyms = [
      ...(own === undefined ? [] : [{ name, value: own, source }]),
      ...brokerSynonyms(definition.broker, config.overrides),
    ]
    const value = effectiveText(name as TopicConfigName, overrides, config.overrides)
    return entry(name, definition, { value, synonyms, readOnly: false })
  })
}

/** Every config of the broker that has an effect, in the order of the names. */
export function describeBrokerConfigs({ overrides }: Config): ConfigEntry[] {
  const names = [...allBrokerConfigs.keys()].toSorted()
  return names.map(name => {
    const definition = allBrokerConfigs.get(name)!
    const value = overrides[name] ?? definition.default
    return entry(name, definition, {
      value,
      synonyms: brokerSynonyms(name, overrides),
      readOnly: true,
    })
  })
}

/** Every config of a client metrics subscription. */
export function describeClientMetrics(overrides: Overrides): ConfigEntry[] {
  return Object.entries(clientMetricsConfigs).map(([name, definition]) => {
    const own = overrides[name]
    const source = configSources.clientMetrics
    const synonyms = own === undefined ? [] : [{ name, value: own, source }]
    return entry(name, definition, {
      value: own ?? definition.default,
      synonyms,
      readOnly: false,
    })
  })
}

function entry(
  name: string,
  { type, doc }: Definition<unknown>,
  given: Pick<ConfigEntry, 'value' | 'synonyms' | 'readOnly'>,
): ConfigEntry {
  return {
    ...given,
    name,
    configSource: given.synonyms[0]?.source ?? configSources.default,
    // Passwords would be; there are none.
    isSensitive: false,
    configType: typeCodes[type],
    documentation: doc,
  }
}
