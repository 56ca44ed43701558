/** Configs as DescribeConfigs tells them; the fields are those of its response. */
import type { Config } from '../config.ts'
import { allBrokerConfigs, baseName } from './broker-configs.ts'
import { clientMetricsConfigs } from './client-metrics.ts'
import type { ConfigTypeName, Definition, Definitions } from './definition.ts'
import {
  brokerSynonyms,
  configSources,
  effectiveText,
  ownText,
  type ConfigSynonym,
  type Layer,
  type Overrides,
} from './effective.ts'
import { groupConfigs } from './group-configs.ts'
import { topicConfigs } from './topic-configs.ts'

export interface ConfigEntry {
  name: string
  value: string | null
  readOnly: boolean
  configSource: number
  isSensitive: boolean
  synonyms: ConfigSynonym[]
  configType: number
  documentation: string | null
}

/** Kafka: DescribeConfigsResponse.ConfigType.UNKNOWN. */
export const unknownType = 0

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
  return Object.entries(topicConfigs as Definitions).map(([name, definition]) => {
    const own = overrides[name]
    const synonyms = [
      ...ownSynonym(name, own, configSources.topic),
      ...brokerSynonyms(definition.broker, config.layers),
    ]
    const value = effectiveText(definition, own, config.overrides)
    return entry(name, definition, { value, synonyms, readOnly: false })
  })
}

/** Every config of a broker on which the layers are set, in the order of the names. */
export function describeBrokerConfigs(layers: readonly Layer[]): ConfigEntry[] {
  const set = layers.flatMap(({ overrides }) => Object.keys(overrides))
  const names = new Set([...allBrokerConfigs.keys(), ...set])
  const entries = Array.from(names, name => describeBrokerConfig(name, layers))
  const aliases = entries.flatMap(told => {
    const alias = allBrokerConfigs.get(told.name)?.alias
    if (alias === undefined) return []
    return [{ ...told, name: alias, synonyms: told.synonyms.map(s => ({ ...s, name: alias })) }]
  })
  return [...entries, ...aliases].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** What is set on all brokers, and nothing else. */
export function describeClusterConfigs(overrides: Overrides): ConfigEntry[] {
  const source = configSources.dynamicDefaultBroker
  return Object.keys(overrides).map(name => {
    const told = describeBrokerConfig(name, [{ source, overrides }])
    return { ...told, synonyms: told.synonyms.filter(synonym => synonym.source === source) }
  })
}

/** Of a name that nobody knows, Kafka hides the value: it might be a password of a plug-in. */
function describeBrokerConfig(name: string, layers: readonly Layer[]): ConfigEntry {
  const definition = allBrokerConfigs.get(baseName(name))
  const texts = layers.map(({ overrides }) => ownText(overrides, name))
  const value = texts.find(text => text !== undefined) ?? definition?.default ?? null
  const readOnly = allBrokerConfigs.get(name)?.dynamic === undefined
  return entry(name, definition, { value, synonyms: brokerSynonyms(name, layers), readOnly })
}

/** Every config of a client metrics subscription. */
export function describeClientMetrics(overrides: Overrides): ConfigEntry[] {
  return Object.entries(clientMetricsConfigs).map(([name, definition]) => {
    const own = overrides[name]
    const synonyms = ownSynonym(name, own, configSources.clientMetrics)
    return entry(name, definition, {
      value: own ?? definition.default,
      synonyms,
      readOnly: false,
    })
  })
}

/** Every config of a group, in the order of the names. */
export function describeGroupConfigs(overrides: Overrides, config: Config): ConfigEntry[] {
  return Object.entries(groupConfigs).map(([name, definition]) => {
    const own = overrides[name]
    const { broker, default: initial } = definition
    const inherited =
      broker === undefined
        ? ownSynonym(name, initial!, configSources.default)
        : brokerSynonyms(broker, config.layers)
    const synonyms = [...ownSynonym(name, own, configSources.group), ...inherited]
    const value = effectiveText(definition, own, config.overrides)
    return entry(name, definition, { value, synonyms, readOnly: false })
  })
}

function ownSynonym(name: string, value: string | undefined, source: number): ConfigSynonym[] {
  return value === undefined ? [] : [{ name, value, source }]
}

function entry(
  name: string,
  definition: Definition<unknown> | undefined,
  { value, synonyms, readOnly }: Pick<ConfigEntry, 'value' | 'synonyms' | 'readOnly'>,
): ConfigEntry {
  const isSensitive = definition === undefined || definition.type === 'PASSWORD'
  return {
    name,
    value: isSensitive ? null : value,
    readOnly,
    configSource: synonyms[0]?.source ?? configSources.default,
    isSensitive,
    synonyms: isSensitive ? synonyms.map(synonym => ({ ...synonym, value: null })) : synonyms,
    configType: definition === undefined ? unknownType : typeCodes[definition.type],
    documentation: definition?.doc ?? null,
  }
}
