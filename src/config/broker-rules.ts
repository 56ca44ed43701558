/** What may be set on brokers while they run (KIP-226, Kafka: DynamicBrokerConfig). */
import { KafkaError } from '../../protocol/errors.ts'
import { allBrokerConfigs, baseName } from './broker-configs.ts'
import { checkConnectionConfigs, listenerConnectionConfigs } from './connection-configs.ts'
import { normalizedValue } from './definition.ts'
import type { Overrides } from './effective.ts'
import { isOAuthBearerConfig } from './oauthbearer-configs.ts'

/** What a listener may be given on all brokers at once. */
const clusterWideOfListeners: ReadonlySet<string> = new Set([
  'max.connections',
  'max.connection.creation.rate',
  'num.network.threads',
])

const aliases = new Set(Array.from(allBrokerConfigs.values(), ({ alias }) => alias))

/**
 * Configs of one broker or, for `isCluster`, of all of them as they are to be stored. What nobody
 * knows may belong to a plug-in, and is stored. Throws INVALID_REQUEST.
 */
export function checkBrokerConfigs(given: Overrides, isCluster: boolean): Overrides {
  const names = Object.keys(given)
  refuse(names.filter(isFixed), 'Cannot update these configs dynamically')
  refuse(
    names.filter(name => allBrokerConfigs.get(name)?.dynamic === 'listener'),
    'These security configs can be dynamically updated only per-listener using the listener prefix',
  )
  const checked = Object.entries(given).map(([name, text]) => [name, normalized(name, text)])
  if (isCluster) {
    refuse(
      names.filter(isOfOneBroker),
      'Cannot update these configs at default cluster level, broker id must be specified',
    )
  }
  const configs = Object.fromEntries(checked) as Overrides
  checkConnections(configs)
  return configs
}

/** Who set this could not undo it. */
function checkConnections(configs: Overrides): void {
  for (const [name, text] of Object.entries(configs)) {
    const isOfListeners = Object.hasOwn(listenerConnectionConfigs, baseName(name))
    if (isOfListeners && text === '0') throw new KafkaError('INVALID_REQUEST', `Invalid ${name} 0`)
  }
  try {
    checkConnectionConfigs(configs)
  } catch (error) {
    throw new KafkaError('INVALID_REQUEST', (error as RangeError).message)
  }
}

/** Fixed by what it tells of itself, as in Kafka, which let it change while it had ZooKeeper. */
const changeable = 'advertised.listeners'

function isFixed(name: string): boolean {
  if (name === changeable) return false
  if (isOAuthBearerConfig(baseName(name))) return true
  const definition = allBrokerConfigs.get(name)
  return aliases.has(name) || (definition !== undefined && definition.dynamic === undefined)
}

function isOfOneBroker(name: string): boolean {
  if (name === changeable) return true
  const base = baseName(name)
  if (base !== name) return !clusterWideOfListeners.has(base)
  const dynamic = allBrokerConfigs.get(name)?.dynamic
  return dynamic === 'broker' || dynamic === 'listener'
}

function normalized(name: string, text: string): string {
  const base = baseName(name)
  const definition = allBrokerConfigs.get(base)
  if (definition === undefined) return text
  try {
    return normalizedValue(base, definition, text)
  } catch (error) {
    throw new KafkaError('INVALID_REQUEST', (error as RangeError).message)
  }
}

function refuse(names: readonly string[], message: string): void {
  if (names.length > 0) throw new KafkaError('INVALID_REQUEST', `${message}: [${names.join(', ')}]`)
}
