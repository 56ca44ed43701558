/** What can be set for each listener by itself, behind 'listener.name.NAME.'. */
import type { Config } from '../config.ts'
import { listenerConnectionConfigs } from './connection-configs.ts'
import { valuesOf, type Values } from './definition.ts'
import { oauthBearerConfigs } from './oauthbearer-configs.ts'
import { saslConfigs } from './sasl-configs.ts'
import { tlsConfigs } from './tls-configs.ts'

const listenerConfigs = {
  ...tlsConfigs,
  ...saslConfigs,
  ...oauthBearerConfigs,
  ...listenerConnectionConfigs,
}

/** Whether it acts on a listener by itself. */
export function isListenerConfig(name: string): boolean {
  return Object.hasOwn(listenerConfigs, name)
}

export type ListenerSettings = Values<typeof listenerConfigs>

/**
 * What holds on a listener; with a mechanism of SASL, what holds for this one there. Kafka reads
 * these names in small letters (ListenerName.configPrefix).
 */
export function listenerConfig(
  { overrides }: Pick<Config, 'overrides'>,
  listener: string,
  mechanism?: string,
): ListenerSettings {
  const prefix = `listener.name.${listener.toLowerCase()}.`
  const prefixes = [prefix, '']
  if (mechanism !== undefined) prefixes.unshift(`${prefix}${mechanism.toLowerCase()}.`)
  return valuesOf(listenerConfigs, name => {
    const set = prefixes.map(each => overrides[each + name])
    return set.find(text => text !== undefined) ?? listenerConfigs[name].default
  })
}
