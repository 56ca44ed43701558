import { describeClientQuotas } from '../../../protocol/apis/48-describe-client-quotas.ts'
import { alterClientQuotas } from '../../../protocol/apis/49-alter-client-quotas.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { scenarios } from '../scenario.ts'
import type { Session } from '../session.ts'

type AlterRequest = Input<typeof alterClientQuotas.request>
type Entry = AlterRequest['entries'][number]
type Filter = Input<typeof describeClientQuotas.request>
type Component = Filter['components'][number]
type Alter = Session<AlterRequest, Infer<typeof alterClientQuotas.response>>
type Describe = Session<Filter>
type Name = string | null
type Quota = readonly [key: string, value: number | null]

const producing: Quota = ['producer_byte_rate', 1024]
const connecting: Quota = ['connection_creation_rate', 1000]

/** Sets quotas of an entity, told as type and name in turns; null removes one. */
function entry(entity: readonly Name[], ...quotas: readonly Quota[]): Entry {
  return {
    entity: Array.from({ length: entity.length / 2 }, (_, i) => {
      return { entityType: entity[2 * i]!, entityName: entity[2 * i + 1]! }
    }),
    ops: quotas.map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
  }
}

function alter(...entries: readonly Entry[]): AlterRequest {
  return { entries, validateOnly: false }
}

/** The quotas of a user of the case. */
function ofUser(...quotas: readonly Quota[]) {
  return (s: Alter): AlterRequest => alter(entry(['user', s.name()], ...quotas))
}

const ofAddress =
  (address: string, ...quotas: readonly Quota[]) =>
  (): AlterRequest =>
    alter(entry(['ip', address], ...(quotas.length > 0 ? quotas : [connecting])))

const exact = (entityType: string, match: Name): Component => ({ entityType, matchType: 0, match })
const byDefault = (entityType: string): Component => ({ entityType, matchType: 1, match: null })
const any = (entityType: string): Component => ({ entityType, matchType: 2, match: null })

function filter(...components: readonly Component[]): Filter {
  return { components, strict: false }
}

/** Waits until quotas are known, or (count 0) not any more, and compares what they are. */
async function see<RequestIn, Response>(
  s: Session<RequestIn, Response>,
  asked: Filter,
  count: number,
): Promise<void> {
  await s.until(async () => (await s.get(describeClientQuotas, asked)).entries?.length === count)
  await s.also(describeClientQuotas, asked)
}

/** Sets quotas, and sees them. */
function thenSee(...quotas: readonly Quota[]) {
  return async (s: Alter): Promise<void> => {
    await s.ask(ofUser(...quotas)(s))
    await see(s, filter(exact('user', s.name())), 1)
  }
}

/** Two users and a client, in all combinations. */
async function population(s: Describe): Promise<{ user: string; client: string }> {
  const [user, other, client] = [s.name('user'), s.name('other'), s.name('client')]
  const entries = [
    entry(['user', user], producing, ['request_percentage', 12.5]),
    entry(['user', user, 'client-id', client], ['consumer_byte_rate', 2]),
    entry(['user', user, 'client-id', null], ['consumer_byte_rate', 3]),
    entry(['client-id', client], ['controller_mutation_rate', 4]),
    entry(['user', other], producing),
  ]
  await s.get(alterClientQuotas, alter(...entries))
  await s.until(async () => {
    const { entries } = await s.get(describeClientQuotas, filter(exact('user', other)))
    return entries?.length === 1
  })
  return { user, client }
}

function ofPopulation(
  components: (names: { user: string; client: string }) => readonly Component[],
  strict = false,
) {
  return async (s: Describe): Promise<void> => {
    await s.ask({ components: components(await population(s)), strict })
  }
}

