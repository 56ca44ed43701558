/** From settings, whoever gave them, to the typed values that the broker reads. */
import { KafkaError } from '../protocol/errors.ts'
import { allBrokerConfigs, baseName, brokerConfigs } from './config/broker-configs.ts'
import { checkConnectionConfigs } from './config/connection-configs.ts'
import {
  normalizedValue,
  shownValue,
  valuesOf,
  type Definition,
  type Values,
} from './config/definition.ts'
import {
  configSources,
  effectiveText,
  merged,
  type Layer,
  type Overrides,
} from './config/effective.ts'
import { kafkaBrokerConfigs } from './config/kafka-broker-configs.ts'
import { checkGroupDefaults, clampedGroupConfigs, groupConfigs } from './config/group-configs.ts'
import { isOtherKafkaConfig, otherKafkaConfigs } from './config/kafka-names.ts'
import {
  checkPorts,
  clientListeners,
  listenersText,
  type ListenerConfig,
} from './config/listeners.ts'
import { checkHttp } from './config/http-configs.ts'
import { isListenerConfig } from './config/listener-configs.ts'
import { nearestName } from './config/nearest-name.ts'
import { checkSasl } from './config/sasl-rules.ts'
import { isTopicConfig, topicConfigs } from './config/topic-configs.ts'

/** A setting that cannot be: the message says where it stands, what is wrong and what would do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export interface Setting {
  name: string
  value: string
  /** Where it stands, for people: 'server.properties:12: num.partitions', '--port'. */
  origin: string
  /** It stands in a file that everybody on the machine can read. */
  isReadableByAll?: boolean
}

/** The broker's configs: a value for each in the table, and what follows from them. */
export type Config = Omit<Values<typeof brokerConfigs>, 'listeners' | 'host' | 'port'> & {
  readonly listeners: readonly ListenerConfig[]
  readonly dataDirectory: string
  /** What was set, wherever. */
  readonly overrides: Overrides
  /** The same by where it was set. */
  readonly layers: readonly Layer[]
}

/** The configs of a topic that hold. */
export type TopicConfig = Values<typeof topicConfigs> & { readonly logAppendTime: boolean }

/** The configs of a group that hold. */
export type GroupConfig = Values<typeof groupConfigs>

const maxNodeId = 2 ** 31 - 1

const aliases = new Map(
  Array.from(allBrokerConfigs, ([name, { alias }]) => [alias ?? name, name] as const),
)

/**
 * Checks settings; of several for the same config, the last one counts. `ignored` names those that
 * Kafka knows and that have no effect here. Throws a ConfigError.
 */
export function createConfig(settings: readonly Setting[]): { config: Config; ignored: string[] } {
  const accepted = new Map<string, Setting>()
  const ignored = new Set<string>()
  for (const setting of settings) {
    const name = aliases.get(setting.name) ?? setting.name
    const definition = allBrokerConfigs.get(baseName(name))
    if (definition) accepted.set(name, { ...setting, value: normalized(setting, definition) })
    else if (isOtherKafkaConfig(name)) accepted.set(name, setting)
    else throw unknownConfig(setting)
    if (hasNoEffect(name)) ignored.add(name)
  }
  try {
    const config = withListeners(
      Object.fromEntries(Array.from(accepted, ([name, { value }]) => [name, value])),
    )
    checkConnectionConfigs(config.overrides)
    if (config.logDirs.length > 1) ignored.add(`log.dirs after ${config.dataDirectory}`)
    return { config, ignored: [...ignored] }
  } catch (error) {
    throw located(error as RangeError, accepted)
  }
}

/** Kafka knows it, nobody reads it here. */
export function hasNoEffect(name: string): boolean {
  const base = baseName(name)
  if (base !== name) return !isListenerConfig(base)
  return kafkaBrokerConfigs.has(name) || isOtherKafkaConfig(name)
}

/** Of what the broker was started with; where host or port move its listener, listeners say so. */
function withListeners(overrides: Overrides): Config {
  const started = (set: Overrides): Config =>
    layeredConfig([{ source: configSources.staticBroker, overrides: set }])
  const config = started(overrides)
  const isMoved = overrides['host'] !== undefined || overrides['port'] !== undefined
  return isMoved ? started({ ...overrides, listeners: listenersText(config.listeners) }) : config
}

/** What holds by several layers. Throws a RangeError that begins with the name of a config. */
export function layeredConfig(layers: readonly Layer[]): Config {
  const overrides = merged(layers)
  const { host, port, ...values } = valuesOf(
    brokerConfigs,
    name => overrides[name] ?? brokerConfigs[name].default,
  )
  const [dataDirectory] = values.logDirs
  if (dataDirectory === undefined) throw new RangeError('log.dirs: there is no directory')
  const listeners = clientListeners({ ...values, host, port })
  checkPorts(listeners, values.brokers)
  checkNodeIds(values.nodeId, values.brokers)
  checkGroupDefaults(overrides)
  checkSasl(listeners, { overrides })
  checkHttp({ ...values, listeners })
  return { ...values, listeners, dataDirectory, overrides, layers }
}

