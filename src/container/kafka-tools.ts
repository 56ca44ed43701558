/** Kafka's command line tools in the image: their flags, as far as scripts and checks use them. */
import { ConfigError } from '../config.ts'

export interface ToolCommand {
  /** Arguments of `odradek`. */
  argv: string[]
  /** Only the names of these are printed, one on each line. */
  names?: 'topics' | 'groups'
}

/** The values of flags by their names, '' for those without one; of repeated ones all. */
class Flags {
  readonly #tool: string
  readonly #values = new Map<string, string[]>()

  constructor(tool: string, argv: readonly string[]) {
    this.#tool = tool
    for (let i = 0; i < argv.length; i++) {
      const [, name, value] = /^(--[\w.-]+)(?:=(.*))?$/s.exec(argv[i]!) ?? []
      if (name === undefined) throw new ConfigError(`${tool}: ${argv[i]}: no flag`)
      const takesNext = value === undefined && argv[i + 1]?.startsWith('--') === false
      const text = takesNext ? argv[++i]! : (value ?? '')
      this.#values.set(name, [...(this.#values.get(name) ?? []), text])
    }
  }

  all(...names: string[]): string[] {
    return names.flatMap(name => {
      const values = this.#values.get(name) ?? []
      this.#values.delete(name)
      return values
    })
  }

  get(...names: string[]): string | undefined {
    return this.all(...names).at(-1)
  }

  has(...names: string[]): boolean {
    return this.all(...names).length > 0
  }

  need(name: string): string {
    const value = this.get(name)
    if (value) return value
    throw new ConfigError(`${this.#tool}: ${name} is needed`)
  }

  /** Throws a ConfigError where one was not asked for. */
  checkAllRead(instead: string): void {
    const [name] = this.#values.keys()
    if (name === undefined) return
    throw new ConfigError(`${this.#tool}: ${name} is not supported here; see ${instead} --help`)
  }
}

const tools: Readonly<Record<string, (flags: Flags) => ToolCommand>> = {
  'kafka-topics': topics,
  'kafka-console-producer': consoleProducer,
  'kafka-console-consumer': consoleConsumer,
  'kafka-consumer-groups': consumerGroups,
  'kafka-configs': configs,
  'kafka-broker-api-versions': () => ({ argv: ['api-versions'] }),
}

/** What a tool does, by our own commands. Throws a ConfigError that names what is not there. */
export function kafkaTool(tool: string, argv: readonly string[]): ToolCommand {
  const read = tools[tool]
  if (read === undefined) throw new ConfigError(`${tool}: this tool of Kafka's is not here`)
  const flags = new Flags(tool, argv)
  const servers = flags.get('--bootstrap-server', '--broker-list')
  const file = flags.get('--command-config', '--producer.config', '--consumer.config')
  const command = read(flags)
  flags.checkAllRead(`odradek ${command.argv[0]}`)
  const { argv: own } = command
  // A value may begin with a dash: what is not a flag stands at the end, behind two dashes.
  const common = [...option('-b', servers), ...option('--command-config', file)]
  const end = own.indexOf('--')
  const at = end === -1 ? own.length : end
  return { ...command, argv: [...own.slice(0, at), ...common, ...own.slice(at)] }
}

function topics(flags: Flags): ToolCommand {
  if (flags.has('--list')) {
    const internal = flags.has('--exclude-internal') ? [] : ['--internal']
    return { argv: ['topic', 'list', ...internal, '--json'], names: 'topics' }
  }
  if (flags.has('--describe')) {
    const topic = flags.get('--topic')
    return { argv: topic ? ['topic', 'describe', '--', topic] : ['topic', 'list'] }
  }
  if (flags.has('--delete'))
    return { argv: ['topic', 'delete', '--yes', '--', flags.need('--topic')] }
  const partitions = option('-p', flags.get('--partitions'))
  if (flags.has('--alter')) {
    return { argv: ['topic', 'set', ...partitions, '--', flags.need('--topic')] }
  }
  if (!flags.has('--create')) throw new ConfigError('kafka-topics: --list, --create or --describe')
  const argv = [
    'topic',
    'create',
    ...partitions,
    ...option('-r', flags.get('--replication-factor')),
    ...flags.all('--config').flatMap(config => ['-c', config]),
    ...(flags.has('--if-not-exists') ? ['--if-not-exists'] : []),
    '--',
    flags.need('--topic'),
  ]
  return { argv }
}

