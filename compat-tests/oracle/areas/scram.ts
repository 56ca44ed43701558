import { describeUserScram } from '../../../protocol/apis/50-describe-user-scram-credentials.ts'
import { alterUserScram } from '../../../protocol/apis/51-alter-user-scram-credentials.ts'
import type { Input } from '../../../protocol/schema.ts'
import { scenarios } from '../scenario.ts'
import type { Session } from '../session.ts'

type AlterRequest = Input<typeof alterUserScram.request>
type Upsertion = AlterRequest['upsertions'][number]
type DescribeRequest = Input<typeof describeUserScram.request>

const [sha256, sha512] = [1, 2]

function upsertion(name: string, fields: Partial<Upsertion> = {}): Upsertion {
  const salt = Buffer.from('a salt')
  const saltedPassword = Buffer.alloc(32, 7)
  return { name, mechanism: sha256, iterations: 4096, salt, saltedPassword, ...fields }
}

function upsert(...upsertions: readonly Upsertion[]): AlterRequest {
  return { deletions: [], upsertions }
}

function erase(...deletions: AlterRequest['deletions']): AlterRequest {
  return { deletions, upsertions: [] }
}

function one(fields: Partial<Upsertion>) {
  return (s: Session<AlterRequest>): AlterRequest => upsert(upsertion(s.name(), fields))
}

function users(...names: readonly string[]): DescribeRequest {
  return { users: names.map(name => ({ name })) }
}

/** Sets credentials, and waits until they are known. */
async function known<RequestIn, Response>(
  s: Session<RequestIn, Response>,
  name: string,
  fields: Partial<Upsertion> = {},
): Promise<void> {
  const wanted = upsertion(name, fields)
  await s.get(alterUserScram, upsert(wanted))
  await s.until(async () => {
    const { results } = await s.get(describeUserScram, users(name))
    return results[0]!.credentialInfos.some(({ mechanism, iterations }) => {
      return mechanism === wanted.mechanism && iterations === wanted.iterations
    })
  })
}

/** Waits until a user has that many credentials, and compares them. */
async function see(s: Session<AlterRequest>, name: string, count: number): Promise<void> {
  await s.until(async () => {
    const { results } = await s.get(describeUserScram, users(name))
    return results[0]!.credentialInfos.length === count
  })
  await s.also(describeUserScram, users(name))
}

const alterScenarios = [
  ...scenarios(alterUserScram, {
    nothing: () => upsert(),
    'SHA-256, and what is told of it': async s => {
      await s.ask(upsert(upsertion(s.name())))
      await see(s, s.name(), 1)
    },
    'SHA-512 with the most iterations': async s => {
      await s.ask(upsert(upsertion(s.name(), { mechanism: sha512, iterations: 16_384 })))
      await see(s, s.name(), 1)
    },
    'two users': s => upsert(upsertion(s.name('a')), upsertion(s.name('b'))),
    'a good one and a bad one': s => {
      return upsert(upsertion(s.name('a')), upsertion(s.name('b'), { iterations: 1 }))
    },
    'again, with more iterations': async s => {
      await known(s, s.name())
      await s.ask(upsert(upsertion(s.name(), { iterations: 8192 })))
    },
    '4095 iterations': one({ iterations: 4095 }),
    '16385 iterations': one({ iterations: 16_385 }),
    'iterations below 0': one({ iterations: -1 }),
    'mechanism 0': one({ mechanism: 0 }),
    'mechanism 3': one({ mechanism: 3 }),
    'mechanism -1': one({ mechanism: -1 }),
    'mechanism 9 and 1 iteration': one({ mechanism: 9, iterations: 1 }),
    'no salt': one({ salt: Buffer.alloc(0) }),
    'no password': one({ saltedPassword: Buffer.alloc(0) }),
    'a password of one byte': one({ saltedPassword: Buffer.alloc(1) }),
    'no name': one({ name: '' }),
    'no name, and mechanism 9': one({ name: '', mechanism: 9 }),
    'a name with line breaks': s => upsert(upsertion(`${s.name()}\r\n\0`)),
    'the name __proto__': one({ name: '__proto__' }),
  }),
  ...scenarios(alterUserScram, {
    'delete one of two': async s => {
      await known(s, s.name())
      await known(s, s.name(), { mechanism: sha512 })
      await s.ask(erase({ name: s.name(), mechanism: sha256 }))
      await see(s, s.name(), 1)
    },
    'delete twice, one after the other': async s => {
      await known(s, s.name())
      await s.ask(erase({ name: s.name(), mechanism: sha256 }))
      await s.ask(erase({ name: s.name(), mechanism: sha256 }))
    },
    'delete what is not there': s => erase({ name: s.name(), mechanism: sha256 }),
    'delete the other mechanism': async s => {
      await known(s, s.name())
      await s.ask(erase({ name: s.name(), mechanism: sha512 }))
    },
    'delete mechanism 7': s => erase({ name: s.name(), mechanism: 7 }),
    'delete without a name': () => erase({ name: '', mechanism: 7 }),
    'set both of a user': s => {
      return upsert(upsertion(s.name()), upsertion(s.name(), { mechanism: sha512 }))
    },
    'set one three times': s => {
      return upsert(upsertion(s.name()), upsertion(s.name()), upsertion(s.name()))
    },
    'delete both of a user': async s => {
      await known(s, s.name())
      await known(s, s.name(), { mechanism: sha512 })
      const name = s.name()
      await s.ask(erase({ name, mechanism: sha256 }, { name, mechanism: sha512 }))
      await see(s, s.name(), 2)
    },
    'delete one and set the other': async s => {
      await known(s, s.name())
      const name = s.name()
      await s.ask({
        deletions: [{ name, mechanism: sha256 }],
        upsertions: [upsertion(name, { mechanism: sha512 })],
      })
      await see(s, s.name(), 1)
    },
    'delete what is not there, and set it': s => ({
      deletions: [{ name: s.name(), mechanism: sha256 }],
      upsertions: [upsertion(s.name())],
    }),
    'a bad one, and a good one of the same user': s => {
      return upsert(upsertion(s.name(), { iterations: 1 }), upsertion(s.name()))
    },
  }),
]

const describeScenarios = [
  ...scenarios(describeUserScram, {
    'a user with both': async s => {
      await known(s, s.name())
      await known(s, s.name(), { mechanism: sha512, iterations: 5000 })
      await s.ask(users(s.name()))
    },
    'users, known and unknown': async s => {
      await known(s, s.name('a'))
      await s.ask(users(s.name('a'), s.name('b')))
    },
    'a user twice': async s => {
      await known(s, s.name('a'))
      await s.ask(users(s.name('a'), s.name('b'), s.name('a')))
    },
    'an unknown user three times': s => users(s.name(), s.name(), s.name()),
    'a user without a name': () => users(''),
    'the user constructor': () => users('constructor'),
  }),
  ...scenarios(
    describeUserScram,
    { 'all users': () => ({ users: null }), 'all users, by naming none': () => users() },
    { alone: true },
  ),
]

export const scramScenarios = [...alterScenarios, ...describeScenarios]
