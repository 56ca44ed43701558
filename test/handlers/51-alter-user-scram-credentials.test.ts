import { describe, expect, it } from 'vitest'
import { alterUserScram } from '../../protocol/apis/51-alter-user-scram-credentials.ts'
import { alterScram, scramOf, sha256, sha512, upsertion } from './scram.ts'
import { uniqueName, useBroker } from './wire.ts'

const wire = useBroker()

const alter = (request: Parameters<typeof alterScram>[1]): Promise<Record<string, string>> =>
  alterScram(wire.client, request)
const told = async (name: string): Promise<Record<string, number>> =>
  Object.fromEntries(await scramOf(wire.client, name))

describe('AlterUserScramCredentials (KIP-554)', () => {
  it('adds, changes and deletes', async () => {
    const user = uniqueName()
    const upsertions = [upsertion(user)]
    const answer = await wire.client.request(alterUserScram, 0, {
      deletions: [],
      upsertions,
    })
    expect(answer).toEqual({
      throttleTimeMs: 0,
      results: [{ user, errorCode: 0, errorMessage: null }],
    })
    await alter({ upsertions: [upsertion(user, { mechanism: sha512, iterations: 16_384 })] })
    expect(await told(user)).toEqual({ [sha256]: 4096, [sha512]: 16_384 })
    await alter({ upsertions: [upsertion(user, { iterations: 5000 })] })
    expect(await told(user)).toEqual({ [sha256]: 5000, [sha512]: 16_384 })
    for (const mechanism of [sha512, sha256]) {
      expect(await alter({ deletions: [{ name: user, mechanism }] })).toEqual({ [user]: 'NONE' })
      expect(await alter({ deletions: [{ name: user, mechanism }] })).toEqual({
        [user]: 'RESOURCE_NOT_FOUND',
      })
    }
    expect(await told(user)).toEqual({})
  })

  it.each<[string, Partial<ReturnType<typeof upsertion>>, string]>([
    ['too few iterations', { iterations: 4095 }, 'UNACCEPTABLE_CREDENTIAL'],
    ['iterations below 0', { iterations: -1 }, 'UNACCEPTABLE_CREDENTIAL'],
    ['too many iterations', { iterations: 16_385 }, 'UNACCEPTABLE_CREDENTIAL'],
    ['mechanism 0', { mechanism: 0 }, 'UNSUPPORTED_SASL_MECHANISM'],
    ['mechanism 3', { mechanism: 3 }, 'UNSUPPORTED_SASL_MECHANISM'],
    ['mechanism -1', { mechanism: -1 }, 'UNSUPPORTED_SASL_MECHANISM'],
    ['two faults', { mechanism: 9, iterations: 1 }, 'UNSUPPORTED_SASL_MECHANISM'],
    ['an empty password', { saltedPassword: Buffer.alloc(0) }, 'UNKNOWN_SERVER_ERROR'],
    ['an empty name', { name: '' }, 'UNACCEPTABLE_CREDENTIAL'],
    ['an empty name, and more', { name: '', mechanism: 9 }, 'UNACCEPTABLE_CREDENTIAL'],
  ])('refuses %s, and nobody else minds', async (_, fields, error) => {
    const [user, other] = [uniqueName(), uniqueName()]
    const refused = upsertion(user, fields)
    expect(await alter({ upsertions: [refused, upsertion(other)] })).toEqual({
      [refused.name]: error,
      [other]: 'NONE',
    })
    expect(await told(refused.name)).toEqual({})
    expect(await told(other)).toEqual({ [sha256]: 4096 })
  })

  it.each<[string, Partial<ReturnType<typeof upsertion>>]>([
    ['an empty salt', { salt: Buffer.alloc(0) }],
    ['a short password', { saltedPassword: Buffer.alloc(1) }],
    ['a name with line breaks', { name: `a\r\n${uniqueName()}\0` }],
  ])('takes %s', async (_, fields) => {
    const taken = upsertion(uniqueName(), fields)
    expect(await alter({ upsertions: [taken] })).toEqual({ [taken.name]: 'NONE' })
    expect(await told(taken.name)).toEqual({ [sha256]: 4096 })
  })

  it('refuses to delete what cannot be', async () => {
    const user = uniqueName()
    await alter({ upsertions: [upsertion(user)] })
    expect(await alter({ deletions: [{ name: '', mechanism: 9 }] })).toEqual({
      '': 'UNACCEPTABLE_CREDENTIAL',
    })
    expect(await alter({ deletions: [{ name: user, mechanism: 7 }] })).toEqual({
      [user]: 'UNSUPPORTED_SASL_MECHANISM',
    })
    expect(await alter({ deletions: [{ name: user, mechanism: sha512 }] })).toEqual({
      [user]: 'RESOURCE_NOT_FOUND',
    })
    expect(await told(user)).toEqual({ [sha256]: 4096 })
  })

  const name = uniqueName()
  const [first, second] = [sha256, sha512].map(mechanism => ({ name, mechanism }))
  it.each([
    ['set twice', { upsertions: [upsertion(name), upsertion(name, second)] }],
    ['set three times', { upsertions: [upsertion(name), upsertion(name), upsertion(name)] }],
    ['deleted twice', { deletions: [first!, second!] }],
    ['deleted and set', { deletions: [first!], upsertions: [upsertion(name, second)] }],
  ])('refuses a user that is %s in one request', async (_, request) => {
    for (const mechanism of [sha256, sha512]) {
      await alter({ upsertions: [upsertion(name, { mechanism, iterations: 9000 })] })
    }
    expect(await alter(request)).toEqual({ [name]: 'DUPLICATE_RESOURCE' })
    expect(await told(name)).toEqual({ [sha256]: 9000, [sha512]: 9000 })
  })

  it('tells of the first fault of a user that is named again', async () => {
    const [unknown, odd] = [uniqueName(), uniqueName()]
    const answer = await alter({
      deletions: [{ name: unknown, mechanism: sha256 }],
      upsertions: [upsertion(unknown), upsertion(odd, { iterations: 1 }), upsertion(odd)],
    })
    expect(answer).toEqual({ [unknown]: 'RESOURCE_NOT_FOUND', [odd]: 'UNACCEPTABLE_CREDENTIAL' })
    expect(await told(unknown)).toEqual({})
    expect(await told(odd)).toEqual({})
  })

  it('of nothing is nothing', async () => {
    expect(await alter({})).toEqual({})
  })

  it('refuses more than 10,000 changes', async () => {
    const many = Array.from({ length: 10_001 }, (_, i) => `many-${i}`)
    const answer = await alter({ upsertions: many.map(user => upsertion(user)) })
    expect(Object.keys(answer)).toHaveLength(10_001)
    expect(new Set(Object.values(answer))).toEqual(new Set(['UNKNOWN_SERVER_ERROR']))
    expect(await told(many[0]!)).toEqual({})
  })
})
