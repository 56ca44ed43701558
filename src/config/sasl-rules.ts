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

const javaPackage = 'org.apache.kafka.common.security'

/** The only ones that JAAS configs may name: no class is loaded here (CVE-2023-25194). */
const loginModules: Readonly<Record<string, string>> = {
  PLAIN: `${javaPackage}.plain.PlainLoginModule`,
  'SCRAM-SHA-256': `${javaPackage}.scram.ScramLoginModule`,
  'SCRAM-SHA-512': `${javaPackage}.scram.ScramLoginModule`,
  OAUTHBEARER: `${javaPackage}.oauthbearer.OAuthBearerLoginModule`,
}

/** Throws a RangeError that begins with the name of a config. */
export function checkSasl(
  listeners: readonly ListenerConfig[],
  config: Pick<Config, 'overrides'>,
): void {
  for (const listener of listeners) if (usesSasl(listener)) checkListener(listener.name, config)
}

function checkListener(name: string, config: Pick<Config, 'overrides'>): void {
  const { saslEnabledMechanisms: enabled } = listenerConfig(config, name)
  for (const mechanism of enabled) {
    checkMechanism(mechanism)
    checkJaas(name, mechanism, config)
  }
  if (enabled.every(mechanism => mechanism === kerberos)) {
    throw new RangeError(
      `sasl.enabled.mechanisms: listener ${name} has no mechanism that there is here:` +
        ` name one of ${saslMechanisms.join(', ')}`,
    )
  }
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

/** PLAIN has its users there; the others need none, and Kafka's files have one all the same. */
function checkJaas(
  listener: string,
  mechanism: string,
  { overrides }: Pick<Config, 'overrides'>,
): void {
  const name = `listener.name.${listener.toLowerCase()}.${mechanism.toLowerCase()}.sasl.jaas.config`
  const wanted = loginModules[mechanism]
  if (wanted === undefined) return
  const isPlain = mechanism === 'PLAIN'
  const isScram = mechanism.startsWith('SCRAM')
  // SCRAM has no use for one, so that one which stands there for others does not matter.
  const text = isScram
    ? (overrides[name] ?? null)
    : listenerConfig({ overrides }, listener, mechanism).saslJaasConfig
  const users = `${wanted} required user_NAME="PASSWORD";`
  if (isPlain && text === null) throw new RangeError(`${name}: PLAIN needs users: ${users}`)
  if (text === null) return
  if (moduleName(name, text) !== wanted) {
    throw new RangeError(`${name}: another login module than ${isPlain ? users : wanted}`)
  }
}

function moduleName(config: string, text: string): string {
  try {
    return parseJaas(text).name
  } catch (error) {
    throw new RangeError(`${config}: ${(error as RangeError).message}`, { cause: error })
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
