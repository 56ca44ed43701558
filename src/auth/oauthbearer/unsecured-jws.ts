/**
 * Tokens that nobody has signed, for development (RFC 7515, appendix A.5): anybody can make one.
 * The rules are those of Kafka's OAuthBearerUnsecuredValidatorCallbackHandler, and so are its
 * options, which stand in the JAAS config of the mechanism.
 */
import type { Clock } from '../../clock.ts'
import { TokenRefused, type OAuthToken, type TokenValidator } from './token.ts'

export interface UnsecuredOptions {
  readonly principalClaimName: string
  readonly scopeClaimName: string
  readonly requiredScope: readonly string[]
  readonly allowableClockSkewMs: number
}

const scopeItem = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** From the options of a login module. Throws a RangeError. */
export function unsecuredOptions(module: ReadonlyMap<string, string>): UnsecuredOptions {
  const option = (name: string): string => (module.get(`unsecuredValidator${name}`) ?? '').trim()
  const skew = option('AllowableClockSkewMs') || '0'
  if (!/^\+?\d{1,9}$/.test(skew)) {
    throw new RangeError(`unsecuredValidatorAllowableClockSkewMs: ${skew} is no number from 0 on`)
  }
  const requiredScope = option('RequiredScope').split(' ').filter(Boolean)
  const wrong = requiredScope.find(item => !scopeItem.test(item))
  if (wrong !== undefined) {
    throw new RangeError(`unsecuredValidatorRequiredScope: ${wrong} is no scope`)
  }
  return {
    principalClaimName: option('PrincipalClaimName') || 'sub',
    scopeClaimName: option('ScopeClaimName') || 'scope',
    requiredScope,
    allowableClockSkewMs: Number(skew),
  }
}

export function unsecuredValidator(
  options: UnsecuredOptions,
  clock: Pick<Clock, 'now'>,
): TokenValidator {
  return async token => {
    const claims = claimsOf(token)
    const name = claims.get(options.principalClaimName)
    if (typeof name !== 'string' || name.trim() === '') {
      throw new TokenRefused(`there is no name in the claim ${options.principalClaimName}`)
    }
    const { expiresAtMs } = checkTimes(claims, options, clock.now())
    checkScope(claims.get(options.scopeClaimName), options.requiredScope)
    return { principalName: name, expiresAtMs }
  }
}

function claimsOf(token: string): ReadonlyMap<string, unknown> {
  const parts = token.split('.')
  const [header, claims, signature] = parts
  if (parts.length !== 3 || signature !== '') {
    throw new TokenRefused('an unsecured JWS has a header, claims and no signature')
  }
  if (objectOf(header!).get('alg') !== 'none') {
    throw new TokenRefused("the algorithm of an unsecured JWS is 'none'")
  }
  return objectOf(claims!)
}

function objectOf(part: string): ReadonlyMap<string, unknown> {
  if (!/^[\w-]+=*$/.test(part)) throw new TokenRefused('a part of the token is no base64url')
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    if (typeof value === 'object' && value !== null) return new Map(Object.entries(value))
  } catch {
    // Said below.
  }
  throw new TokenRefused('a part of the token is no JSON object')
}

function checkTimes(
  claims: ReadonlyMap<string, unknown>,
  { allowableClockSkewMs: skewMs }: UnsecuredOptions,
  nowMs: number,
): Pick<OAuthToken, 'expiresAtMs'> {
  const issuedAtMs = timeMs(claims, 'iat')
  const expiresAtMs = timeMs(claims, 'exp')
  if (issuedAtMs !== undefined && issuedAtMs > nowMs + skewMs) {
    throw new TokenRefused('the token is of the future')
  }
  if (expiresAtMs === undefined) throw new TokenRefused('the claim exp is missing')
  if (nowMs - skewMs >= expiresAtMs) throw new TokenRefused('the token has expired')
  if (issuedAtMs !== undefined && expiresAtMs <= issuedAtMs) {
    throw new TokenRefused('the token expires before it was issued')
  }
  return { expiresAtMs: Math.round(expiresAtMs) }
}

function timeMs(claims: ReadonlyMap<string, unknown>, name: string): number | undefined {
  const seconds = claims.get(name)
  if (seconds === undefined) return undefined
  if (typeof seconds !== 'number') throw new TokenRefused(`the claim ${name} is no number`)
  return seconds * 1000
}

/** A text is one scope, even with blanks in it, as in Kafka. */
function checkScope(claim: unknown, required: readonly string[]): void {
  const scopes: unknown[] = Array.isArray(claim) ? claim : [claim]
  if (claim !== undefined && scopes.some(scope => typeof scope !== 'string')) {
    throw new TokenRefused('the scope is neither a text nor a list of texts')
  }
  const given = new Set(scopes.map(scope => (typeof scope === 'string' ? scope.trim() : '')))
  if (required.every(scope => given.has(scope))) return
  const all = `[${required.join(', ')}]`
  throw new TokenRefused(`the token lacks a scope; required are ${all}`, all)
}
