/**
 * `odradek user`: who may authenticate by SCRAM. It works on the data directory of a broker that
 * is stopped, for somebody must be able to be the first one to connect.
 */
import { Command } from 'commander'
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
import { Failure } from './failure.ts'
import type { Print } from './log-text.ts'
import { passwordVariable, readPassword } from './password.ts'
import { printable } from './printable.ts'

const defaultIterations = 8192

interface Where {
  dataDir: string
}

/** The commands below `odradek user`. */
export function userCommand(print: Print): Command {
  const command = new Command('user').description(
    'Users of SCRAM, in the data directory of a broker that is stopped.',
  )
  const mechanisms = scramMechanisms.map(({ name }) => name).join(', ')
  const subcommand = (name: string): Command =>
    command.command(name).option('--data-dir <directory>', "The broker's data.", './odradek-data')
  subcommand('add')
    .description(
      `Add a user, or change the password, which is read from stdin or ${passwordVariable}.`,
    )
    .argument('<name>')
    .option(
      '--mechanism <name>',
      `One of ${mechanisms}; may be repeated. All, if none is named.`,
      append,
    )
    .option('--iterations <number>', 'How much work a guess is.', String(defaultIterations))
    .action((name: string, options: AddOptions) => add(name, options, print))
  subcommand('list')
    .description('Print users, their mechanisms and iterations.')
    .option('--json', 'One object for each.')
    .action((options: Where & { json?: true }) => list(options, print))
  subcommand('remove')
    .description('Remove a user.')
    .argument('<name>')
    .option('--mechanism <name>', 'Only the password for this one; may be repeated.', append)
    .action((name: string, options: RemoveOptions) => remove(name, options, print))
  return command
}

interface AddOptions extends Where {
  mechanism?: string[]
  iterations: string
}

async function add(name: string, options: AddOptions, print: Print): Promise<void> {
  const mechanisms = mechanismsOf(options.mechanism)
  const iterations = iterationsOf(options.iterations)
  if (!/^[\x01-\x7f]+$/.test(name)) {
    throw new Failure(`${printable(name)}: names of users of SCRAM are ASCII, as in Kafka`, 2)
  }
  const password = await readPassword(printable(name))
  const { metadata, logs } = await openDataDirectory({
    fs: nodeFs,
    path: resolve(options.dataDir),
    durability: 'disk',
    version,
    now: () => systemClock.now(),
    log: () => undefined,
    onFailure: () => undefined,
  })
  try {
    const credentials = await load(metadata)
    for (const mechanism of mechanisms) {
      const salt = kafkaSalt(systemRandom.bytes(32))
      const { number, hash, keyBytes } = mechanism
      const saltedPassword = await promisify(pbkdf2)(password, salt, iterations, keyBytes, hash)
      const upsertion = { name, mechanism: number, iterations, salt, saltedPassword }
      await credentials.alter([], [upsertion])
      await print(`${printable(name)}  ${mechanism.name}  ${iterations} iterations`)
    }
  } finally {
    await logs.close()
    await metadata.close()
  }
}

async function list(options: Where & { json?: true }, print: Print): Promise<void> {
  await withCredentials(options, async credentials => {
    for (const { user, credentials: own } of credentials.describe([])) {
      for (const { mechanism: number, iterations } of own) {
        const mechanism = scramMechanisms.find(each => each.number === number)!.name
        const facts = { user, mechanism, iterations }
        const text = `${printable(user)}  ${mechanism}  ${iterations} iterations`
        await print(options.json ? JSON.stringify(facts) : text)
      }
    }
  })
}

interface RemoveOptions extends Where {
  mechanism?: string[]
}

async function remove(name: string, options: RemoveOptions, print: Print): Promise<void> {
  const mechanisms = mechanismsOf(options.mechanism)
  await withCredentials(options, async credentials => {
    const own = mechanisms.filter(({ number }) => credentials.find(name, number) !== undefined)
    if (own.length === 0) throw new Failure(`there is no such user: ${printable(name)}`, 1)
    for (const { number, name: mechanism } of own) {
      await credentials.alter([{ name, mechanism: number }], [])
      await print(`${printable(name)}  ${mechanism}  removed`)
    }
  })
}

/** Those of a directory that is there. */
async function withCredentials(
  { dataDir: path }: Where,
  use: (credentials: ScramCredentials) => Promise<void>,
): Promise<void> {
  const metadata = await openMetadata({ fs: nodeFs, path, version })
  try {
    await use(await load(metadata))
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
