/** What is open to more people than its owner may think. */
import { allBrokerConfigs, baseName } from './broker-configs.ts'
import type { Config, Setting } from '../config.ts'
import { listenerConfig } from './listener-configs.ts'
import { usesSasl, type ListenerConfig } from './listeners.ts'
import { isLoopback } from './loopback.ts'

export interface Exposure {
  message: string
  facts: object
}

/** Listeners that others can reach, and that let in anybody or send passwords in the clear. */
export function exposedListeners(config: Config): Exposure[] {
  return config.listeners
    .filter(({ host }) => !isLoopback(host))
    .flatMap(listener => {
      const message = problemOf(listener, config)
      const { name, protocol, host, port } = listener
      const address = `${host === '' ? '*' : host}:${port}`
      return message === undefined
        ? []
        : [{ message, facts: { listener: name, protocol, address } }]
    })
}

function problemOf(listener: ListenerConfig, config: Config): string | undefined {
  if (listener.protocol === 'SASL_PLAINTEXT') {
    return (
      'passwords and records cross the network in the clear, and this is not loopback:' +
      ' make the listener SASL_SSL, in listeners or listener.security.protocol.map'
    )
  }
  const { sslClientAuth } = listenerConfig(config, listener.name)
  const asksForCertificates = listener.protocol === 'SSL' && sslClientAuth === 'required'
  if (usesSasl(listener) || asksForCertificates || areStrangersDenied(config)) return undefined
  return (
    'anybody who reaches this port may read, write and change everything, and this is not' +
    ' loopback: make the listener SASL_SSL, or SSL with ssl.client.auth=required, or listen on' +
    ' 127.0.0.1 (--host)'
  )
}

/** There are ACLs, and those who have not said who they are need one. */
function areStrangersDenied(config: Config): boolean {
  const { authorizerClassName, allowEveryoneIfNoAclFound, superUsers } = config
  if (authorizerClassName === '' || allowEveryoneIfNoAclFound) return false
  return !superUsers.split(';').some(text => text.trim() === 'User:ANONYMOUS')
}

/** Passwords in files that everybody on this machine can read. */
export function exposedSecrets(settings: readonly Setting[]): Exposure[] {
  const isSecret = (name: string): boolean =>
    allBrokerConfigs.get(baseName(name))?.type === 'PASSWORD'
  const exposed = settings.filter(({ name, isReadableByAll }) => isReadableByAll && isSecret(name))
  if (exposed.length === 0) return []
  const message = 'everybody on this machine can read these passwords: chmod 600'
  return [{ message, facts: { configs: exposed.map(({ origin }) => origin).join(', ') } }]
}