const alterScenarios = [
  ...scenarios(alterClientQuotas, {
    nothing: () => alter(),
    'of a user, and what is told of them': thenSee(producing, ['request_percentage', 0.5]),
    'values that are no whole numbers': thenSee(
      ['request_percentage', 0.1],
      ['controller_mutation_rate', 1e300],
    ),
    'NaN and Infinity': thenSee(['request_percentage', Infinity], ['producer_byte_rate', NaN]),
    'almost whole numbers': thenSee(
      ['producer_byte_rate', 1.0000001],
      ['consumer_byte_rate', 1e-7],
    ),
    'the largest whole number': thenSee(['producer_byte_rate', 2 ** 63]),
    'no quotas': ofUser(),
    'a fraction of a byte': ofUser(['producer_byte_rate', 1.5]),
    zero: ofUser(['producer_byte_rate', 0]),
    'below zero': ofUser(['request_percentage', -1]),
    'too large': ofUser(['consumer_byte_rate', 1e19]),
    '-Infinity': ofUser(['controller_mutation_rate', -Infinity]),
    'an unknown quota': ofUser(['oracle_rate', 1]),
    'a quota without a name': ofUser(['', 1]),
    'the quota __proto__': ofUser(['__proto__', 1]),
    'the quota of addresses for a user': ofUser(connecting),
    'a quota twice': ofUser(producing, ['producer_byte_rate', 2]),
    'a quota set and removed': ofUser(producing, ['producer_byte_rate', null]),
    'removing what is not there': ofUser(['producer_byte_rate', null]),
    'removing what nobody knows': ofUser(['oracle_rate', null]),
    'a good quota and a bad one': async s => {
      await s.ask(ofUser(producing, ['oracle_rate', 1])(s))
      await see(s, filter(exact('user', s.name())), 0)
    },
    'change and remove': async s => {
      await s.ask(ofUser(producing, ['consumer_byte_rate', 5])(s))
      await s.ask(ofUser(['producer_byte_rate', 2048], ['consumer_byte_rate', null])(s))
      await s.until(async () => {
        const { entries } = await s.get(describeClientQuotas, filter(exact('user', s.name())))
        return entries?.[0]?.values.length === 1
      })
      await see(s, filter(exact('user', s.name())), 1)
      await s.ask(ofUser(['producer_byte_rate', null])(s))
      await see(s, filter(exact('user', s.name())), 0)
    },
  }),
  ...scenarios(alterClientQuotas, {
    'no entity': () => alter(entry([], producing)),
    'an unknown type': () => alter(entry(['group', 'x'], producing)),
    'an empty type': () => alter(entry(['', 'x'], producing)),
    'the type __proto__': () => alter(entry(['__proto__', 'x'], producing)),
    'an empty user': () => alter(entry(['user', ''], producing)),
    'an empty client': () => alter(entry(['client-id', ''], producing)),
    'an unknown type with an empty name': () => alter(entry(['group', ''], producing)),
    'a client': s => alter(entry(['client-id', s.name()], producing)),
    'a client of a user': s => alter(entry(['client-id', s.name(), 'user', s.name()], producing)),
    'any client of a user': s => alter(entry(['user', s.name(), 'client-id', null], producing)),
    'a user with line breaks': s => alter(entry(['user', `${s.name()}\r\n\0`], producing)),
    'a user with spaces': s => alter(entry(['user', ` ${s.name()} `], producing)),
    'a user at an address': s => alter(entry(['user', s.name(), 'ip', '192.0.2.1'], producing)),
    'a client at an address': s => {
      return alter(entry(['client-id', s.name(), 'ip', '192.0.2.1'], connecting))
    },
    'a type twice': async s => {
      await s.ask(alter(entry(['user', s.name('a'), 'user', s.name('b')], producing)))
      await see(s, filter(exact('user', s.name('b'))), 1)
      await see(s, filter(exact('user', s.name('a'))), 0)
    },
    'an entity twice': async s => {
      const again = ofUser(['consumer_byte_rate', 7])(s).entries
      await s.ask(alter(...ofUser(producing)(s).entries, ...again))
      await see(s, filter(exact('user', s.name())), 1)
    },
    'an entity twice, the other way round': s => {
      const [user, client] = [s.name('u'), s.name('c')]
      const first = entry(['user', user, 'client-id', client], producing)
      return alter(first, entry(['client-id', client, 'user', user], producing))
    },
    'a good entity and a bad one': s => {
      return alter(entry(['user', s.name()], producing), entry(['user', ''], producing))
    },
    'only validated': async s => {
      await s.ask({ ...ofUser(producing)(s), validateOnly: true })
      await see(s, filter(exact('user', s.name())), 0)
    },
    'only validated, and bad': s => ({ ...ofUser(['oracle_rate', 1])(s), validateOnly: true }),
  }),
  ...scenarios(alterClientQuotas, {
    'of an address': ofAddress('192.0.2.2'),
    'of an address, a fraction': ofAddress('192.0.2.2', ['connection_creation_rate', 1.5]),
    'of an address, too many': ofAddress('192.0.2.2', ['connection_creation_rate', 2 ** 31]),
    'of an address, zero': ofAddress('192.0.2.2', ['connection_creation_rate', 0]),
    'the quota of users for an address': ofAddress('192.0.2.2', producing),
    'of an IPv6 address': ofAddress('2001:db8::7'),
    'of an IPv6 address in brackets': ofAddress('[2001:db8::8]'),
    'of a host': ofAddress('localhost'),
    'of an address of three parts': ofAddress('192.0.2'),
    'of an address beyond 255': ofAddress('192.0.2.256'),
    'of what is no IPv6 address': ofAddress(':::1'),
    'of an IPv4 address in brackets': ofAddress('[192.0.2.3]'),
    'of an address that is empty': ofAddress(''),
  }),
]

