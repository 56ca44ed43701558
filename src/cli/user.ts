/**
 * `odradek user`: who may authenticate by SCRAM. Without a broker to ask it works on the data
 * directory of one that is stopped, for somebody must be able to be the first one to connect.
 */
import { Option } from 'commander'
import { pbkdf2 } from 'node:crypto'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { openDataDirectory, openMetadata } from '../../storage/data-directory.ts'
import { nodeFs } from '../../storage/file/fs.ts'
import type { MetadataStore, ScramCredentialRow } from '../../storage/metadata-store.ts'
import { kafkaSalt } from '../auth/sasl/scram-accounts.ts'
import { ScramCredentials } from '../auth/scram-credentials.ts'
import {
  maxIterations,
  minIterations,
  scramMechanisms,
  type ScramMechanism,
} from '../auth/scram-mechanisms.ts'
import { systemClock } from '../clock.ts'
import { systemRandom } from '../random.ts'
import { version } from '../version.ts'
import { declare, grouped } from './command.ts'
import { alterUsers, readUsers, type Credential, type Upsertion } from './broker-users.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'
import { integer, listOf, object, string, type Described } from './json-schema.ts'
import { passwordVariable, readPassword } from './password.ts'
import { printable } from './printable.ts'

const defaultIterations = 8192

interface Where extends ConnectionFlags {
  dataDir: string
}

const mechanismNames = scramMechanisms.map(({ name }) => name).join(', ')

const whereOptions = [
  new Option(
    '--data-dir <directory>',
    'The data of a broker that is stopped; or name one that runs by -b.',
  ).default('./odradek-data'),
  ...connectionOptions,
]

/** Only who is named on the command line is asked: a variable may be there for other commands. */
function isOfBroker({ bootstrapServers, commandConfig, property }: Where): boolean {
  return [bootstrapServers, commandConfig, property].some(given => given !== undefined)
}

const credential = object({ user: string, mechanism: string, iterations: integer })
const credentialList = object({ users: listOf(credential) })
type CredentialList = Described<typeof credentialList>

interface AddOptions extends Where {
  mechanism?: string[]
  iterations: string
}

const addCommand = declare<CredentialList, AddOptions>({
  name: 'add',
  summary: `Add a user, or change the password, which is read from stdin or ${passwordVariable}.`,
  arguments: [['<name>', 'who may authenticate by SCRAM']],
  options: [
    ...whereOptions,
    new Option(
      '--mechanism <name>',
      `One of ${mechanismNames}; may be repeated. All, if none is named.`,
    ).argParser(append),
    new Option('--iterations <number>', 'How much work a guess is.').default(
      String(defaultIterations),
    ),
  ],
  examples: [['user add alice', 'asks for a password']],
  output: credentialList,
  run: ({ args: [name], options }) => add(name!, options),
  said: ({ users }) => users.map(each => `added ${each.user}: ${each.mechanism}`).join('\n'),
})

async function add(name: string, options: AddOptions): Promise<CredentialList> {
  const mechanisms = mechanismsOf(options.mechanism)
  const iterations = iterationsOf(options.iterations)
  if (!/^[\x01-\x7f]+$/.test(name)) {
    throw new Failure(`${printable(name)}: names of users of SCRAM are ASCII, as in Kafka`, 2)
  }
  const password = await readPassword(printable(name))
  const upsertions = await Promise.all(
    mechanisms.map(async ({ number, hash, keyBytes }) => {
      const salt = kafkaSalt(systemRandom.bytes(32))
      const saltedPassword = await promisify(pbkdf2)(password, salt, iterations, keyBytes, hash)
      return { name, mechanism: number, iterations, salt, saltedPassword }
    }),
  )
  if (isOfBroker(options)) {
    await withClient(options, client => alterUsers(client, [], upsertions))
  } else await addOffline(options, upsertions)
  return { users: mechanisms.map(each => ({ user: name, mechanism: each.name, iterations })) }
}

async function addOffline({ dataDir }: Where, upsertions: readonly Upsertion[]): Promise<void> {
  const { metadata, logs } = await openDataDirectory({
    fs: nodeFs,
    path: resolve(dataDir),
    durability: 'disk',
    version,
    now: () => systemClock.now(),
    log: () => undefined,
    onFailure: () => undefined,
  })
  try {
    const credentials = await load(metadata)
    for (const upsertion of upsertions) await credentials.alter([], [upsertion])
  } finally {
    await logs.close()
    await metadata.close()
  }
}

