import { Command } from 'commander'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectionOptions, connectionSettings, withClient } from '../../src/cli/connection.ts'
import { createClientConfig, isSecret } from '../../src/client/settings.ts'
import { startBroker } from '../../src/index.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'odradek-connection-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function file(text: string): Promise<string> {
  const name = path.join(directory, 'client.properties')
  await writeFile(name, text)
  return name
}

const configOf = (...args: Parameters<typeof connectionSettings>) =>
  createClientConfig(connectionSettings(...args))

describe('where brokers are', () => {
  it('is told by the flag, else the file, else the environment', async () => {
    const env = { KAFKA_BOOTSTRAP_SERVERS: 'k:1', ODRADEK_BOOTSTRAP_SERVERS: 'o:1' }
    const commandConfig = await file('bootstrap.servers=f:1\nkey.serializer=a.b.C\n')
    expect(configOf({}, {}).bootstrapServers).toBe('localhost:9092')
    expect(configOf({}, { KAFKA_BOOTSTRAP_SERVERS: 'k:1' }).bootstrapServers).toBe('k:1')
    expect(configOf({}, env).bootstrapServers).toBe('o:1')
    expect(configOf({ commandConfig }, env).bootstrapServers).toBe('f:1')
    const property = ['bootstrap.servers=x:1']
    expect(configOf({ commandConfig, property }, env).bootstrapServers).toBe('x:1')
    const bootstrapServers = 'b:1'
    expect(configOf({ bootstrapServers, commandConfig, property }, env).bootstrapServers).toBe(
      'b:1',
    )
  })

  it('is asked there', async () => {
    await using broker = await startBroker()
    const { bootstrapServers } = broker
    const metadata = await withClient({ bootstrapServers }, client =>
      client.metadata({ topics: [] }),
    )
    expect(metadata.brokers).toHaveLength(1)
  })
})

describe('properties', () => {
  it('come from flags', () => {
    const command = new Command()
    for (const option of connectionOptions) command.addOption(option)
    command.parse(['-b', 'a:1', '-X', 'client.id=q', '-X', 'retry.backoff.ms=7'], { from: 'user' })
    const expected = { bootstrapServers: 'a:1', clientId: 'q', retryBackoffMs: 7 }
    expect(configOf(command.opts(), {})).toMatchObject(expected)
  })

  it('come from the environment, by Kafka’s or librdkafka’s names', () => {
    const env = { ODRADEK_CLIENT_SASL_PASSWORD: 's', ODRADEK_CLIENT_SECURITY_PROTOCOL: 'sasl_ssl' }
    const property = ['sasl.mechanisms=PLAIN', 'sasl.username=a=b']
    expect(configOf({ property }, env)).toMatchObject({
      saslPassword: 's',
      securityProtocol: 'SASL_SSL',
      saslMechanism: 'PLAIN',
      saslUsername: 'a=b',
    })
    expect(['sasl.password', 'ssl.key.pem', 'sasl.username'].map(isSecret)).toEqual([
      true,
      true,
      false,
    ])
  })

  it.each([
    [['sasl.mechanim=PLAIN'], 'no property sasl.mechanim; did you mean sasl.mechanism?'],
    [['security.protocol=TLS'], 'Invalid value TLS for configuration security.protocol'],
    [['client.id'], '-X client.id: not of the form name=value'],
  ])('are refused: %s', (property, message) => {
    expect(() => configOf({ property }, {})).toThrow(message)
  })

  it('of a file that is not there', () => {
    const commandConfig = path.join(directory, 'missing')
    expect(() => configOf({ commandConfig }, {})).toThrow(
      `cannot read --command-config ${commandConfig}: there is no such file`,
    )
  })
})
