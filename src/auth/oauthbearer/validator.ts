/** What checks the tokens of a listener, by its configs. */
import type { Clock } from '../../clock.ts'
import { parseJaas } from '../../config/jaas.ts'
import type { ListenerSettings } from '../../config/listener-configs.ts'
import { tokenKind } from '../../config/oauthbearer-rules.ts'
import type { Logger } from '../../logger.ts'
import type { KeySets } from './key-sets.ts'
import type { TokenValidator } from './token.ts'
import { unsecuredOptions, unsecuredValidator } from './unsecured-jws.ts'

export interface ValidatorSources {
  keySets: KeySets
  clock: Clock
  logger: Logger
}

/** Of configs that `checkOAuthBearer` has let through. */
export function tokenValidator(
  settings: ListenerSettings,
  sources: ValidatorSources,
): TokenValidator {
  if (tokenKind(settings) === 'signed') return signed(settings, sources)
  const { clock, logger } = sources
  logger.warn({}, 'sasl.oauthbearer.unsecured.enable: anybody can make tokens, and so be anybody')
  const { saslJaasConfig } = settings
  const options = saslJaasConfig === null ? new Map() : parseJaas(saslJaasConfig).options
  return unsecuredValidator(unsecuredOptions(options), clock)
}

/** The package that checks signatures is loaded, and keys are asked for, before clients come. */
function signed(settings: ListenerSettings, { keySets, clock, logger }: ValidatorSources) {
  const {
    saslOauthbearerExpectedAudience: audience,
    saslOauthbearerExpectedIssuer: issuer,
    saslOauthbearerJwksEndpointUrl: url,
  } = settings
  if (audience.length === 0) warn(logger, 'audience', 'tokens without one')
  if (issuer === null) warn(logger, 'issuer', 'tokens of anybody whose keys are there')
  const options = {
    audience,
    issuer,
    scopeClaimName: settings.saslOauthbearerScopeClaimName.trim(),
    subClaimName: settings.saslOauthbearerSubClaimName.trim(),
    clockSkewSeconds: settings.saslOauthbearerClockSkewSeconds,
  }
  const loading = Promise.all([import('./signed-jwt.ts'), keySets.of(url!, settings)])
  const ready = loading.then(([{ signedValidator }, { key }]) =>
    signedValidator(key, options, clock),
  )
  return async (token: string) => (await ready)(token)
}

/** As Kafka warns. */
function warn(logger: Logger, what: string, accepted: string): void {
  logger.warn({}, `sasl.oauthbearer.expected.${what} is not set: OAUTHBEARER takes ${accepted}`)
}
