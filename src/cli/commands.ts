/** The commands that have a name; without one, `odradek` starts the broker. */
import { CommanderError, type Command } from 'commander'
import { ConfigError } from '../config.ts'
import { nearestName } from '../config/nearest-name.ts'
import { CommandGroup, execute, type DeclaredCommand } from './command.ts'
import { processTerminal, type Terminal } from './terminal.ts'

interface Named {
  summary: string
  /** Loaded when it is used. */
  load(): Promise<DeclaredCommand | CommandGroup>
}

/** In the order of the help. */
export const commands: Readonly<Record<string, Named>> = {
  topic: {
    summary: 'Topics: list, create, change, empty, delete.',
    load: async () => (await import('./topic.ts')).topicCommand,
  },
  group: {
    summary: 'Groups of all types: members, lag, offsets.',
    load: async () => (await import('./group.ts')).groupCommand,
  },
  wait: {
    summary: 'Wait for a broker, a topic, a group or records; for scripts.',
    load: async () => (await import('./wait.ts')).waitCommand,
  },
  status: {
    summary: 'What a cluster is made of, and whether it is well.',
    load: async () => (await import('./status.ts')).statusCommand,
  },
  'api-versions': {
    summary: 'What a broker speaks.',
    load: async () => (await import('./api-versions.ts')).apiVersionsCommand,
  },
  config: {
    summary: 'Configs of brokers, topics and groups, with where each value comes from.',
    load: async () => (await import('./config.ts')).configCommand,
  },
  acl: {
    summary: 'ACLs: who may do what.',
    load: async () => (await import('./acl.ts')).aclCommand,
  },
  quota: {
    summary: 'Quotas of users, client ids and addresses.',
    load: async () => (await import('./quota.ts')).quotaCommand,
  },
  txn: {
    summary: 'Transactions: what is open, and ending it.',
    load: async () => (await import('./txn.ts')).txnCommand,
  },
  fault: {
    summary: 'Faults: what goes wrong on purpose.',
    load: async () => (await import('./fault.ts')).faultCommand,
  },
  chaos: {
    summary: 'Scenarios in which things go wrong.',
    load: async () => (await import('./chaos.ts')).chaosCommand,
  },
  snapshot: {
    summary: 'Keep all that a broker knows in a file, and bring it back.',
    load: async () => (await import('./snapshot.ts')).snapshotCommand,
  },
  reset: {
    summary: 'Forget all topics, groups, transactions and faults.',
    load: async () => (await import('./reset.ts')).resetCommand,
  },
  clock: {
    summary: "Stop the broker's time, and move it on.",
    load: async () => (await import('./broker-time.ts')).clockCommand,
  },
  stop: {
    summary: 'Stop a broker on this machine.',
    load: async () => (await import('./stop.ts')).stopCommand,
  },
  certs: {
    summary: 'Make certificates to develop with TLS.',
    load: async () => (await import('./certs.ts')).certsCommand,
  },
  produce: {
    summary: 'Produce records to a topic.',
    load: async () => (await import('./produce.ts')).produceCommand,
  },
  consume: {
    summary: 'Print the records of a topic.',
    load: async () => (await import('./consume.ts')).consumeCommand,
  },
  tail: {
    summary: 'Print what comes in topics, also in those that are created later.',
    load: async () => (await import('./tail.ts')).tailCommand,
  },
  export: {
    summary: 'Print topics, records and offsets as lines of JSON.',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  import: {
    summary: 'Bring in the lines of an export.',
    load: async () => (await import('./import.ts')).importCommand,
  },
  bench: {
    summary: 'Measure how quick a broker is.',
    load: async () => (await import('./bench.ts')).benchCommand,
  },
  log: {
    summary: 'Check, print, repair and import the files in which records are kept.',
    load: async () => (await import('./log.ts')).logCommand,
  },
  user: {
    summary: 'Users of SCRAM.',
    load: async () => (await import('./user.ts')).userCommand,
  },
  completion: {
    summary: 'Completion of commands and options for bash, zsh and fish.',
    load: async () => {
      const { completionCommand } = await import('./completion.ts')
      return completionCommand(commands, startOptions)
    },
  },
}

async function startOptions(): Promise<readonly string[]> {
  const { startCommand } = await import('./arguments.ts')
  return [...startCommand().options.flatMap(({ long }) => long ?? []), '--help']
}

/** Runs the command that the arguments name; false when they name none. Throws a Failure. */
export async function runCommand(
  [name, ...rest]: readonly string[],
  terminal?: Terminal,
): Promise<boolean> {
  if (name === undefined || name.startsWith('-')) return false
  if (!Object.hasOwn(commands, name)) throw unknownCommand(name, Object.keys(commands), 'odradek')
  const command = await commands[name]!.load()
  if (rest.includes('--no-color')) withoutColors(process.env)
  // As the usage in its help begins.
  command.name(`odradek ${name}`)
  const [leaf, argv] = leafOf(command, rest)
  if (await parse(leaf, argv)) {
    await execute(leaf as DeclaredCommand, terminal ?? processTerminal())
  }
  return true
}

/** The command itself, or that of a group which the first argument names. */
function leafOf(
  command: DeclaredCommand | CommandGroup,
  argv: readonly string[],
): [Command, readonly string[]] {
  if (!(command instanceof CommandGroup)) return [command, argv]
  const [name = '', ...rest] = argv
  if (['-h', '--help', 'help'].includes(name)) return [command, ['--help']]
  const leaf = command.commands.find(each => each.name() === name)
  if (leaf !== undefined) return [leaf, rest]
  const names = command.commands.map(each => each.name())
  if (name !== '' && !name.startsWith('-')) throw unknownCommand(name, names, command.name())
  const [first] = command.commands
  if (first!.registeredArguments.every(({ required }) => !required)) return [first!, argv]
  throw new ConfigError(`name one of ${names.join(', ')}: see ${command.name()} --help`)
}

function unknownCommand(name: string, known: readonly string[], path: string): ConfigError {
  const nearest = known.find(each => each.startsWith(name)) ?? nearestName(name, known)
  const meant = nearest === undefined ? '' : ` (Did you mean ${nearest}?)`
  const shown = path === 'odradek' ? name : `${path.slice('odradek '.length)} ${name}`
  return new ConfigError(`unknown command '${shown}'${meant}: see ${path} --help`)
}

/** As Node.js understands it. */
function withoutColors(env: NodeJS.ProcessEnv): void {
  delete env['FORCE_COLOR']
  env['NO_COLOR'] = '1'
}

/** False when help or the version was asked for, which is then printed. Throws a ConfigError. */
export async function parse(command: Command, argv: readonly string[]): Promise<boolean> {
  command
    .exitOverride()
    .configureHelp({ styleTitle: title => title })
    .configureOutput({ outputError: () => {} })
  try {
    await command.parseAsync(argv, { from: 'user' })
    return true
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return false
    throw new ConfigError(onOneLine(error.message))
  }
}

/** From "error: unknown option '--prot'\n(Did you mean --port?)". */
function onOneLine(message: string): string {
  return message.replace(/^error: /, '').replaceAll('\n', ' ')
}
