/**
 * Settings from the variables that images of Kafka take: apache/kafka and cp-kafka (KAFKA_ and a
 * config), bitnami's (KAFKA_CFG_ and a config), wurstmeister's (names of its own).
 */
import type { Setting } from '../config.ts'
import { allBrokerConfigs, baseName } from '../config/broker-configs.ts'
import { isOtherKafkaConfig } from '../config/kafka-names.ts'
import { isServiceLink, propertyName, type Variables } from '../config/variables.ts'

export interface KafkaVariables {
  settings: Setting[]
  /** Topics to create, as in 'orders:3:1,prices:1:1:compact'. */
  createTopics: string | undefined
  /** Variables that name no config of Kafka's. */
  unknown: string[]
}

/** What a JVM, ZooKeeper, controllers, other brokers or the scripts of those images need. */
const withoutMeaningHere = [
  /^KAFKA_(?:CFG_)?(?:ZOOKEEPER|ZK|JMX|LOG4J|CONFLUENT|REST|METRIC|METRICS|SCHEMA)_/,
  /^KAFKA_(?:CFG_)?(?:PROCESS_ROLES$|(?:SECURITY_)?INTER_BROKER_|CONTROLLER_(?!LISTENER_|QUOTA_))/,
  /^KAFKA_(?:HEAP_OPTS|OPTS|JVM_\w+|GC_\w+|DEBUG|JAVA_\w+|EXTRA_\w+|TOOLS_\w+)$/,
  /^KAFKA_(?:HOME|VERSION|USER|GROUP|MODE|DATA|DATA_DIRS|ENABLE_KRAFT|KRAFT_\w+|\w+_DIR)$/,
]

/** Taken by `serverSecrets` and `plainUsers`. */
const secrets =
  /^KAFKA_(?:SSL_\w+_(?:FILENAME|CREDENTIALS)|CLIENT_(?:USERS|PASSWORDS|LISTENER_NAME))$/

/** The id of a cluster, which Kafka's tools are given when they format a directory. */
const clusterIds = new Set(['CLUSTER_ID', 'KAFKA_CLUSTER_ID', 'KAFKA_KRAFT_CLUSTER_ID'])

const aliases = new Set(Array.from(allBrokerConfigs.values(), ({ alias }) => alias))

/** Our own configs, which no image of Kafka takes: KAFKA_BROKERS is some application's variable. */
const own = new Set([
  'host',
  'port',
  'brokers',
  'durability',
  'development',
  'cluster.id',
  'log.level',
  'kafka.release',
])
const ownPrefixes = ['http.', 'audit.']

/** What the variables say, those that count most last; an empty one says nothing. */
export function kafkaVariables(variables: Variables): KafkaVariables {
  const settings: Setting[] = []
  const unknown: string[] = []
  for (const [origin, value] of Object.entries(variables)) {
    if (!value || isServiceLink(origin, value, 'KAFKA_')) continue
    const isClusterId = clusterIds.has(origin)
    const name = isClusterId ? 'cluster.id' : configOf(origin)
    if (name === undefined || (!isClusterId && isWithoutMeaning(origin))) continue
    if (isClusterId || isKafkaConfig(name)) settings.push({ name, value, origin })
    else unknown.push(origin)
  }
  const { KAFKA_CREATE_TOPICS: createTopics } = variables
  return {
    settings: [...oldAdvertised(variables), ...settings],
    createTopics: createTopics || undefined,
    unknown,
  }
}

function configOf(variable: string): string | undefined {
  const [, rest] = /^KAFKA_(?:CFG_)?(.+)$/.exec(variable) ?? []
  return rest === undefined ? undefined : propertyName(rest)
}

function isWithoutMeaning(variable: string): boolean {
  return (
    withoutMeaningHere.some(pattern => pattern.test(variable)) ||
    secrets.test(variable) ||
    ['KAFKA_CREATE_TOPICS', 'KAFKA_ADVERTISED_HOST_NAME', 'KAFKA_ADVERTISED_PORT'].includes(
      variable,
    )
  )
}

function isKafkaConfig(name: string): boolean {
  const isOwn = own.has(name) || ownPrefixes.some(prefix => name.startsWith(prefix))
  return !isOwn && isKnownConfig(name)
}

/** A config of Kafka's or our own. */
export function isKnownConfig(name: string): boolean {
  return allBrokerConfigs.has(baseName(name)) || aliases.has(name) || isOtherKafkaConfig(name)
}

/** In the form for an only listener; advertised.listeners, where it is given, counts more. */
function oldAdvertised(variables: Variables): Setting[] {
  const { KAFKA_ADVERTISED_HOST_NAME: host, KAFKA_ADVERTISED_PORT: port } = variables
  if (!host) return []
  const value = port ? `${host}:${port}` : host
  return [{ name: 'advertised.listeners', value, origin: 'KAFKA_ADVERTISED_HOST_NAME' }]
}
