/** Tokens of an issuer whose keys the brokers know, and others. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const algorithm = 'RS256'
export const issuer = 'https://issuer.test'
export const audience = 'kafka'

/** By what is wrong with them. */
export interface Tokens {
  good: string
  expired: string
  forged: string
  'foreign issuer’s': string
  'foreign audience’s': string
}

/** Writes the issuer's keys (JWKS), for brokers to read: `keys` is their URL. */
export async function issueTokens(folder: string): Promise<{ keys: string; tokens: Tokens }> {
  const own = await generateKeyPair(algorithm)
  const forger = await generateKeyPair(algorithm)
  const file = path.join(folder, 'jwks.json')
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'key', alg: algorithm, use: 'sig' }
  await writeFile(file, JSON.stringify({ keys: [jwk] }))
  const sign = ({ key = own.privateKey, from = issuer, to = audience, until = '1h' }) =>
    new SignJWT({ scope: 'kafka' })
      .setProtectedHeader({ alg: algorithm, kid: 'key' })
      .setSubject('alice')
      .setIssuer(from)
      .setAudience(to)
      .setIssuedAt('-2h')
      .setExpirationTime(until)
      .sign(key)
  const tokens = {
    good: await sign({}),
    expired: await sign({ until: '-1h' }),
    forged: await sign({ key: forger.privateKey }),
    'foreign issuer’s': await sign({ from: 'https://other.test' }),
    'foreign audience’s': await sign({ to: 'other' }),
  }
  return { keys: pathToFileURL(file).href, tokens }
}
