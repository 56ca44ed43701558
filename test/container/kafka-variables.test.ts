import { describe, expect, it } from 'vitest'
import { propertyName } from '../../src/config/variables.ts'
import { kafkaVariables } from '../../src/container/kafka-variables.ts'

it.each([
  ['LOG_RETENTION_MS', 'log.retention.ms'],
  ['SOME__UNDERSCORE', 'some_underscore'],
  ['LISTENER_NAME_A_SCRAM___SHA___256_JAAS', 'listener.name.a.scram-sha-256.jaas'],
  ['A____B', 'a-.b'],
])('%s means %s, as in the image of Apache Kafka', (text, name) => {
  expect(propertyName(text)).toBe(name)
})

describe('kafkaVariables', () => {
  it.each([
    ['KAFKA_NUM_PARTITIONS', 'num.partitions'],
    ['KAFKA_CFG_NUM_PARTITIONS', 'num.partitions'],
    ['KAFKA_BROKER_ID', 'broker.id'],
    ['KAFKA_LOG_DIRS', 'log.dirs'],
    ['KAFKA_CONTROLLER_LISTENER_NAMES', 'controller.listener.names'],
    ['KAFKA_CONTROLLER_QUOTA_WINDOW_NUM', 'controller.quota.window.num'],
    ['KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS', 'group.initial.rebalance.delay.ms'],
    ['CLUSTER_ID', 'cluster.id'],
    ['KAFKA_KRAFT_CLUSTER_ID', 'cluster.id'],
    [
      'KAFKA_LISTENER_NAME_SECURE_SCRAM-SHA-256_SASL_JAAS_CONFIG',
      'listener.name.secure.scram-sha-256.sasl.jaas.config',
    ],
  ])('%s sets %s', (origin, name) => {
    const { settings, unknown } = kafkaVariables({ [origin]: '1' })
    expect(settings).toEqual([{ name, value: '1', origin }])
    expect(unknown).toEqual([])
  })

  it.each([
    'KAFKA_ZOOKEEPER_CONNECT',
    'KAFKA_CFG_ZOOKEEPER_CONNECT',
    'KAFKA_PROCESS_ROLES',
    'KAFKA_CONTROLLER_QUORUM_VOTERS',
    'KAFKA_INTER_BROKER_LISTENER_NAME',
    'KAFKA_HEAP_OPTS',
    'KAFKA_JVM_PERFORMANCE_OPTS',
    'KAFKA_JMX_PORT',
    'KAFKA_LOG4J_ROOT_LOGLEVEL',
    'KAFKA_CONFLUENT_SUPPORT_METRICS_ENABLE',
    'KAFKA_REST_BOOTSTRAP_SERVERS',
    'KAFKA_SERVICE_HOST',
    'KAFKA_PORT_9092_TCP_ADDR',
    'ALLOW_PLAINTEXT_LISTENER',
    'HOSTNAME',
  ])('%s means nothing here, silently', origin => {
    expect(kafkaVariables({ [origin]: '1' })).toMatchObject({ settings: [], unknown: [] })
  })

  it.each([
    'KAFKA_BROKERS',
    'KAFKA_TOPIC',
    'KAFKA_HOST',
    'KAFKA_DURABILITY',
    'KAFKA_NUM_PARTITONS',
  ])('%s is named as unknown, even where a config of our own has that name', origin => {
    expect(kafkaVariables({ [origin]: '1' })).toMatchObject({ settings: [], unknown: [origin] })
  })

  it('takes nothing from an empty variable', () => {
    expect(kafkaVariables({ KAFKA_NUM_PARTITIONS: '', KAFKA_CREATE_TOPICS: '' })).toEqual({
      settings: [],
      createTopics: undefined,
      unknown: [],
    })
  })

  it('knows the address and the topics of older images', () => {
    const variables = {
      KAFKA_ADVERTISED_HOST_NAME: 'broker.example.com',
      KAFKA_ADVERTISED_PORT: '19092',
      KAFKA_CREATE_TOPICS: 'a:3:1',
    }
    const [name, origin] = ['advertised.listeners', 'KAFKA_ADVERTISED_HOST_NAME']
    expect(kafkaVariables(variables)).toEqual({
      settings: [{ name, value: 'broker.example.com:19092', origin }],
      createTopics: 'a:3:1',
      unknown: [],
    })
  })
})