const describeScenarios = [
  ...scenarios(describeClientQuotas, {
    'a user, with all that is more': ofPopulation(({ user }) => [exact('user', user)]),
    'a user alone': ofPopulation(({ user }) => [exact('user', user)], true),
    'a user and a client': ofPopulation(
      ({ user, client }) => [exact('user', user), exact('client-id', client)],
      true,
    ),
    'a user and the default client': ofPopulation(({ user }) => {
      return [exact('user', user), byDefault('client-id')]
    }),
    'a user and any client': ofPopulation(({ user }) => [exact('user', user), any('client-id')]),
    'any user and a client': ofPopulation(({ client }) => [
      any('user'),
      exact('client-id', client),
    ]),
    'a client alone': ofPopulation(({ client }) => [exact('client-id', client)], true),
    'a name that nobody has': s => filter(exact('user', s.name())),
    'an empty name': () => filter(exact('user', '')),
    'nothing, strictly': () => ({ ...filter(), strict: true }),
    'an unknown type': () => filter(exact('group', 'x')),
    'an unknown type, and a match that is wrong': () => {
      return filter({ entityType: 'group', matchType: 9, match: null })
    },
    'an empty type': () => filter(any('')),
    'an unknown match': () => filter({ entityType: 'user', matchType: 3, match: null }),
    'a match below 0': () => filter({ entityType: 'user', matchType: -1, match: 'x' }),
    'exactly nothing': () => filter(exact('user', null)),
    'the default, with a name': () => filter({ ...byDefault('user'), match: 'x' }),
    'any, with a name': () => filter({ ...any('user'), match: 'x' }),
    'a type twice': () => filter(exact('user', 'x'), any('user')),
    'users at an address': () => filter(any('user'), exact('ip', '192.0.2.1')),
    'clients at any address': () => filter(any('ip'), any('client-id')),
    'a wrong match before a wrong combination': () => {
      return filter({ entityType: 'user', matchType: 9, match: 'x' }, any('ip'))
    },
  }),
]

export const quotasScenarios = [...alterScenarios, ...describeScenarios]
