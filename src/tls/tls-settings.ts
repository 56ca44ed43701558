/** The `ssl.*` configs of one listener. */
import type { Config } from '../config.ts'
import { listenerConfig, type ListenerSettings } from '../config/listener-configs.ts'
import type { ListenerConfig } from '../config/listeners.ts'

type Overridden = Pick<Config, 'overrides'>

/** On SASL_SSL clients show certificates only if the listener itself asks for them (KIP-684). */
export function tlsSettings(
  { name, protocol }: Pick<ListenerConfig, 'name' | 'protocol'>,
  config: Overridden,
): ListenerSettings {
  const settings = listenerConfig(config, name)
  const isAsked = protocol === 'SSL' || isOwn(config, name, 'ssl.client.auth')
  return isAsked ? settings : { ...settings, sslClientAuth: 'none' }
}

/** The name by which a config of the listener is set. */
export function nameOnListener(config: Overridden, listener: string, name: string): string {
  return isOwn(config, listener, name) ? ownName(listener, name) : name
}

function isOwn({ overrides }: Overridden, listener: string, name: string): boolean {
  return Object.hasOwn(overrides, ownName(listener, name))
}

function ownName(listener: string, name: string): string {
  return `listener.name.${listener.toLowerCase()}.${name}`
}

/** What cannot change while the listener is open (Kafka: SslConfigs.NON_RECONFIGURABLE_CONFIGS). */
const fixedConfigs = [
  'sslClientAuth',
  'sslEnabledProtocols',
  'sslProtocol',
  'sslCipherSuites',
] as const satisfies (keyof ListenerSettings)[]

const storeConfig = /^ssl(Key|Keystore|Truststore)[A-Z]/

export function sameStores(a: ListenerSettings, b: ListenerSettings): boolean {
  const names = Object.keys(a) as (keyof ListenerSettings)[]
  return names.every(name => !storeConfig.test(name) || a[name] === b[name])
}

/** Whether they differ in what holds for as long as the listener is open. */
export function differInFixed(a: ListenerSettings, b: ListenerSettings): boolean {
  return fixedConfigs.some(name => String(a[name]) !== String(b[name]))
}
