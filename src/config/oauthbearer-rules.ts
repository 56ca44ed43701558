/** Which tokens of OAUTHBEARER a listener takes: those that are signed, or any. */
import type { Config } from '../config.ts'
import { listenerConfig, type ListenerSettings } from './listener-configs.ts'

const javaPackage = 'org.apache.kafka.common.security.oauthbearer'

/** Kafka's classes for what there is here; `secured` is where they were before 4.0. */
const handlers: ReadonlyMap<string, 'signed' | 'unsecured'> = new Map([
  [`${javaPackage}.OAuthBearerValidatorCallbackHandler`, 'signed'],
  [`${javaPackage}.secured.OAuthBearerValidatorCallbackHandler`, 'signed'],
  [`${javaPackage}.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler`, 'unsecured'],
])
const validators: readonly string[] = [
  `${javaPackage}.DefaultJwtValidator`,
  `${javaPackage}.BrokerJwtValidator`,
]

/** Kafka takes unsigned ones where no class is named, even if there are keys. */
export function tokenKind({
  saslServerCallbackHandlerClass: handler,
  saslOauthbearerJwksEndpointUrl: url,
}: ListenerSettings): 'signed' | 'unsecured' | undefined {
  if (handler !== null) return handlers.get(handler)
  return url === null ? 'unsecured' : 'signed'
}

/** Throws a RangeError that begins with the name of a config. */
export function checkOAuthBearer(listener: string, config: Pick<Config, 'overrides'>): void {
  const settings = listenerConfig(config, listener, 'OAUTHBEARER')
  const kind = tokenKind(settings)
  if (kind === undefined) {
    throw new RangeError(
      'sasl.server.callback.handler.class: there is no such class here: use' +
        ` ${javaPackage}.OAuthBearerValidatorCallbackHandler for signed tokens`,
    )
  }
  if (kind === 'signed') checkSigned(settings)
  else if (!settings.saslOauthbearerUnsecuredEnable) {
    throw new RangeError(
      'sasl.oauthbearer.jwks.endpoint.url: OAUTHBEARER needs the keys that sign tokens; for' +
        ' development only, sasl.oauthbearer.unsecured.enable=true takes unsigned ones',
    )
  }
}

function checkSigned(settings: ListenerSettings): void {
  const { saslOauthbearerJwksEndpointUrl: url, saslOauthbearerJwtValidatorClass } = settings
  if (!validators.includes(saslOauthbearerJwtValidatorClass)) {
    throw new RangeError(
      `sasl.oauthbearer.jwt.validator.class: there is no such class here: use ${validators[0]}`,
    )
  }
  const known = ['https:', 'http:', 'file:']
  if (url === null || !URL.canParse(url) || !known.includes(new URL(url).protocol)) {
    const what = url === null ? 'signed tokens need keys' : `'${url}' is no address`
    throw new RangeError(
      `sasl.oauthbearer.jwks.endpoint.url: ${what}: https://…, http://… or file:///…`,
    )
  }
  for (const name of ['saslOauthbearerScopeClaimName', 'saslOauthbearerSubClaimName'] as const) {
    if (settings[name].trim() !== '') continue
    const claim = name === 'saslOauthbearerSubClaimName' ? 'sub' : 'scope'
    throw new RangeError(`sasl.oauthbearer.${claim}.claim.name: is empty`)
  }
}
