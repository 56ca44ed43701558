/** Tokens that are signed (RFC 7519); the rules are those of Kafka's BrokerJwtValidator. */
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../../clock.ts'
import { Disconnect } from '../../handler.ts'
import { TokenRefused, type OAuthToken, type TokenValidator } from './token.ts'

export interface SignedOptions {
  /** One of them must be meant; where there are none, a token must be meant for nobody. */
  readonly audience: readonly string[]
  readonly issuer: string | null
  readonly scopeClaimName: string
  readonly subClaimName: string
  readonly clockSkewSeconds: number
}

/** Who has the public key can verify, and no more: neither 'none' nor what shares a secret. */
const algorithms = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')

export function signedValidator(
  key: JWTVerifyGetKey,
  options: SignedOptions,
  clock: Pick<Clock, 'now'>,
): TokenValidator {
  const { audience, issuer, scopeClaimName, subClaimName, clockSkewSeconds } = options
  return async token => {
    const claims = await verified(token, key, {
      algorithms,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: clockSkewSeconds,
      currentDate: new Date(clock.now()),
      ...(audience.length > 0 && { audience: [...audience] }),
      ...(issuer !== null && { issuer }),
    })
    // As jose4j has it, which Kafka uses: a token for others is not for whoever does not say.
    if (audience.length === 0 && claims.aud !== undefined) {
      throw new TokenRefused('the token is for an audience, and none is expected')
    }
    checkScopes(claim(claims, scopeClaimName), scopeClaimName)
    const principalName = nameOf(claim(claims, subClaimName), subClaimName)
    return { principalName, expiresAtMs: expiryMs(claims) }
  }
}

type VerifyOptions = Parameters<typeof jwtVerify>[2]

/** Several keys may be meant where neither token nor keys have an id: each is tried. */
async function verified(
  token: string,
  key: JWTVerifyGetKey,
  options: VerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, key, options)).payload
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw refusal(error)
    for await (const candidate of error) {
      try {
        return (await jwtVerify(token, candidate, options)).payload
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw refusal(failure)
      }
    }
    throw refusal(error)
  }
}

/** What jose says is about the token, and quotes nothing of it but names of claims. */
function refusal(error: unknown): Error {
  return error instanceof Disconnect ? error : new TokenRefused((error as Error).message)
}

function claim(claims: JWTPayload, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined
}

/** Nobody asks for one here; what is there must make sense, as in Kafka. */
function checkScopes(value: unknown, name: string): void {
  const scopes: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? [value] : []
  const texts = scopes.map(scope => (typeof scope === 'string' ? scope.trim() : ''))
  if (texts.includes('') || new Set(texts).size < texts.length) {
    throw new TokenRefused(`the claim ${name} holds an empty scope, or the same one twice`)
  }
}

function nameOf(value: unknown, name: string): string {
  const text = typeof value === 'string' ? value.trim() : ''
  if (text === '') throw new TokenRefused(`there is no name in the claim ${name}`)
  return text
}

function expiryMs({ exp, iat }: JWTPayload): OAuthToken['expiresAtMs'] {
  if (iat! < 0 || exp! < iat!) throw new TokenRefused('the token expires before it was issued')
  return exp! * 1000
}
