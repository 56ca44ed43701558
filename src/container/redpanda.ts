/** `rpk redpanda start` as modules for tests call it: its flags, and the file that they mount. */
import type { Setting } from '../config.ts'

/** Where Redpanda answers over HTTP: modules wait until somebody listens there. */
export interface RedpandaPorts {
  readonly admin: number
  readonly schemaRegistry: number
  readonly proxy: number
}

export interface RedpandaStart {
  settings: Setting[]
  ports: RedpandaPorts
}

/** What of redpanda.yaml is read, and of .bootstrap.yaml, which holds properties of the cluster. */
export interface RedpandaFile {
  readonly redpanda?: {
    readonly kafka_api?: readonly Endpoint[] | null
    readonly advertised_kafka_api?: readonly Endpoint[] | null
    readonly admin?: Endpoint | readonly Endpoint[]
    readonly [property: string]: unknown
  }
  readonly schema_registry?: { readonly schema_registry_api?: readonly Endpoint[] }
  readonly pandaproxy?: { readonly pandaproxy_api?: readonly Endpoint[] }
  readonly [property: string]: unknown
}

interface Endpoint {
  readonly name?: string
  readonly address: string
  readonly port: number
  readonly authentication_method?: string
}

const usualPorts = { admin: 9644, schemaRegistry: 8081, proxy: 8082 }
const unnamed = 'PLAINTEXT'

/** Properties of a Redpanda cluster that mean what a config of Kafka's means. */
const properties: Readonly<Record<string, string>> = {
  auto_create_topics_enabled: 'auto.create.topics.enable',
  default_topic_partitions: 'num.partitions',
  group_initial_rebalance_delay: 'group.initial.rebalance.delay.ms',
  kafka_batch_max_bytes: 'message.max.bytes',
  log_retention_ms: 'log.retention.ms',
  retention_bytes: 'log.retention.bytes',
}

/** Of the arguments behind `redpanda start` and the files; flags count more than files. */
export function redpandaStart(
  argv: readonly string[],
  file: RedpandaFile,
  bootstrap: RedpandaFile = {},
): RedpandaStart {
  const flags = parseFlags(argv)
  const node = file.redpanda ?? {}
  const endpoints = addresses(flags.get('--kafka-addr')) ?? node.kafka_api ?? []
  const advertised =
    addresses(flags.get('--advertise-kafka-addr')) ?? node.advertised_kafka_api ?? []
  const given: Record<string, unknown> = { ...bootstrap, ...file, ...node }
  for (const text of flags.get('--set') ?? []) {
    const [, name, value] = /^(?:redpanda\.)?([^=]+)=(.*)$/.exec(text) ?? []
    if (name !== undefined) given[name] = value
  }
  return {
    settings: [...listenerSettings(endpoints, advertised), ...clusterSettings(given)],
    ports: {
      admin: first(node.admin)?.port ?? usualPorts.admin,
      schemaRegistry: port(
        flags,
        '--schema-registry-addr',
        file.schema_registry?.schema_registry_api,
        usualPorts.schemaRegistry,
      ),
      proxy: port(flags, '--pandaproxy-addr', file.pandaproxy?.pandaproxy_api, usualPorts.proxy),
    },
  }
}

function listenerSettings(
  endpoints: readonly Endpoint[],
  advertised: readonly Endpoint[],
): Setting[] {
  if (endpoints.length === 0) endpoints = [{ name: unnamed, address: '', port: 9092 }]
  const protocol = ({ authentication_method: method }: Endpoint): string =>
    method === 'sasl' ? 'SASL_PLAINTEXT' : 'PLAINTEXT'
  const map = endpoints.map(each => `${nameOf(each)}:${protocol(each)}`).join(',')
  const names = new Set(endpoints.map(nameOf))
  const known = advertised.filter(each => names.has(nameOf(each)))
  return [
    { name: 'listeners', value: endpoints.map(text).join(','), origin: 'redpanda kafka_api' },
    { name: 'listener.security.protocol.map', value: map, origin: 'redpanda kafka_api' },
    {
      name: 'advertised.listeners',
      value: known.map(text).join(','),
      origin: 'redpanda advertised_kafka_api',
    },
    {
      name: 'sasl.enabled.mechanisms',
      value: 'SCRAM-SHA-256,SCRAM-SHA-512',
      origin: 'redpanda authentication_method',
    },
  ]
}

/** Users are added once it runs; those in `superusers` may do everything. */
function clusterSettings(given: Readonly<Record<string, unknown>>): Setting[] {
  const settings = Object.entries(properties).flatMap(([property, name]) => {
    const value = given[property]
    const isPlain = ['string', 'number', 'boolean'].includes(typeof value)
    return isPlain ? [{ name, value: String(value), origin: `redpanda ${property}` }] : []
  })
  const { superusers, kafka_enable_authorization: authorizes } = given
  if (String(authorizes) !== 'true') return settings
  const users = Array.isArray(superusers) ? superusers.map(user => `User:${user}`) : []
  const origin = 'redpanda kafka_enable_authorization'
  const authorizer = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'
  return [
    ...settings,
    { name: 'authorizer.class.name', value: authorizer, origin },
    { name: 'super.users', value: users.join(';'), origin },
  ]
}

function nameOf({ name }: Endpoint): string {
  return (name ?? unnamed).toUpperCase()
}

function text(endpoint: Endpoint): string {
  const { address, port } = endpoint
  const host = address.includes(':') ? `[${address}]` : address
  return `${nameOf(endpoint)}://${host === '0.0.0.0' ? '' : host}:${port}`
}

/** `--name value` and `--name=value`, as often as they are there; what has no value is ''. */
function parseFlags(argv: readonly string[]): Map<string, string[]> {
  const flags = new Map<string, string[]>()
  for (let i = 0; i < argv.length; i++) {
    const [, name, value] = /^(--[\w-]+)(?:=(.*))?$/.exec(argv[i]!) ?? []
    if (name === undefined) continue
    const next = argv[i + 1]
    const isNext = value === undefined && next !== undefined && !next.startsWith('--')
    const text = isNext ? argv[++i]! : (value ?? '')
    flags.set(name, [...(flags.get(name) ?? []), text])
  }
  return flags
}

/** `internal://0.0.0.0:9092,external://0.0.0.0:19092`, or without a name. */
function addresses(texts: readonly string[] | undefined): Endpoint[] | undefined {
  return texts
    ?.flatMap(list => list.split(','))
    .map(item => {
      const [, name = unnamed, host, port = '9092'] = /^(?:([^:/]+):\/\/)?(.*?)(?::(\d+))?$/.exec(
        item.trim(),
      )!
      return { name, address: host!.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
    })
}

function port(
  flags: ReadonlyMap<string, readonly string[]>,
  flag: string,
  inFile: readonly Endpoint[] | undefined,
  usual: number,
): number {
  const [endpoint] = addresses(flags.get(flag)) ?? inFile ?? []
  return endpoint?.port ?? usual
}

function first<Item>(items: Item | readonly Item[] | undefined): Item | undefined {
  return Array.isArray(items) ? (items[0] as Item | undefined) : (items as Item | undefined)
}
