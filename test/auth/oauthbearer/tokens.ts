/** Tokens of OAuth 2 for tests, and how a client of OAUTHBEARER sends them. */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'

/** RFC 7628, section 3.1; with extensions as KIP-342 has them. */
export function clientMessage(token: string, { authorizationId = '', extensions = {} } = {}) {
  const pairs = Object.entries({ auth: `Bearer ${token}`, ...extensions })
  const header = `n,${authorizationId && `a=${authorizationId}`},\x01`
  return Buffer.from(`${header}${pairs.map(([key, value]) => `${key}=${value}\x01`).join('')}\x01`)
}

/** A token that nobody has signed, of these claims. */
export function unsecured(claims: object, header: object = { alg: 'none' }): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(claims)}.`
}

export interface TestKey {
  kid: string | undefined
  alg: string
  privateKey: CryptoKey
  jwk: JWK
}

export async function newKey(kid: string | undefined, alg = 'ES256'): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), ...(kid !== undefined && { kid }) }
  return { kid, alg, privateKey, jwk }
}

export function jwks(...keys: readonly TestKey[]): string {
  return JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })
}

/** Signed by the key; `header` goes on top of what belongs in there. */
export function sign(key: TestKey, claims: object, header: object = {}): Promise<string> {
  const { kid, alg, privateKey } = key
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg, ...(kid !== undefined && { kid }), ...header })
    .sign(privateKey)
}