const listCommand = declare<CredentialList, Where>({
  name: 'list',
  summary: 'Print users, their mechanisms and iterations.',
  options: [...whereOptions],
  examples: [
    ['user', 'those in ./odradek-data'],
    ['user list -b localhost:9092', 'those of a broker that runs'],
  ],
  output: credentialList,
  run: async ({ options }) => {
    const users = isOfBroker(options)
      ? await withClient(options, readUsers)
      : await withCredentials(options, list)
    return { users: users.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) }
  },
  text: ({ users }, { table }) =>
    table(
      ['USER', 'MECHANISM', 'ITERATIONS'],
      users.map(({ user, mechanism, iterations }) => [user, mechanism, iterations]),
    ),
})

function keyOf({ user, mechanism }: Credential): string {
  return `${user}\0${mechanism}`
}

function list(credentials: ScramCredentials): Credential[] {
  return credentials.describe([]).flatMap(({ user, credentials: own }) =>
    own.map(({ mechanism: number, iterations }) => {
      const mechanism = scramMechanisms.find(each => each.number === number)!.name
      return { user, mechanism, iterations }
    }),
  )
}

interface RemoveOptions extends Where {
  mechanism?: string[]
}

const removal = object({ user: string, mechanisms: listOf(string) })

const removeCommand = declare<Described<typeof removal>, RemoveOptions>({
  name: 'remove',
  summary: 'Remove a user.',
  arguments: [['<name>', 'who may not authenticate any more']],
  options: [
    ...whereOptions,
    new Option('--mechanism <name>', 'Only the password for this one; may be repeated.').argParser(
      append,
    ),
  ],
  examples: [['user remove alice', 'with the passwords for all mechanisms']],
  output: removal,
  run: ({ args: [name], options }) => remove(name!, options),
  said: ({ user, mechanisms }) => `removed ${user}: ${mechanisms.join(', ')}`,
})

async function remove(name: string, options: RemoveOptions) {
  const mechanisms = mechanismsOf(options.mechanism)
  const own = isOfBroker(options)
    ? await withClient(options, async client => {
        const known = (await readUsers(client)).filter(({ user }) => user === name)
        const found = mechanisms.filter(each => known.some(own => own.mechanism === each.name))
        const deletions = found.map(({ number }) => ({ name, mechanism: number }))
        if (found.length > 0) await alterUsers(client, deletions, [])
        return found
      })
    : await withCredentials(options, async credentials => {
        const found = mechanisms.filter(each => credentials.find(name, each.number) !== undefined)
        for (const { number } of found) await credentials.alter([{ name, mechanism: number }], [])
        return found
      })
  if (own.length > 0) return { user: name, mechanisms: own.map(mechanism => mechanism.name) }
  throw new Failure(`there is no user ${printable(name)}: see odradek user list`, 1)
}

export const userCommand = grouped(
  'user',
  'Users of SCRAM, of a broker that runs (-b) or in the data directory of one that is stopped.',
  [listCommand, addCommand, removeCommand],
)

/** Those of a directory that is there. */
async function withCredentials<T>(
  { dataDir: path }: Where,
  use: (credentials: ScramCredentials) => T | Promise<T>,
): Promise<T> {
  const metadata = await openMetadata({ fs: nodeFs, path, version })
  try {
    return await use(await load(metadata))
  } finally {
    await metadata.close()
  }
}

async function load(metadata: MetadataStore): Promise<ScramCredentials> {
  const rows = new Map<string, ScramCredentialRow>()
  for await (const { kind, key, value } of metadata.load()) {
    if (kind === 'scramCredential' && value !== null) rows.set(key, value)
  }
  const credentials = new ScramCredentials(metadata)
  credentials.load(rows)
  return credentials
}

function append(name: string, names: string[] = []): string[] {
  return [...names, name]
}

function mechanismsOf(names: readonly string[] | undefined): readonly ScramMechanism[] {
  if (names === undefined) return scramMechanisms
  return names.map(name => {
    const mechanism = scramMechanisms.find(each => each.name === name.toUpperCase())
    if (mechanism !== undefined) return mechanism
    const known = scramMechanisms.map(each => each.name).join(', ')
    throw new Failure(`--mechanism ${printable(name)}: not one of ${known}`, 2)
  })
}

function iterationsOf(text: string): number {
  const iterations = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (iterations >= minIterations && iterations <= maxIterations) return iterations
  throw new Failure(
    `--iterations ${printable(text)}: not a number from ${minIterations} to ${maxIterations}`,
    2,
  )
}
