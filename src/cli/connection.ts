/** How commands come to the brokers that they ask: flags, files and the environment. */
import { Option } from 'commander'
import type { Client } from '../client/client.ts'
import { openClient } from '../client/open.ts'
import { createClientConfig, type ClientSetting } from '../client/settings.ts'
import { waitingClock } from '../clock.ts'
import { ConfigError } from '../config.ts'
import { readConfigFile } from './config-file.ts'
import { append } from './option-values.ts'

export interface ConnectionFlags {
  readonly bootstrapServers?: string
  readonly commandConfig?: string
  readonly property?: readonly string[]
}

/** The flags that say which brokers are meant, and how they are reached. */
export const connectionOptions: readonly Option[] = [
  new Option(
    '-b, --bootstrap-servers <host:port>',
    'Brokers, between commas. Else ODRADEK_BOOTSTRAP_SERVERS, or localhost:9092.',
  ),
  new Option('--command-config <file>', "Properties of Kafka's clients: TLS, SASL, timeouts."),
  new Option('-X, --property <name=value>', 'One of these properties; may be repeated.').argParser(
    append,
  ),
]

/** Opens a client for the time that `use` takes. */
export async function withClient<T>(
  flags: ConnectionFlags,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(flags)
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

/** A client that the caller closes. */
export function connect(flags: ConnectionFlags): Promise<Client> {
  return openClient(createClientConfig(connectionSettings(flags)), waitingClock)
}

/** The settings of the environment, the file and the flags; those that count most last. */
export function connectionSettings(
  { bootstrapServers, commandConfig, property = [] }: ConnectionFlags,
  env: NodeJS.ProcessEnv = process.env,
): ClientSetting[] {
  const file = commandConfig ?? env['ODRADEK_COMMAND_CONFIG']
  return [
    ...environment(env),
    ...(file === undefined ? [] : fileSettings(file)),
    ...property.map(readProperty),
    ...(bootstrapServers === undefined
      ? []
      : [{ name: 'bootstrap.servers', value: bootstrapServers, origin: '-b' }]),
  ]
}

const serverVariables = ['KAFKA_BOOTSTRAP_SERVERS', 'ODRADEK_BOOTSTRAP_SERVERS']
/** Before a property's name in capitals, with `_` for each dot. */
const prefix = 'ODRADEK_CLIENT_'

function environment(env: NodeJS.ProcessEnv): ClientSetting[] {
  const servers = serverVariables.map(origin => {
    return { name: 'bootstrap.servers', value: env[origin] ?? '', origin }
  })
  const others = Object.entries(env).filter(([name]) => name.startsWith(prefix))
  const properties = others.map(([origin, value = '']) => {
    const name = origin.slice(prefix.length).toLowerCase().replaceAll('_', '.')
    return { name, value, origin }
  })
  return [...servers.filter(({ value }) => value !== ''), ...properties]
}

/** Files are written for Kafka's own clients: what these know besides has no effect here. */
function fileSettings(path: string): ClientSetting[] {
  return readConfigFile(path, '--command-config').map(setting => ({
    ...setting,
    mayBeUnknown: true,
  }))
}

function readProperty(text: string): ClientSetting {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined) throw new ConfigError(`-X ${text}: not of the form name=value`)
  return { name, value: value!, origin: `-X ${name}` }
}
