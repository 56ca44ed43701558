import { describe, expect, it } from 'vitest'
import { TokenRefused } from '../../../src/auth/oauthbearer/token.ts'
import {
  unsecuredOptions,
  unsecuredValidator,
} from '../../../src/auth/oauthbearer/unsecured-jws.ts'
import { ManualClock } from '../../doubles/manual-clock.ts'
import { unsecured } from './tokens.ts'

const clock = new ManualClock()
const nowSeconds = clock.now() / 1000
const good = { sub: 'alice', iat: nowSeconds, exp: nowSeconds + 60 }
const skew = { AllowableClockSkewMs: '5000' }

/** Options without the prefix that they all have. */
function validate(token: string, options: Record<string, string> = {}) {
  const named = Object.entries(options).map(([name, value]) => {
    return [`unsecuredValidator${name}`, value] as const
  })
  return unsecuredValidator(unsecuredOptions(new Map(named)), clock)(token)
}

describe('an unsecured token (RFC 7515, appendix A.5)', () => {
  it.each<[string, object, Record<string, string>, string]>([
    ['with the usual claims', good, {}, 'alice'],
    ['without iat', { sub: 'alice', exp: good.exp }, {}, 'alice'],
    ['named by another claim', { ...good, name: 'bob' }, { PrincipalClaimName: ' name ' }, 'bob'],
    ['with fractions', { ...good, exp: nowSeconds + 0.25 }, {}, 'alice'],
    ['within the skew', { ...good, iat: nowSeconds + 5 }, skew, 'alice'],
    ['with a scope too many', { ...good, scope: ['a', ' b '] }, { RequiredScope: 'b' }, 'alice'],
    [
      'with a scope as text',
      { ...good, scp: ' a ' },
      { RequiredScope: 'a', ScopeClaimName: 'scp' },
      'alice',
    ],
  ])('%s is good', async (_, claims, options, principalName) => {
    expect(await validate(unsecured(claims), options)).toMatchObject({ principalName })
  })

  it('is good until it expires', async () => {
    const token = unsecured({ ...good, exp: nowSeconds + 1.5 })
    expect(await validate(token)).toMatchObject({ expiresAtMs: clock.now() + 1500 })
  })

  it.each<[string, object | string, Record<string, string>]>([
    ['that has expired', { ...good, exp: nowSeconds }, {}],
    ['past the skew', { sub: 'a', exp: nowSeconds - 5 }, skew],
    ['of the future', { ...good, iat: nowSeconds + 0.001 }, {}],
    ['that ends as it begins', { ...good, exp: nowSeconds, iat: nowSeconds }, skew],
    ['without an end', { sub: 'alice', iat: nowSeconds }, {}],
    ['with an end in words', { ...good, exp: String(nowSeconds + 60) }, {}],
    ['with a beginning in words', { ...good, iat: 'now' }, {}],
    ['of nobody', { iat: nowSeconds, exp: nowSeconds + 60 }, {}],
    ['of a blank', { ...good, sub: ' ' }, {}],
    ['of a number', { ...good, sub: 5 }, {}],
    ['of null', { ...good, sub: null }, {}],
    ['of what all objects have', good, { PrincipalClaimName: 'constructor' }],
    ['with a scope that is a number', { ...good, scope: 1 }, {}],
    ['that is signed', `${unsecured(good)}c2lnbmF0dXJl`, {}],
    ['with another algorithm', unsecured(good, { alg: 'HS256' }), {}],
    ['with None', unsecured(good, { alg: 'None' }), {}],
    ['without an algorithm', unsecured(good, {}), {}],
    ['without claims', unsecured(good).replace(/\.[^.]+\./, '..'), {}],
    ['of two parts', 'e30.e30', {}],
    ['of four parts', `${unsecured(good)}.`, {}],
    ['that is no base64url', `+${unsecured(good)}`, {}],
    ['that is no JSON', unsecured(good).replace('.', 'x.'), {}],
    ['that is a list', `${Buffer.from('[]').toString('base64url')}.e30.`, {}],
    ['that is null', `${Buffer.from('null').toString('base64url')}.e30.`, {}],
  ])('%s is not', async (_, token, options) => {
    const text = typeof token === 'string' ? token : unsecured(token)
    await expect(validate(text, options)).rejects.toMatchObject({
      name: TokenRefused.name,
      status: 'invalid_token',
      scope: undefined,
    })
  })

  it.each([
    ['no scope', undefined],
    ['another scope', ['b', 'c']],
    // As in Kafka: a text is one scope.
    ['both in one text', 'a b'],
  ])('with %s lacks one that is required', async (_, given) => {
    const token = unsecured({ ...good, scope: given })
    await expect(validate(token, { RequiredScope: 'a  b' })).rejects.toMatchObject({
      status: 'insufficient_scope',
      scope: '[a, b]',
    })
  })

  it.each([
    ['AllowableClockSkewMs', '-1'],
    ['AllowableClockSkewMs', 'soon'],
    ['RequiredScope', 'a "b"'],
  ])('has no option %s of %j', (name, value) => {
    expect(() => unsecuredOptions(new Map([[`unsecuredValidator${name}`, value]]))).toThrow(
      RangeError,
    )
  })
})
