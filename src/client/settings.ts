/** From settings, whoever gave them, to the configs of a client. */
import { ConfigError, type Setting } from '../config.ts'
import { normalizedValue, valuesOf, type Values } from '../config/definition.ts'
import { nearestName } from '../config/nearest-name.ts'
import { clientConfigs, librdkafkaNames } from './client-configs.ts'

export type ClientConfig = Values<typeof clientConfigs>

type ConfigName = keyof typeof clientConfigs

export interface ClientSetting extends Setting {
  /** It may be meant for others, and has no effect then. */
  readonly mayBeUnknown?: boolean
}

/** Later settings count more. Throws a ConfigError for an unknown name or a wrong value. */
export function createClientConfig(settings: readonly ClientSetting[]): ClientConfig {
  const texts = new Map<ConfigName, string>()
  for (const setting of settings) {
    const name = nameOf(setting)
    if (name !== undefined) texts.set(name, textOf(name, setting))
  }
  return valuesOf(clientConfigs, name => texts.get(name) ?? clientConfigs[name].default)
}

/** Whether the value of a setting is nobody's business. */
export function isSecret(name: string): boolean {
  const known = ownName(name)
  return known !== undefined && clientConfigs[known].type === 'PASSWORD'
}

function ownName(name: string): ConfigName | undefined {
  return Object.hasOwn(clientConfigs, name) ? (name as ConfigName) : librdkafkaNames[name]
}

function nameOf({ name, origin, mayBeUnknown = false }: ClientSetting): ConfigName | undefined {
  const known = ownName(name)
  if (known !== undefined || mayBeUnknown) return known
  const names = [...Object.keys(clientConfigs), ...Object.keys(librdkafkaNames)]
  const nearest = nearestName(name, names)
  const advice = nearest === undefined ? '' : `; did you mean ${nearest}?`
  throw new ConfigError(`${origin}: this client has no property ${name}${advice}`)
}

/** librdkafka writes some of these values in small letters. */
const inCapitals: readonly ConfigName[] = ['security.protocol', 'sasl.mechanism']

function textOf(name: ConfigName, { value, origin }: ClientSetting): string {
  const text = inCapitals.includes(name) ? value.trim().toUpperCase() : value
  try {
    return normalizedValue(name, clientConfigs[name], text)
  } catch (error) {
    throw new ConfigError(`${origin}: ${(error as Error).message}`)
  }
}
