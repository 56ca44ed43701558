/** What a listener with SASL needs, whoever sets it: checked at the start and at each change. */
import type { Config } from '../config.ts'
import { parseJaas } from './jaas.ts'
import { listenerConfig } from './listener-configs.ts'
import { usesSasl, type ListenerConfig } from './listeners.ts'
import { nearestName } from './nearest-name.ts'
import { checkOAuthBearer } from './oauthbearer-rules.ts'

/** The mechanisms that there are. */
const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

/** Kafka's default, which may stand beside others: clients that ask for it are refused. */
const kerberos = 'GSSAPI'

const plainLoginModule = 'org.apache.kafka.common.security.plain.PlainLoginModule'

/** Throws a RangeError that begins with the name of a config. */
export function checkSasl(
  listeners: readonly ListenerConfig[],
  config: Pick<Config, 'overrides'>,
): void {
  for (const listener of listeners) if (usesSasl(listener)) checkListener(listener.name, config)
}

function checkListener(name: string, config: Pick<Config, 'overrides'>): void {
  const { saslEnabledMechanisms: enabled } = listenerConfig(config, name)
  for (const mechanism of enabled) checkMechanism(mechanism)
  if (enabled.every(mechanism => mechanism === kerberos)) {
    throw new RangeError(
      `sasl.enabled.mechanisms: listener ${name} has no mechanism that there is here:` +
        ` name one of ${saslMechanisms.join(', ')}`,
    )
  }
  if (enabled.includes('PLAIN')) checkPlain(name, config)
  if (enabled.includes('OAUTHBEARER')) checkOAuthBearer(name, config)
  checkHandlers(name, config)
}

function checkMechanism(mechanism: string): void {
  const known: readonly string[] = [...saslMechanisms, kerberos]
  if (known.includes(mechanism)) return
  const nearest = nearestName(mechanism, known)
  const hint = nearest === undefined ? known.join(', ') : nearest
  throw new RangeError(`sasl.enabled.mechanisms: there is no ${mechanism}; did you mean ${hint}?`)
}

function checkPlain(listener: string, config: Pick<Config, 'overrides'>): void {
  const name = `listener.name.${listener.toLowerCase()}.plain.sasl.jaas.config`
  const { saslJaasConfig } = listenerConfig(config, listener, 'PLAIN')
  const wanted = `${plainLoginModule} required user_NAME="PASSWORD";`
  if (saslJaasConfig === null) throw new RangeError(`${name}: PLAIN needs users: ${wanted}`)
  if (parseJaas(saslJaasConfig).name !== plainLoginModule) {
    throw new RangeError(`${name}: another login module than ${wanted}`)
  }
}

/** Java's own, which may be named; with another, passwords would be checked elsewhere. */
const ownHandlers: Readonly<Record<string, string>> = {
  PLAIN: 'org.apache.kafka.common.security.plain.internals.PlainServerCallbackHandler',
  'SCRAM-SHA-256': 'org.apache.kafka.common.security.scram.internals.ScramServerCallbackHandler',
  'SCRAM-SHA-512': 'org.apache.kafka.common.security.scram.internals.ScramServerCallbackHandler',
}

/** Kafka reads them of a listener and a mechanism only. */
function checkHandlers(listener: string, { overrides }: Pick<Config, 'overrides'>): void {
  for (const [mechanism, own] of Object.entries(ownHandlers)) {
    const of = `listener.name.${listener.toLowerCase()}.${mechanism.toLowerCase()}.`
    const name = `${of}sasl.server.callback.handler.class`
    if ((overrides[name] ?? own) === own) continue
    throw new RangeError(`${name}: there is no such class here; remove it`)
  }
}
