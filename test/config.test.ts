import { describe, expect, it } from 'vitest'
import { ConfigError, createConfig, type Setting } from '../src/config.ts'
import { allBrokerConfigs, brokerConfigs } from '../src/config/broker-configs.ts'
import { kafkaBrokerConfigs } from '../src/config/kafka-broker-configs.ts'
import { otherKafkaConfigs } from '../src/config/kafka-names.ts'
import { parseProperties } from '../src/config/properties-file.ts'

function setting(name: string, value: string, origin = name): Setting {
  return { name, value, origin }
}

function configOf(...settings: Setting[]) {
  return createConfig(settings).config
}

describe('configs', () => {
  it('have defaults', () => {
    expect(configOf()).toMatchObject({
      nodeId: 0,
      numPartitions: 1,
      autoCreateTopicsEnable: true,
      durability: 'disk',
      dataDirectory: './odradek-data',
      listeners: [{ host: '127.0.0.1', port: 9092 }],
      overrides: {},
    })
  })

  it('hold the last of several settings, and remember that they were set', () => {
    const config = configOf(setting('num.partitions', '3'), setting('num.partitions', ' 5 '))
    expect(config.numPartitions).toBe(5)
    expect(config.overrides).toEqual({ 'num.partitions': '5' })
  })

  it('have other names in Kafka', () => {
    const config = configOf(setting('broker.id', '7'), setting('log.dir', '/data'))
    expect(config).toMatchObject({ nodeId: 7, dataDirectory: '/data' })
    expect(config.overrides).toEqual({ 'node.id': '7', 'log.dirs': '/data' })
  })

  it('take the first of several data directories, and say so', () => {
    const { config, ignored } = createConfig([setting('log.dirs', '/a, /b')])
    expect(config.dataDirectory).toBe('/a')
    expect(ignored).toEqual(['log.dirs after /a'])
  })

  it('tell the listeners that hold when host or port were set apart', () => {
    const config = configOf(setting('port', '0'), setting('host', '::1'))
    expect(config.listeners).toMatchObject([{ host: '::1', port: 0 }])
    expect(config.overrides['listeners']).toBe('PLAINTEXT://[::1]:0')
  })

  it('that Kafka knows and nobody needs here are ignored, each is named once', () => {
    const { ignored } = createConfig([
      setting('zookeeper.connect', 'localhost:2181'),
      setting('num.io.threads', '8'),
      setting('num.io.threads', '9'),
      setting('listener.name.internal.num.network.threads', '4'),
    ])
    expect(ignored).toEqual([
      'zookeeper.connect',
      'num.io.threads',
      'listener.name.internal.num.network.threads',
    ])
  })

  it('are in one table only', () => {
    for (const name of otherKafkaConfigs) expect(allBrokerConfigs.has(name), name).toBe(false)
    for (const name of Object.keys(brokerConfigs)) {
      expect(kafkaBrokerConfigs.has(name), name).toBe(false)
    }
  })
})

describe('a configuration of Apache Kafka is taken as it is:', () => {
  it.each([
    [
      'KRaft',
      `process.roles=broker,controller
       node.id=1
       controller.quorum.bootstrap.servers=localhost:9093
       listeners=PLAINTEXT://:9092,CONTROLLER://:9093
       inter.broker.listener.name=PLAINTEXT
       advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
       controller.listener.names=CONTROLLER
       listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL
       num.network.threads=3
       log.dirs=/tmp/kraft-combined-logs
       num.partitions=1
       num.recovery.threads.per.data.dir=2
       offsets.topic.replication.factor=1
       share.coordinator.state.topic.replication.factor=1
       transaction.state.log.min.isr=1
       log.retention.hours=168
       log.segment.bytes=1073741824
       log.retention.check.interval.ms=300000`,
      1,
    ],
    [
      'ZooKeeper',
      `broker.id=2
       listeners=PLAINTEXT://:9092
       socket.send.buffer.bytes=102400
       log.dirs=/tmp/kafka-logs
       zookeeper.connect=localhost:2181
       zookeeper.connection.timeout.ms=18000
       inter.broker.protocol.version=3.9
       log.message.format.version=3.0
       group.initial.rebalance.delay.ms=0`,
      2,
    ],
  ])('%s', (_, text, nodeId) => {
    const settings = parseProperties(text).map(({ key, value }) => setting(key, value))
    const { config, ignored } = createConfig(settings)
    expect(config.nodeId).toBe(nodeId)
    expect(config.listeners).toHaveLength(1)
    expect(ignored.length).toBeGreaterThan(3)
  })
})

describe('a setting is refused', () => {
  const origin = 'server.properties:3: '

  it.each([
    ['num.partition', '3', 'num.partition: unknown config; did you mean num.partitions?'],
    ['zookeper.connect', 'x', 'zookeper.connect: unknown config; did you mean zookeeper.connect?'],
    ['broker.ids', '3', 'broker.ids: unknown config; did you mean broker.id?'],
    ['foo.bar', '3', 'foo.bar: unknown config; remove it'],
    ['__proto__', '3', '__proto__: unknown config; remove it'],
    ['constructor', '3', 'constructor: unknown config; remove it'],
    ['num.partitions', 'three', 'num.partitions=three: Not a number of type INT'],
    ['num.partitions', '0', 'num.partitions=0: Value must be at least 1'],
    ['port', '65536', 'port=65536: Value must be no more than 65535'],
    ['num.io.threads', '0', 'num.io.threads=0: Value must be at least 1'],
    ['ssl.client.auth', 'x', 'ssl.client.auth=x: String must be one of: required, requested, none'],
    ['log.dirs', ' ', 'log.dirs: there is no directory'],
    ['log.retention.hours', '0', 'log.retention.hours=0: Value must be at least 1 or equal to -1'],
    ['listeners', 'TLS://:9093', 'listeners: TLS is not in listener.security.protocol.map'],
    ['listeners', 'x', "listeners: 'x' is not NAME://host:port"],
  ])('%s=%s', (name, value, message) => {
    expect(() => configOf(setting(name, value, origin + name))).toThrow(
      new ConfigError(origin + message),
    )
  })

  it('because there are more brokers than node ids', () => {
    const settings = [setting('node.id', '2147483647'), setting('brokers', '2', '--brokers')]
    expect(() => configOf(...settings)).toThrow(
      new ConfigError('--brokers: the last of 2 would have node id 2147483648'),
    )
  })
})
