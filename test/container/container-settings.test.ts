import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createConfig, type Config, type Setting } from '../../src/config.ts'
import type { Variables } from '../../src/config/variables.ts'
import { containerSettings, type Surroundings } from '../../src/container/container-settings.ts'

function settingsOf(variables: Variables, others: Partial<Surroundings> = {}) {
  const nothing = { mounted: [], readFile: () => undefined, isDirectory: () => false }
  return containerSettings({ variables, ...nothing, ...others })
}

function configOf(variables: Variables, others: Partial<Surroundings> = {}): Config {
  return createConfig(settingsOf(variables, others).settings).config
}

function listenersOf(variables: Variables) {
  return configOf(variables).listeners.map(({ name, host, port, advertised }) => {
    return [name, `${host}:${port}`, advertised && `${advertised.host}:${advertised.port}`]
  })
}

const folder = path.join(import.meta.dirname, '../../compat-tests/containers/compose')

/** The variables of the only service of a compose file, in either form. */
function composeVariables(file: string): Variables {
  const { services } = parse(readFileSync(path.join(folder, file), 'utf8')) as {
    services: Record<string, { environment: Record<string, unknown> | string[] }>
  }
  const [service] = Object.values(services)
  const { environment } = service!
  const pairs = Array.isArray(environment)
    ? environment.map(line => /^([^=]+)=(.*)$/.exec(line)!.slice(1))
    : Object.entries(environment).map(([name, value]) => [name, String(value)])
  return Object.fromEntries(pairs) as Variables
}

describe('listeners of a container', () => {
  it('are one on all addresses, which tells clients the address that they have come to', () => {
    expect(listenersOf({})).toEqual([['PLAINTEXT', ':9092', undefined]])
  })

  it('are those that are advertised, on all addresses, where nobody says which', () => {
    const variables = {
      KAFKA_ADVERTISED_LISTENERS: 'INSIDE://kafka:29092,OUTSIDE://localhost:9092',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT',
    }
    expect(listenersOf(variables)).toEqual([
      ['INSIDE', ':29092', 'kafka:29092'],
      ['OUTSIDE', ':9092', 'localhost:9092'],
    ])
  })

  it('obey what is advertised for each', () => {
    const variables = {
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,BROKER://:9093,CONTROLLER://:9094',
      KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://localhost:32768',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP:
        'PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    }
    expect(listenersOf(variables)).toEqual([
      ['PLAINTEXT', ':9092', 'localhost:32768'],
      ['BROKER', ':9093', undefined],
    ])
  })

  it('are none for controllers, wherever those are named', () => {
    const variables = {
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CTRL://:9093',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CTRL',
      KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://kafka:9092,CTRL://kafka:9093',
    }
    expect(listenersOf(variables)).toEqual([['PLAINTEXT', ':9092', 'kafka:9092']])
  })
})

describe('what counts most', () => {
  const mounted: Setting[] = [
    { name: 'num.partitions', value: '2', origin: 'a file' },
    { name: 'compression.type', value: 'lz4', origin: 'a file' },
    { name: 'no.such.config', value: '1', origin: 'a file:3: no.such.config' },
  ]

  it('is a variable before the mounted file, whose unknown lines are named', () => {
    const { settings, unknown } = settingsOf({ KAFKA_NUM_PARTITIONS: '3' }, { mounted })
    const { config } = createConfig(settings)
    expect(config.numPartitions).toBe(3)
    expect(config.overrides['compression.type']).toBe('lz4')
    expect(unknown).toEqual(['a file:3: no.such.config'])
  })

  it('is a config before the directory that is mounted', () => {
    const isDirectory = (name: string): boolean => name === '/bitnami/kafka'
    expect(configOf({}, { isDirectory }).dataDirectory).toBe('/bitnami/kafka')
    const variables = { KAFKA_LOG_DIRS: '/data' }
    expect(configOf(variables, { isDirectory }).dataDirectory).toBe('/data')
  })
})

describe('secrets', () => {
  it('are read from files by their names', () => {
    const variables = {
      KAFKA_SSL_KEYSTORE_FILENAME: 'broker.p12',
      KAFKA_SSL_KEYSTORE_CREDENTIALS: 'creds',
      KAFKA_SSL_KEY_CREDENTIALS: 'missing',
    }
    const readFile = (name: string): string | undefined =>
      name === '/etc/kafka/secrets/creds' ? 'secret\n' : undefined
    const { settings, unknown } = settingsOf(variables, { readFile })
    const values = Object.fromEntries(settings.map(({ name, value }) => [name, value]))
    expect(values['ssl.keystore.location']).toBe('/etc/kafka/secrets/broker.p12')
    expect(values['ssl.keystore.password']).toBe('secret')
    expect(values).not.toHaveProperty(['ssl.key.password'])
    expect(unknown).toEqual([])
  })

  it('may be users of PLAIN, as for the image of bitnami', () => {
    const variables = {
      KAFKA_CFG_LISTENERS: 'CLIENT://:9092',
      KAFKA_CFG_LISTENER_SECURITY_PROTOCOL_MAP: 'CLIENT:SASL_PLAINTEXT',
      KAFKA_CFG_SASL_ENABLED_MECHANISMS: 'PLAIN',
      KAFKA_CLIENT_USERS: 'alice,bob',
      KAFKA_CLIENT_PASSWORDS: 'a"b,c',
    }
    const { overrides } = configOf(variables)
    expect(overrides['listener.name.client.plain.sasl.jaas.config']).toBe(
      'org.apache.kafka.common.security.plain.PlainLoginModule required' +
        ' user_alice="a\\"b" user_bob="c";',
    )
  })
})

describe('compose files as people write them', () => {
  it('are five', () => {
    expect(readdirSync(folder)).toHaveLength(5)
  })

  it.each([
    ['apache.yml', { nodeId: 1, numPartitions: 3 }, []],
    ['confluent.yml', { nodeId: 1, groupInitialRebalanceDelayMs: 0 }, []],
    ['bitnami.yml', { nodeId: 0, numPartitions: 4 }, ['KAFKA_CFG_MAX_PARTITION_FETCH_BYTES']],
    ['wurstmeister.yml', { nodeId: 1001, numPartitions: 2 }, []],
    [
      'shared.yml',
      { nodeId: 7, numPartitions: 1 },
      [
        'KAFKA_BROKERS',
        'KAFKA_BOOTSTRAP_SERVERS',
        'KAFKA_TOPIC',
        'KAFKA_GROUP_ID',
        'KAFKA_NUM_PARTITONS',
      ],
    ],
  ])('%s', (file, values, unknown) => {
    const variables = composeVariables(file)
    expect(configOf(variables)).toMatchObject(values)
    expect(settingsOf(variables).unknown).toEqual(unknown)
  })
})