function consoleProducer(flags: Flags): ToolCommand {
  const properties = propertiesOf(flags)
  const separator = properties.get('key.separator') ?? '\t'
  const key = properties.get('parse.key') === 'true' ? ['-K', separator] : []
  return { argv: ['produce', ...key, '--', flags.need('--topic')] }
}

function consoleConsumer(flags: Flags): ToolCommand {
  const properties = propertiesOf(flags)
  const withKey = properties.get('print.key') === 'true'
  const separator = properties.get('key.separator') ?? '\t'
  const start = flags.has('--from-beginning') ? 'start' : 'end'
  const argv = [
    'consume',
    '-o',
    flags.get('--offset') ?? start,
    '-f',
    withKey ? `%k${escaped(separator)}%v\\n` : '%v\\n',
    ...option('-n', flags.get('--max-messages')),
    ...option('-p', flags.get('--partition')),
    // Kafka's ends when nothing has come for so long.
    ...(flags.has('--timeout-ms') ? ['--exit'] : []),
    '--',
    flags.need('--topic'),
  ]
  return { argv }
}

function consumerGroups(flags: Flags): ToolCommand {
  if (flags.has('--list')) return { argv: ['group', 'list', '--json'], names: 'groups' }
  if (flags.has('--describe')) {
    const all = flags.has('--all-groups')
    const group = flags.get('--group')
    return { argv: all || !group ? ['group', 'list'] : ['group', 'describe', '--', group] }
  }
  const group = flags.need('--group')
  if (flags.has('--delete')) return { argv: ['group', 'delete', '--yes', '--', group] }
  if (!flags.has('--reset-offsets')) {
    throw new ConfigError('kafka-consumer-groups: --list, --describe, --delete or --reset-offsets')
  }
  const argv = [
    'group',
    'seek',
    '--to',
    positionOf(flags),
    ...flags.all('--topic').flatMap(topic => ['--topic', topic]),
    ...(flags.has('--execute') ? [] : ['--dry-run']),
    '--',
    group,
  ]
  flags.has('--all-topics', '--dry-run')
  return { argv }
}

function positionOf(flags: Flags): string {
  const time = flags.get('--to-datetime')
  if (flags.has('--to-earliest')) return 'start'
  if (flags.has('--to-latest')) return 'end'
  return time === undefined ? flags.need('--to-offset') : `@${time}`
}

const entityTypes: Readonly<Record<string, string>> = {
  topics: 'topic',
  brokers: 'broker',
  groups: 'group',
  'broker-loggers': 'logger',
  'client-metrics': 'client-metrics',
}

function configs(flags: Flags): ToolCommand {
  const { kind, name } = entityOf(flags)
  const type = entityTypes[kind]
  if (type === undefined) {
    throw new ConfigError(`kafka-configs: --entity-type ${Object.keys(entityTypes).join(', ')}`)
  }
  if (flags.has('--describe')) {
    flags.has('--all')
    return { argv: ['config', type, '--', ...(name === undefined ? [] : [name])] }
  }
  if (!flags.has('--alter')) throw new ConfigError('kafka-configs: --describe or --alter')
  const set = flags.all('--add-config').flatMap(assignments)
  const unset = flags.all('--delete-config').flatMap(names => names.split(','))
  const removed = unset.flatMap(each => ['--unset', each])
  return { argv: ['config', 'set', ...removed, '--', type, name ?? 'all', ...set] }
}

/** `--entity-type topics --entity-name orders`, or `--topic orders` for short. */
function entityOf(flags: Flags): { kind: string; name: string | undefined } {
  for (const kind of Object.keys(entityTypes)) {
    const name = flags.get(`--${kind.slice(0, -1)}`)
    if (name !== undefined) return { kind, name }
  }
  const name = flags.has('--entity-default') ? 'all' : flags.get('--entity-name')
  return { kind: flags.get('--entity-type') ?? '', name }
}

/** `a=1,b=[2,3]`: brackets around what has commas in it (Kafka: ConfigCommand). */
function assignments(text: string): string[] {
  return [...text.matchAll(/([^=,]+)=(?:\[([^\]]*)\]|([^,]*))(?:,|$)/g)].map(
    ([, name, list, value]) => `${name}=${list ?? value}`,
  )
}

function propertiesOf(flags: Flags): Map<string, string> {
  const texts = flags.all('--property', '--reader-property', '--formatter-property')
  return new Map(
    texts.map(text => {
      const [name = '', ...value] = text.split('=')
      return [name, value.join('=')]
    }),
  )
}

/** In a format. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('%', '%%').replaceAll('\t', '\\t')
}

function option(flag: string, value: string | undefined): string[] {
  return value ? [flag, value] : []
}
