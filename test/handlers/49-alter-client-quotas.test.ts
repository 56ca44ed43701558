import { describe, expect, it } from 'vitest'
import { alterClientQuotas } from '../../protocol/apis/49-alter-client-quotas.ts'
import { alterQuotas, entityOf, entry, quotasOf } from './quotas.ts'
import { named, uniqueName, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

const alter = (...entries: Parameters<typeof entry>[]): Promise<string[]> =>
  alterQuotas(
    wire.client,
    entries.map(given => entry(...given)),
  )
const told = (...names: (string | null)[]): Promise<Record<string, number>> =>
  quotasOf(wire.client, entityOf(names))

describe('AlterClientQuotas (KIP-546)', () => {
  it.each(versionsOf(alterClientQuotas))('v%i sets, changes and removes', async version => {
    const user = uniqueName()
    const entity = [{ entityType: 'user', entityName: user }]
    const options = { version }
    const first = entry(['user', user], ['producer_byte_rate', 1], ['request_percentage', 0.5])
    expect(
      await wire.client.request(alterClientQuotas, version, {
        entries: [first],
        validateOnly: false,
      }),
    ).toEqual({
      throttleTimeMs: 0,
      entries: [{ errorCode: 0, errorMessage: null, entity }],
    })
    const second = entry(['user', user], ['producer_byte_rate', 2], ['request_percentage', null])
    expect(await alterQuotas(wire.client, [second], options)).toEqual(['NONE'])
    expect(await told('user', user)).toEqual({ producer_byte_rate: 2 })
    const last = entry(['user', user], ['producer_byte_rate', null])
    expect(await alterQuotas(wire.client, [last], options)).toEqual(['NONE'])
    expect(await told('user', user)).toEqual({})
  })

  it.each<[string, (string | null)[], string, number]>([
    ['users', ['user', uniqueName()], 'consumer_byte_rate', 1],
    ['clients', ['client-id', uniqueName()], 'request_percentage', 200],
    ['clients of a user', ['user', uniqueName(), 'client-id', 'c'], 'controller_mutation_rate', 1],
    ['any client of a user', ['user', uniqueName(), 'client-id', null], 'producer_byte_rate', 7],
    ['a client of any user', ['user', null, 'client-id', uniqueName()], 'producer_byte_rate', 8],
    ['addresses', ['ip', '192.0.2.1'], 'connection_creation_rate', 1000],
    ['IPv6 addresses', ['ip', '2001:db8::1'], 'connection_creation_rate', 1000],
    ['IPv6 addresses in brackets', ['ip', '[2001:db8::2]'], 'connection_creation_rate', 1000],
    ['known hosts', ['ip', 'localhost'], 'connection_creation_rate', 1000],
    ['any other address', ['ip', null], 'connection_creation_rate', 1000],
    ['a user of Kafka’s old name for the default', ['user', '<default>'], 'producer_byte_rate', 1],
    ['a user with line breaks', ['user', `a\n${uniqueName()}\0`], 'producer_byte_rate', 1],
  ])('%s have quotas', async (_, entity, key, value) => {
    expect(await alter([entity, [key, value]])).toEqual(['NONE'])
    expect(await told(...entity)).toEqual({ [key]: value })
    expect(await alter([entity, [key, null]])).toEqual(['NONE'])
    expect(await told(...entity)).toEqual({})
  })

  it.each<[string, (string | null)[], string?]>([
    ['no entity', []],
    ['an unknown type', ['group', 'x']],
    ['a type without a name', ['', 'x']],
    ['an empty user', ['user', '']],
    ['an empty client', ['client-id', '']],
    ['an empty address', ['ip', '']],
    ['a user at an address', ['user', 'x', 'ip', '192.0.2.1']],
    ['an address of a client', ['ip', '192.0.2.1', 'client-id', 'x'], 'connection_creation_rate'],
    ['what is no address', ['ip', '256.0.2.1'], 'connection_creation_rate'],
    ['what is no IPv6 address', ['ip', ':::1'], 'connection_creation_rate'],
    ['an IPv4 address in brackets', ['ip', '[192.0.2.1]'], 'connection_creation_rate'],
  ])('refuses %s', async (_, entity, key = 'producer_byte_rate') => {
    const entries = [entry(entity, [key, 1])]
    for (const version of versionsOf(alterClientQuotas)) {
      const { entries: answers } = await wire.client.request(alterClientQuotas, version, {
        entries,
        validateOnly: false,
      })
      expect(answers.map(named)).toEqual([
        {
          error: 'INVALID_REQUEST',
          errorMessage: expect.any(String),
          entity: expect.arrayContaining([...entityOf(entity)]),
        },
      ])
    }
  })

  it.each<[string, number[], string]>([
    ['producer_byte_rate', [1, 2 ** 31, 1e18, 2 ** 63, 1e-7, 1.0000001], 'NONE'],
    ['producer_byte_rate', [0, -1, 0.5, 1.00001, 9.3e18, Infinity, -Infinity], 'INVALID_REQUEST'],
    ['consumer_byte_rate', [1, NaN], 'NONE'],
    ['consumer_byte_rate', [0, 1.5, -0.5, 1e300], 'INVALID_REQUEST'],
    ['request_percentage', [0.01, 100, 2 ** 31, 1e300, NaN, Infinity], 'NONE'],
    ['request_percentage', [0, -1, -Infinity], 'INVALID_REQUEST'],
    ['controller_mutation_rate', [1.5, 1e300], 'NONE'],
    ['controller_mutation_rate', [0, -0.1], 'INVALID_REQUEST'],
    ['connection_creation_rate', [1], 'INVALID_REQUEST'],
    ['toString', [1], 'INVALID_REQUEST'],
    ['unknown', [1, -1], 'INVALID_REQUEST'],
    ['', [1], 'INVALID_REQUEST'],
  ])('of a user: %s = %j: %s', async (key, values, error) => {
    const user = uniqueName()
    for (const value of values) {
      expect(
        await alter([
          ['user', user],
          [key, value],
        ]),
      ).toEqual([error])
      expect(await told('user', user)).toEqual(error === 'NONE' ? { [key]: value } : {})
    }
  })

  it.each<[string, number[], string]>([
    ['connection_creation_rate', [1, 2 ** 31 - 1, NaN], 'NONE'],
    ['connection_creation_rate', [0, -1, 1.5, 2 ** 31, Infinity], 'INVALID_REQUEST'],
    ['producer_byte_rate', [1], 'INVALID_REQUEST'],
  ])('of an address: %s = %j: %s', async (key, values, error) => {
    for (const value of values) {
      expect(
        await alter([
          ['ip', '192.0.2.44'],
          [key, value],
        ]),
      ).toEqual([error])
    }
  })

  it('removing what is not there, or what nobody knows, changes nothing', async () => {
    const user = uniqueName()
    expect(
      await alter([
        ['user', user],
        ['unknown', null],
      ]),
    ).toEqual(['NONE'])
    expect(
      await alter([
        ['user', user],
        ['consumer_byte_rate', null],
      ]),
    ).toEqual(['NONE'])
    expect(await alter([['user', user]])).toEqual(['NONE'])
    expect(await told('user', user)).toEqual({})
  })

  it('the quotas of an entity change all or not at all; other entities do not mind', async () => {
    const [good, bad] = [uniqueName(), uniqueName()]
    const answers = await alter(
      [
        ['user', bad],
        ['producer_byte_rate', 1],
        ['unknown', 1],
      ],
      [
        ['user', good],
        ['producer_byte_rate', 1],
      ],
    )
    expect(answers.toSorted()).toEqual(['INVALID_REQUEST', 'NONE'])
    expect(await told('user', good)).toEqual({ producer_byte_rate: 1 })
    expect(await told('user', bad)).toEqual({})
  })

  it('validateOnly changes nothing', async () => {
    const user = uniqueName()
    const entries = [
      entry(['user', user], ['producer_byte_rate', 1]),
      entry(['user', uniqueName()], ['producer_byte_rate', 0]),
    ]
    const answers = await alterQuotas(wire.client, entries, { validateOnly: true })
    expect(answers.toSorted()).toEqual(['INVALID_REQUEST', 'NONE'])
    expect(await told('user', user)).toEqual({})
  })

  it('refuses a quota that is named twice', async () => {
    const user = uniqueName()
    for (const again of [2, null]) {
      expect(
        await alter([
          ['user', user],
          ['producer_byte_rate', 1],
          ['producer_byte_rate', again],
        ]),
      ).toEqual(['INVALID_REQUEST'])
    }
    expect(await told('user', user)).toEqual({})
  })

  it('an entity that is named twice is refused, and keeps what came first', async () => {
    const user = uniqueName()
    const answers = await alter(
      [
        ['user', user, 'client-id', 'c'],
        ['producer_byte_rate', 1],
      ],
      [
        ['client-id', 'c', 'user', user],
        ['producer_byte_rate', 2],
      ],
    )
    expect(answers).toEqual(['INVALID_REQUEST'])
    await expect.poll(() => told('user', user, 'client-id', 'c')).toEqual({ producer_byte_rate: 1 })
  })

  it('of a type that is named twice the last name counts', async () => {
    const [first, last] = [uniqueName(), uniqueName()]
    expect(
      await alter([
        ['user', first, 'user', last],
        ['producer_byte_rate', 1],
      ]),
    ).toEqual(['NONE'])
    await expect.poll(() => told('user', last)).toEqual({ producer_byte_rate: 1 })
    expect(await told('user', first)).toEqual({})
  })

  it('of nothing is nothing', async () => {
    expect(await alter()).toEqual([])
  })

  it('refuses more than 10,000 changes (Kafka: MAX_RECORDS_PER_USER_OP)', async () => {
    const users = Array.from({ length: 10_001 }, (_, i) => {
      return entry(['user', `many-${i}`], ['producer_byte_rate', 1])
    })
    const validateOnly = true
    const ofAll = await alterQuotas(wire.client, users, { validateOnly })
    expect(ofAll).toHaveLength(10_001)
    expect(new Set(ofAll)).toEqual(new Set(['POLICY_VIOLATION']))
    const ofMost = await alterQuotas(wire.client, users.slice(1), { validateOnly })
    expect(new Set(ofMost)).toEqual(new Set(['NONE']))
  })
})
