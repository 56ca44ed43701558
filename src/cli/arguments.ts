import { Command, Option } from 'commander'
import { ConfigError, type Setting } from '../config.ts'
import { brokerConfigs } from '../config/broker-configs.ts'
import type { Definitions } from '../config/definition.ts'
import { developmentSettings } from '../config/development.ts'
import { isOn, ownVariables } from '../config/own-variables.ts'
import type { Variables } from '../config/variables.ts'
import type { RedpandaPorts } from '../container/redpanda.ts'
import { version } from '../version.ts'
import { seedsOfImage, type Beginning } from './beginning.ts'
import { docsText } from './command.ts'
import { commands, parse } from './commands.ts'
import { readConfigFile } from './config-file.ts'
import { isInImage, readImageSettings } from './image.ts'
import { secureSettings } from './secure.ts'

const examples = `A Kafka broker for tests, for a laptop, for production.

Examples:
  odradek                                listen on 127.0.0.1:9092, keep data in ./odradek-data
  odradek --port 0 --durability memory   listen on a free port, keep nothing
  odradek --dev                          for code that is being written: keep nothing, HTTP, faults
  odradek --secure certs                 TLS, passwords and ACLs: see odradek certs, odradek user
  odradek --config server.properties     take over a configuration of Apache Kafka
  odradek --set num.partitions=3         set any of Kafka's broker configs
`

function commandsText(): string {
  const width = Math.max(...Object.keys(commands).map(name => name.length))
  const lines = Object.entries(commands).map(([name, { summary }]) => {
    return `  odradek ${name.padEnd(width)}   ${summary}`
  })
  return ['', 'Commands, each with a --help of its own:', ...lines, docsText].join('\n')
}

interface Options {
  dev?: boolean
  seed?: string[]
  load?: string
  secure?: string
  config?: string
  set?: string[]
  redpanda?: boolean
}

/** How the broker is to be started. */
export interface StartArguments {
  /** Those that count most last. */
  settings: Setting[]
  /** Variables of the environment that name no config. */
  unknown: readonly string[]
  /** What the broker begins with. */
  beginning: Beginning
  /** In the container image: what its variables ask for besides settings. */
  image?: ImageStart
}

export interface ImageStart {
  /** Topics to create, as in 'orders:3:1,prices:1:1:compact'. */
  createTopics: string | undefined
  /** Where Redpanda answers over HTTP, when the broker is started in its place. */
  redpandaPorts: RedpandaPorts | undefined
}

/** What starts a broker, without a name of its own. */
export function startCommand(): Command {
  const command = new Command('odradek')
    .addHelpText('before', examples)
    .version(version, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print this.')
    .option(
      '--dev',
      'For code that is being written: keeps nothing, unless --data-dir or --durability is given;' +
        ' HTTP on the same port, faults, reset; who hangs up has left its group.',
    )
    .option(
      '--secure <directory>',
      'TLS, SCRAM and ACLs, with the certificates of odradek certs; admin may do everything.',
    )
    .option(
      '--seed <path>',
      'Topics, records and more to begin with: a file of JSON lines or YAML, or a directory of' +
        ' them; may be repeated. Topics that are there already stay as they are.',
      append,
    )
    .option('--load <file>', 'A snapshot to begin with, where there is no data yet.')
    .option('--config <file>', "Settings in the form of Kafka's server.properties.")
    .option('--set <key=value>', "One of Kafka's broker configs; may be repeated.", append)
    .addOption(
      new Option('--redpanda', 'The arguments are those of rpk redpanda start.').hideHelp(),
    )
    .addHelpText('after', commandsText())
    .allowExcessArguments()
  for (const { option } of flags) command.addOption(option)
  return command
}

/**
 * What a command line and the environment say; what counts most comes last: --dev, --secure, in
 * the container image what it takes of Kafka's variables, the file, our variables, --set, flags.
 * Undefined when it asked for help or the version, which are then printed. Throws a ConfigError.
 */
export async function readArguments(
  argv: readonly string[],
  variables: Variables = process.env,
): Promise<StartArguments | undefined> {
  const command = startCommand()
  if (!(await parse(command, argv))) return undefined
  const options = command.opts<Options>()
  const { args } = command
  const own = ownVariables(variables, switches)
  const { dev = isOn(own.flags.get('--dev')), set = [] } = options
  const { secure = own.flags.get('--secure'), config = own.flags.get('--config') } = options
  const image = isInImage(variables)
    ? await readImageSettings(variables, options.redpanda === true ? args : undefined)
    : undefined
  const [excess] = args
  if (excess !== undefined && image?.redpandaPorts === undefined) {
    throw new ConfigError(`${excess}: commands come before options`)
  }
  const given = [
    ...(secure === undefined ? [] : await secureSettings(secure)),
    ...(image?.settings ?? []),
    ...(config === undefined ? [] : readConfigFile(config)),
    ...own.settings,
    ...set.map(readAssignment),
    ...flags.flatMap(({ name, option }): Setting[] => {
      const value = command.getOptionValue(option.attributeName()) as string | undefined
      return value === undefined ? [] : [{ name, value, origin: option.long! }]
    }),
  ]
  const settings = dev ? [...developmentProfile(given), ...given] : given
  const { seed = [], load = own.flags.get('--load') } = options
  const seedOfVariable = own.flags.get('--seed')
  const beginning = {
    seeds: [
      ...(image === undefined ? [] : await seedsOfImage()),
      ...(seedOfVariable === undefined ? [] : [seedOfVariable]),
      ...seed,
    ],
    load,
    createTopics: image?.createTopics,
  }
  const unknown = [...own.unknown, ...(image?.unknown ?? [])]
  return { settings, unknown, beginning, ...(image && { image }) }
}

/** What `--dev` says; what is given counts more. Whoever names a place for data wants it kept. */
function developmentProfile(given: readonly Setting[]): Setting[] {
  const isKept = given.some(({ name }) => ['log.dir', 'log.dirs'].includes(name))
  const durability = { name: 'durability', value: 'memory', origin: '--dev' }
  return [...developmentSettings('--dev'), ...(isKept ? [] : [durability])]
}

/** Flags that are no configs, and have a variable as well. */
const switches = ['--dev', '--secure', '--config', '--seed', '--load', '--container']

/** The options that are in the table of configs. */
const flags = Object.entries(brokerConfigs as Definitions).flatMap(([name, definition]) => {
  const { flag, doc, default: initial } = definition
  if (flag === undefined) return []
  return { name, option: new Option(flag, initial === null ? doc : `${doc} Default: ${initial}`) }
})

function append(value: string, values: string[] = []): string[] {
  return [...values, value]
}

function readAssignment(text: string): Setting {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined) throw new ConfigError(`--set ${text}: not of the form key=value`)
  return { name, value: value!, origin: `--set ${name}` }
}