/** Node ids are int32. */
function checkNodeIds(firstId: number, brokers: number): void {
  const lastId = firstId + brokers - 1
  if (lastId <= maxNodeId) return
  throw new RangeError(`brokers: the last of ${brokers} would have node id ${lastId}`)
}

/** Of topics on which nothing is set, by what is set on the brokers: most topics share them. */
const defaultTopicConfigs = new WeakMap<Overrides, TopicConfig>()

/** The same of groups. */
const defaultGroupConfigs = new WeakMap<Overrides, GroupConfig>()

/** What holds for a topic on which `overrides` are set. */
export function topicConfig(overrides: Overrides, config: Config): TopicConfig {
  if (Object.keys(overrides).length > 0) return computedTopicConfig(overrides, config)
  const known = defaultTopicConfigs.get(config.overrides) ?? computedTopicConfig({}, config)
  defaultTopicConfigs.set(config.overrides, known)
  return known
}

/** What holds for a group on which `overrides` are set. */
export function groupConfig(overrides: Overrides, config: Config): GroupConfig {
  if (Object.keys(overrides).length > 0) return computedGroupConfig(overrides, config)
  const known = defaultGroupConfigs.get(config.overrides) ?? computedGroupConfig({}, config)
  defaultGroupConfigs.set(config.overrides, known)
  return known
}

function computedGroupConfig(overrides: Overrides, config: Config): GroupConfig {
  const own = clampedGroupConfigs(overrides, config.overrides)
  return valuesOf(groupConfigs, name =>
    effectiveText(groupConfigs[name], own[name], config.overrides),
  )
}

function computedTopicConfig(overrides: Overrides, config: Config): TopicConfig {
  const values = valuesOf(topicConfigs, name =>
    effectiveText(topicConfigs[name], overrides[name], config.overrides),
  )
  return { ...values, logAppendTime: values.messageTimestampType === 'LogAppendTime' }
}

/**
 * The configs of a topic as they are to be stored. Throws INVALID_CONFIG for the first one that
 * Kafka would refuse (LogConfig.validate).
 */
export function checkTopicConfigs(given: Overrides, config: Config): Overrides {
  const overrides = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, normalizedTopicConfig(name, value)]),
  )
  const { minCompactionLagMs, maxCompactionLagMs, remoteStorageEnable } = topicConfig(
    overrides,
    config,
  )
  if (minCompactionLagMs > maxCompactionLagMs) {
    throw new KafkaError(
      'INVALID_CONFIG',
      `conflict topic config setting min.compaction.lag.ms (${minCompactionLagMs}) >` +
        ` max.compaction.lag.ms (${maxCompactionLagMs})`,
    )
  }
  if (remoteStorageEnable) {
    throw new KafkaError('INVALID_CONFIG', 'remote.storage.enable: there is no tiered storage here')
  }
  return overrides
}

function normalizedTopicConfig(name: string, value: string): string {
  if (!isTopicConfig(name)) {
    const nearest = nearestName(name, Object.keys(topicConfigs))
    throw new KafkaError(
      'INVALID_CONFIG',
      `Unknown topic config name: ${name}${suggestion(nearest)}`,
    )
  }
  try {
    return normalizedValue(name, topicConfigs[name], value)
  } catch (error) {
    throw new KafkaError('INVALID_CONFIG', (error as RangeError).message)
  }
}

function normalized({ value, origin }: Setting, definition: Definition<unknown>): string {
  try {
    return definition.normalize(value)
  } catch (error) {
    const shown = shownValue(definition, value)
    throw new ConfigError(`${origin}=${shown}: ${(error as RangeError).message}`)
  }
}

function unknownConfig({ name, origin }: Setting): ConfigError {
  const known = [...aliases.keys(), ...allBrokerConfigs.keys(), ...otherKafkaConfigs]
  const nearest = nearestName(name, known)
  return new ConfigError(`${origin}: unknown config${suggestion(nearest) || '; remove it'}`)
}

function suggestion(nearest: string | undefined): string {
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}

/** Puts the setting's origin in front, where the message names a config that was set. */
function located(error: RangeError, settings: ReadonlyMap<string, Setting>): ConfigError {
  const [name, ...reason] = error.message.split(': ')
  return new ConfigError([settings.get(name!)?.origin ?? name, ...reason].join(': '))
}
