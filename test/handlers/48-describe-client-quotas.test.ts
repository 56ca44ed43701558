import { beforeAll, describe, expect, it } from 'vitest'
import { describeClientQuotas } from '../../protocol/apis/48-describe-client-quotas.ts'
import type { Input } from '../../protocol/schema.ts'
import { alterQuotas, entry, matching } from './quotas.ts'
import { latest, named, uniqueName, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const { exact, any } = matching
const [user, other] = [uniqueName(), uniqueName()]
const client = uniqueName()

type Component = Input<typeof describeClientQuotas.request>['components'][number]

beforeAll(async () => {
  await alterQuotas(wire.client, [
    entry(['user', user], ['producer_byte_rate', 1024]),
    entry(['user', user, 'client-id', client], ['request_percentage', 12.5]),
    entry(['user', user, 'client-id', null], ['consumer_byte_rate', 2]),
    entry(['client-id', client], ['consumer_byte_rate', 3]),
    entry(['user', other], ['producer_byte_rate', 4]),
    entry(['ip', '192.0.2.7'], ['connection_creation_rate', 5]),
  ])
})

function ask(components: readonly Component[], strict = false, version?: number) {
  const request = { components, strict }
  return wire.client.request(describeClientQuotas, version ?? latest(describeClientQuotas), request)
}

/** The entities of this file's names, as 'user=… client-id=…'. */
async function entities(components: readonly Component[], strict = false): Promise<string[]> {
  const { entries } = await ask(components, strict)
  const ours = new Map([
    [user, 'USER'],
    [other, 'OTHER'],
    [client, 'CLIENT'],
    ['192.0.2.7', 'IP'],
  ])
  return entries!
    .map(({ entity }) => entity.toSorted((a, b) => (a.entityType < b.entityType ? -1 : 1)))
    .filter(entity => entity.some(({ entityName }) => ours.has(entityName ?? '')))
    .map(entity =>
      entity.map(({ entityType, entityName }) => {
        return `${entityType}=${entityName === null ? 'default' : ours.get(entityName)}`
      }),
    )
    .map(parts => parts.join(' '))
    .toSorted()
}

describe('DescribeClientQuotas (KIP-546)', () => {
  it.each(versionsOf(describeClientQuotas))('v%i', async version => {
    expect(await ask([exact('user', user)], true, version)).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      errorMessage: '',
      entries: [
        {
          entity: [{ entityType: 'user', entityName: user }],
          values: [{ key: 'producer_byte_rate', value: 1024 }],
        },
      ],
    })
  })

  it.each<[string, Component[], boolean, string[]]>([
    [
      'a user, with all further types',
      [exact('user', user)],
      false,
      ['client-id=CLIENT user=USER', 'client-id=default user=USER', 'user=USER'],
    ],
    ['a user alone', [exact('user', user)], true, ['user=USER']],
    [
      'a user and a client',
      [exact('client-id', client), exact('user', user)],
      true,
      ['client-id=CLIENT user=USER'],
    ],
    [
      'a user and the default client',
      [exact('user', user), matching.default('client-id')],
      true,
      ['client-id=default user=USER'],
    ],
    [
      'a user and any client',
      [exact('user', user), any('client-id')],
      false,
      ['client-id=CLIENT user=USER', 'client-id=default user=USER'],
    ],
    [
      'a client, with all further types',
      [exact('client-id', client)],
      false,
      ['client-id=CLIENT', 'client-id=CLIENT user=USER'],
    ],
    ['any user alone', [any('user')], true, ['user=OTHER', 'user=USER']],
    ['any address', [any('ip')], true, ['ip=IP']],
    ['the default user', [matching.default('user')], false, []],
    ['a name that nobody has', [exact('user', '')], false, []],
    [
      'everything',
      [],
      false,
      [
        'client-id=CLIENT',
        'client-id=CLIENT user=USER',
        'client-id=default user=USER',
        'ip=IP',
        'user=OTHER',
        'user=USER',
      ],
    ],
    ['nothing, strictly', [], true, []],
  ])('%s', async (_, components, strict, expected) => {
    expect(await entities(components, strict)).toEqual(expected)
  })

  it.each<[string, Component[], string]>([
    ['an empty type', [exact('', 'x')], 'INVALID_REQUEST'],
    ['an unknown type', [exact('group', 'x')], 'UNSUPPORTED_VERSION'],
    ['an unknown type before an unknown match', [odd('group', 9)], 'UNSUPPORTED_VERSION'],
    ['an unknown match', [odd('user', 3, 'x')], 'INVALID_REQUEST'],
    ['a match below all', [odd('user', -1)], 'INVALID_REQUEST'],
    ['an exact match of nothing', [exact('user', null)], 'INVALID_REQUEST'],
    ['a default with a name', [odd('user', 1, 'x')], 'INVALID_REQUEST'],
    ['any with a name', [odd('user', 2, 'x')], 'INVALID_REQUEST'],
    ['a type twice', [exact('user', 'x'), any('user')], 'INVALID_REQUEST'],
    ['a user at an address', [exact('user', 'x'), any('ip')], 'INVALID_REQUEST'],
    ['an address of a client', [any('ip'), any('client-id')], 'INVALID_REQUEST'],
  ])('refuses %s', async (_, components, error) => {
    for (const version of versionsOf(describeClientQuotas)) {
      expect(named(await ask(components, false, version))).toEqual({
        throttleTimeMs: 0,
        error,
        errorMessage: expect.stringMatching(/./),
        entries: null,
      })
    }
  })
})

function odd(entityType: string, matchType: number, match: string | null = null): Component {
  return { entityType, matchType, match }
}
