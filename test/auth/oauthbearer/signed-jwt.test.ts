import { createLocalJWKSet, SignJWT, type JSONWebKeySet } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { signedValidator, type SignedOptions } from '../../../src/auth/oauthbearer/signed-jwt.ts'
import { TokenRefused } from '../../../src/auth/oauthbearer/token.ts'
import { ManualClock } from '../../doubles/manual-clock.ts'
import { jwks, newKey, sign, unsecured, type TestKey } from './tokens.ts'

const clock = new ManualClock()
const nowSeconds = clock.now() / 1000
const good = { sub: 'alice', iat: nowSeconds - 10, exp: nowSeconds + 60 }
const defaults: SignedOptions = {
  audience: [],
  issuer: null,
  scopeClaimName: 'scope',
  subClaimName: 'sub',
  clockSkewSeconds: 30,
}

let key: TestKey
let stranger: TestKey
beforeAll(async () => {
  key = await newKey('key-1')
  stranger = await newKey('key-1')
})

function validate(token: string, options: Partial<SignedOptions> = {}, keys = jwks(key)) {
  const keySet = createLocalJWKSet(JSON.parse(keys) as JSONWebKeySet)
  return signedValidator(keySet, { ...defaults, ...options }, clock)(token)
}

const refused = { name: TokenRefused.name, status: 'invalid_token', scope: undefined }

