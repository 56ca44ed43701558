import { describe, expect, it } from 'vitest'
import { createConfig } from '../../src/config.ts'
import { redpandaStart, type RedpandaFile } from '../../src/container/redpanda.ts'

const file: RedpandaFile = {
  redpanda: {
    admin: { address: '0.0.0.0', port: 19644 },
    kafka_api: [
      { name: 'external', address: '0.0.0.0', port: 9092, authentication_method: 'none' },
      { name: 'internal', address: '0.0.0.0', port: 9093, authentication_method: 'sasl' },
    ],
    advertised_kafka_api: [
      { name: 'external', address: 'localhost', port: 32768 },
      { name: 'internal', address: '127.0.0.1', port: 9093 },
      { name: 'gone', address: '127.0.0.1', port: 1 },
    ],
  },
  schema_registry: { schema_registry_api: [{ address: '0.0.0.0', port: 18081 }] },
}

function listenersOf(argv: readonly string[], content: RedpandaFile = {}) {
  const { listeners } = createConfig(redpandaStart(argv, content).settings).config
  return listeners.map(({ name, host, port, protocol, advertised }) => {
    const to = advertised && `${advertised.host}:${advertised.port}`
    return [name, protocol, `${host}:${port}`, to]
  })
}

describe('rpk redpanda start', () => {
  it('listens on 9092 when nobody says more', () => {
    expect(listenersOf([])).toEqual([['PLAINTEXT', 'PLAINTEXT', ':9092', undefined]])
    expect(redpandaStart([], {}).ports).toEqual({ admin: 9644, schemaRegistry: 8081, proxy: 8082 })
  })

  it('takes listeners and ports from redpanda.yaml', () => {
    expect(listenersOf([], file)).toEqual([
      ['EXTERNAL', 'PLAINTEXT', ':9092', 'localhost:32768'],
      ['INTERNAL', 'SASL_PLAINTEXT', ':9093', '127.0.0.1:9093'],
    ])
    const ports = { admin: 19644, schemaRegistry: 18081, proxy: 8082 }
    expect(redpandaStart([], file).ports).toEqual(ports)
  })

  it('takes flags, in both forms, before the file', () => {
    const argv = (
      '--mode dev-container --smp=1 --overprovisioned' +
      ' --kafka-addr PLAINTEXT://0.0.0.0:29092,OUTSIDE://[::1]:9092' +
      ' --advertise-kafka-addr=PLAINTEXT://127.0.0.1:29092,OUTSIDE://localhost:40000' +
      ' --pandaproxy-addr 0.0.0.0:18082'
    ).split(' ')
    expect(listenersOf(argv, file)).toEqual([
      ['PLAINTEXT', 'PLAINTEXT', ':29092', '127.0.0.1:29092'],
      ['OUTSIDE', 'PLAINTEXT', '::1:9092', 'localhost:40000'],
    ])
    expect(redpandaStart(argv, file).ports.proxy).toBe(18082)
  })

  it('knows what properties of the cluster mean, wherever they stand', () => {
    const argv = ['--set', 'redpanda.default_topic_partitions=5', '--set', 'no_such_property=1']
    const bootstrap = { auto_create_topics_enabled: false, default_topic_partitions: 2 }
    const { config } = createConfig(redpandaStart(argv, {}, bootstrap).settings)
    expect(config).toMatchObject({ numPartitions: 5, autoCreateTopicsEnable: false })
  })

  it('lets super users in where clients are authorized', () => {
    const bootstrap = { kafka_enable_authorization: true, superusers: ['root', 'admin'] }
    const { config } = createConfig(redpandaStart([], {}, bootstrap).settings)
    expect(config.superUsers).toBe('User:root;User:admin')
    expect(config.authorizerClassName).toContain('StandardAuthorizer')
    expect(createConfig(redpandaStart([], {}).settings).config.authorizerClassName).toBe('')
  })
})
