/** `odradek certs`: an authority and certificates for development, and what to do with them. */
import { InvalidArgumentError, Option } from 'commander'
import { join, resolve } from 'node:path'
import { createFile, isSystemError, nodeFs, unlinkIfThere } from '../../storage/file/fs.ts'
import { systemClock } from '../clock.ts'
import { systemRandom } from '../random.ts'
import type { CertificateRequest, KeyAndCertificate } from '../tls/make-certificate.ts'
import { broker, instructions } from './certs-text.ts'
import { declare } from './command.ts'
import { Failure } from './failure.ts'
import { integer, listOf, object, string } from './json-schema.ts'

interface CertsOptions {
  host?: string[]
  client?: string[]
  days: number
  force?: true
}

interface CertsResult {
  directory: string
  authority: string
  broker: string
  clients: { name: string; file: string }[]
  days: number
}

interface Made {
  hosts: string[]
  clients: string[]
  days: number
  force: boolean
}

const localHosts = ['localhost', '127.0.0.1', '::1']
const dayMs = 86_400_000
const hourMs = 3_600_000

/** Keys are for their owner alone. */
const [publicMode, privateMode] = [0o644, 0o600]

export const certsCommand = declare<CertsResult, CertsOptions>({
  name: 'certs',
  summary: 'Make an authority, and certificates of a broker and of clients, to develop with.',
  arguments: [['[directory]', 'where to put them; ./certs if it is not given']],
  options: [
    new Option('--host <name...>', `Hosts of the broker. Default: ${localHosts.join(' ')}`),
    new Option('--client <name...>', 'Names of clients, one certificate each. Default: client'),
    new Option('--days <number>', 'How long they are valid.').argParser(readDays).default(365),
    new Option('--force', 'Replace files that are there.'),
  ],
  examples: [
    ['certs', 'in ./certs, for localhost and one client'],
    ['certs tls --host broker.test --client alice bob', 'in ./tls, for others'],
  ],
  output: object({
    directory: string,
    authority: string,
    broker: string,
    clients: listOf(object({ name: string, file: string })),
    days: integer,
  }),
  async run({ args: [directory = 'certs'], options }) {
    const { client: clients = ['client'], host = localHosts, days, force = false } = options
    await makeAll(directory, { clients, hosts: host, days, force })
    const path = resolve(directory)
    const file = (name: string): string => join(path, `${name}.pem`)
    return {
      directory: path,
      authority: file('ca'),
      broker: file(broker),
      clients: clients.map(name => ({ name, file: file(name) })),
      days,
    }
  },
  text: ({ directory, clients }) =>
    instructions(
      directory,
      clients.map(({ name }) => name),
    ),
})

function readDays(text: string): number {
  const days = Number(text)
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days
  throw new InvalidArgumentError('it is not a number of days from 1 to 3650.')
}

async function makeAll(directory: string, { hosts, clients, days, force }: Made): Promise<void> {
  for (const name of clients) checkName(name, clients)
  const names = ['ca.pem', 'ca.key', ...[broker, ...clients].map(name => `${name}.pem`)]
  await writable(directory, names, force)
  const { makeCertificate } = await import('../tls/make-certificate.ts')
  const nowMs = systemClock.now()
  const make = (
    name: string,
    usage: CertificateRequest['usage'],
    others: Partial<CertificateRequest> = {},
  ): Promise<KeyAndCertificate> =>
    makeCertificate({
      subject: [['CN', name]],
      hosts: [],
      usage,
      // Clocks of other machines may be behind.
      notBefore: new Date(nowMs - hourMs),
      notAfter: new Date(nowMs + days * dayMs),
      serialNumber: systemRandom.uuid().replaceAll('-', ''),
      ...others,
    })
  const authority = await make('Odradek development', 'authority')
  const signed = await Promise.all([
    make(broker, 'server', { authority, hosts }),
    ...clients.map(name => make(name, 'client', { authority })),
  ])
  const texts = signed.map(({ key, certificate }) => key + certificate)
  for (const [index, text] of [authority.certificate, authority.key, ...texts].entries()) {
    await replace(join(directory, names[index]!), text, index === 0 ? publicMode : privateMode)
  }
}

/** It is part of a file's name, and of a distinguished name. */
function checkName(name: string, all: readonly string[]): void {
  if (all.indexOf(name) !== all.lastIndexOf(name)) throw new Failure(`--client ${name}: twice`, 2)
  if (/^[\w.@-]{1,64}$/.test(name) && !['ca', broker].includes(name)) return
  throw new Failure(
    `--client ${name}: use 1 to 64 of letters, digits, '.', '_', '@', '-', and not ca or ${broker}`,
    2,
  )
}

/** Creates the directory; throws a Failure if something in it would be lost. */
async function writable(
  directory: string,
  names: readonly string[],
  replaces: boolean,
): Promise<void> {
  await failing(directory, async () => {
    await nodeFs.mkdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    const present = await nodeFs.readdir(directory)
    const old = names.find(name => present.includes(name))
    if (old === undefined || replaces) return
    throw new Failure(`${join(directory, old)} is there already; --force replaces it`, 1)
  })
}

async function replace(path: string, text: string, mode: number): Promise<void> {
  await failing(path, async () => {
    await unlinkIfThere(nodeFs, path)
    await createFile(path, Buffer.from(text), mode)
  })
}

async function failing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new Failure(`cannot write ${path}: ${error.message}`, 1, error)
  }
}