describe('a signed token (Kafka: BrokerJwtValidator)', () => {
  it('names its bearer until it expires', async () => {
    const claims = { ...good, exp: nowSeconds + 60.5 }
    expect(await validate(await sign(key, claims))).toEqual({
      principalName: 'alice',
      expiresAtMs: clock.now() + 60_500,
    })
  })

  it.each<[string, object, Partial<SignedOptions>]>([
    ['named by another claim', { ...good, sub: 1, name: ' alice ' }, { subClaimName: 'name' }],
    ['expired within the skew', { ...good, iat: 0, exp: nowSeconds - 29 }, {}],
    ['too early within the skew', { ...good, nbf: nowSeconds + 30 }, {}],
    ['for the audience', { ...good, aud: 'kafka' }, { audience: ['kafka'] }],
    ['for several', { ...good, aud: ['a', 'b'] }, { audience: ['b', 'c'] }],
    ['of the issuer', { ...good, iss: 'https://idp.test' }, { issuer: 'https://idp.test' }],
    ['of any issuer', { ...good, iss: 'https://idp.test' }, {}],
    ['with scopes', { ...good, scope: ['a', 'b'] }, {}],
    ['with a scope', { ...good, scp: 'a b' }, { scopeClaimName: 'scp' }],
    ['with scopes of another kind', { ...good, scope: 5 }, {}],
  ])('%s is good', async (_, claims, options) => {
    expect(await validate(await sign(key, claims), options)).toMatchObject({
      principalName: 'alice',
    })
  })

  it.each<[string, object, Partial<SignedOptions>]>([
    ['that has expired', { ...good, iat: 0, exp: nowSeconds - 30 }, {}],
    ['that has expired, without skew', { ...good, exp: nowSeconds }, { clockSkewSeconds: 0 }],
    ['that is not yet good', { ...good, nbf: nowSeconds + 31 }, {}],
    ['without an end', { sub: 'alice', iat: nowSeconds }, {}],
    ['without a beginning', { sub: 'alice', exp: nowSeconds + 60 }, {}],
    ['with an end in words', { ...good, exp: 'tomorrow' }, {}],
    ['with a beginning in words', { ...good, iat: 'today' }, {}],
    ['that begins before time', { ...good, iat: -1 }, {}],
    ['that ends before it begins', { ...good, iat: nowSeconds + 61 }, {}],
    ['of nobody', { iat: good.iat, exp: good.exp }, {}],
    ['of a blank', { ...good, sub: ' ' }, {}],
    ['of a number', { ...good, sub: 5 }, {}],
    ['of what all objects have', good, { subClaimName: 'constructor' }],
    ['for nobody', good, { audience: ['kafka'] }],
    ['for others', { ...good, aud: ['a', 'b'] }, { audience: ['kafka'] }],
    ['for others in part of a name', { ...good, aud: 'kafka2' }, { audience: ['kafka'] }],
    ['for somebody, where nobody is expected', { ...good, aud: 'kafka' }, {}],
    ['of no issuer', good, { issuer: 'https://idp.test' }],
    ['of another issuer', { ...good, iss: 'https://idp.test/' }, { issuer: 'https://idp.test' }],
    ['with an empty scope', { ...good, scope: '' }, {}],
    ['with a blank among scopes', { ...good, scope: ['a', ' '] }, {}],
    ['with a number among scopes', { ...good, scope: ['a', 1] }, {}],
    ['with a scope twice', { ...good, scope: ['a', 'b', ' a'] }, {}],
  ])('%s is not', async (_, claims, options) => {
    await expect(validate(await sign(key, claims), options)).rejects.toMatchObject(refused)
  })

  it.each(['RS256', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])('may be by %s', async alg => {
    const own = await newKey('own', alg)
    const token = await sign(own, good)
    expect(await validate(token, {}, jwks(own))).toMatchObject({ principalName: 'alice' })
  })

  it('is not one that somebody else signed, or nobody', async () => {
    const token = await sign(key, good)
    const [header, claims, signature] = token.split('.')
    const changed = Buffer.from(JSON.stringify({ ...good, sub: 'admin' })).toString('base64url')
    const tokens = [
      await sign(stranger, good),
      `${header}.${changed}.${signature}`,
      `${header}.${claims}.`,
      `${header}.${claims}`,
      `${token}.`,
      'a.b.c',
      '',
      unsecured(good),
      unsecured(good, { alg: 'none', kid: 'key-1' }),
      unsecured(good, { alg: 'None', kid: 'key-1' }),
      unsecured(good, { alg: 'ES256', kid: 'key-1' }),
      unsecured(good, { alg: 'none', kid: 'key-1' }) + signature,
    ]
    for (const forged of tokens) {
      await expect(validate(forged)).rejects.toMatchObject(refused)
    }
  })

  // RFC 8725, section 2.1: the public key is known to all, and is no secret to share.
  it('is not one by an algorithm with a shared secret', async () => {
    const rsa = await newKey('rsa', 'RS256')
    const secret = new TextEncoder().encode(JSON.stringify(rsa.jwk))
    const keys = JSON.stringify({
      keys: [rsa.jwk, { kty: 'oct', kid: 'oct', k: Buffer.from(secret).toString('base64url') }],
    })
    for (const kid of ['rsa', 'oct', undefined]) {
      const header = { alg: 'HS256', ...(kid !== undefined && { kid }) }
      const forged = await new SignJWT(good).setProtectedHeader(header).sign(secret)
      await expect(validate(forged, {}, keys)).rejects.toMatchObject(refused)
    }
  })

  // RFC 8725, section 3.5: keys are those of the operator, whatever the token says.
  it('is not one that brings its own key', async () => {
    for (const header of [
      { jwk: stranger.jwk },
      { jku: 'https://stranger.test/jwks', kid: 'unknown' },
      { x5u: 'https://stranger.test/certificate' },
      { crit: ['exp'], exp: good.exp },
    ]) {
      const { privateKey } = stranger
      const [, claims] = (await sign(stranger, good)).split('.')
      const forged = await sign({ ...stranger, privateKey }, good).then(token => {
        const [, , signature] = token.split('.')
        const head = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'key-1', ...header }))
        return `${head.toString('base64url')}.${claims}.${signature}`
      })
      await expect(validate(forged)).rejects.toMatchObject(refused)
    }
  })

  it('is tried with each key where there are no ids', async () => {
    const [one, other] = [await newKey(undefined), await newKey(undefined)]
    const keys = jwks(one, other)
    for (const own of [one, other]) {
      expect(await validate(await sign(own, good), {}, keys)).toMatchObject({
        principalName: 'alice',
      })
    }
    await expect(validate(await sign(stranger, good), {}, keys)).rejects.toMatchObject(refused)
    const expired = await sign(other, { ...good, exp: nowSeconds - 60 })
    await expect(validate(expired, {}, keys)).rejects.toMatchObject(refused)
  })
})
