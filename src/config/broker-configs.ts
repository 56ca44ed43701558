import { releases } from '../../protocol/releases.ts'
import {
  bool,
  double,
  int,
  list,
  long,
  oneOf,
  short,
  string,
  type Definition,
  type Definitions,
} from './definition.ts'
import { authorizerConfigs } from './authorizer-configs.ts'
import { httpConfigs } from './http-configs.ts'
import { kafkaBrokerConfigs } from './kafka-broker-configs.ts'
import { consumerGroupConfigs } from './consumer-group-configs.ts'
import { connectionConfigs } from './connection-configs.ts'
import { quotaConfigs } from './quota-configs.ts'
import { auditConfigs } from './audit-configs.ts'
import { delegationTokenConfigs } from './delegation-token-configs.ts'
import { oauthBearerConfigs } from './oauthbearer-configs.ts'
import { saslConfigs } from './sasl-configs.ts'
import { shareGroupConfigs } from './share-group-configs.ts'
import { streamsGroupConfigs } from './streams-group-configs.ts'
import { tlsConfigs } from './tls-configs.ts'
import { topicConfigs } from './topic-configs.ts'

/** What can be set on the broker and is no default of topics. */
export const brokerConfigs = {
  host: string({
    default: null,
    flag: '--host <address>',
    doc: 'Address to listen on, in place of the one in listeners.',
  }),
  port: int({
    default: null,
    min: 0,
    max: 65_535,
    flag: '--port <number>',
    doc: 'Port to listen on, in place of the one in listeners; 0: any free one.',
  }),
  'log.dirs': list({
    default: './odradek-data',
    alias: 'log.dir',
    flag: '--data-dir <path>',
    doc: 'Directory for all data; of several, the first.',
  }),
  durability: oneOf(['memory', 'os', 'disk'], {
    default: 'disk',
    flag: '--durability <mode>',
    doc: 'What acknowledged records survive: nothing (memory), kill -9 (os), power loss (disk).',
  }),
  'log.level': oneOf(['debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    flag: '--log-level <level>',
    doc: 'What is logged: debug, info, warn, error or silent.',
  }),
  'kafka.release': oneOf(releases, {
    default: null,
    flag: '--as <release>',
    doc: 'Tell and take only what Apache Kafka 2.8, 3.9 or 4.3 does; if not set: all there is.',
  }),

  'node.id': int({
    default: 0,
    min: 0,
    alias: 'broker.id',
    doc: 'The id of this broker, or of the first one.',
  }),
  'cluster.id': string({
    default: null,
    form: {
      pattern: /^[\w-]{1,64}$/,
      text: '1 to 64 letters, digits, underscores and dashes',
    },
    doc: 'The id of the cluster when its data is new; if not set, one is made.',
  }),
  brokers: int({
    default: 1,
    min: 1,
    max: 100,
    flag: '--brokers <number>',
    doc: 'Brokers of the cluster, all in this process: node ids and ports follow the first one.',
  }),
  listeners: list({
    default: 'PLAINTEXT://127.0.0.1:9092',
    doc: 'Where to listen, as NAME://host:port; without a host: on all addresses.',
  }),
  'advertised.listeners': list({
    default: null,
    flag: '--advertise <address>',
    doc: 'Where clients are sent, as NAME://host:port or, for an only listener, host[:port].',
  }),
  'listener.security.protocol.map': string({
    default: 'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    doc: 'The security protocol of each listener, by its name.',
  }),
  'controller.listener.names': list({
    default: 'CONTROLLER',
    doc: 'Listeners for controllers of a cluster; they are not opened.',
  }),
  ...httpConfigs,
  ...tlsConfigs,
  ...saslConfigs,
  ...quotaConfigs,
  ...oauthBearerConfigs,
  ...auditConfigs,
  ...delegationTokenConfigs,
  ...authorizerConfigs,
  ...connectionConfigs,
  'connections.max.idle.ms': long({
    default: 600_000,
    min: 1,
    doc: 'A connection without traffic is closed after this.',
  }),
  'connection.first.request.timeout.ms': int({
    default: 10_000,
    min: 1,
    doc: 'A connection on which no request, or no TLS handshake, has come is closed after this.',
  }),
  'request.receive.timeout.ms': int({
    default: 120_000,
    min: 1,
    doc: 'A connection whose request takes longer to arrive, once it has begun, is closed.',
  }),
  'socket.request.max.bytes': int({
    default: 104_857_600,
    min: 1,
    doc: 'The largest request; a larger one closes its connection.',
  }),
  'max.in.flight.requests.per.connection': int({
    default: 100,
    min: 1,
    doc: 'Requests of a connection that may run at once; the next ones wait in the socket.',
  }),
  'max.in.flight.bytes.per.connection': int({
    default: 16_777_216,
    min: 1,
    doc: 'Bytes of the requests of a connection that run at once; a single one may be larger.',
  }),
  'queued.max.request.bytes': long({
    default: -1,
    doc:
      'Bytes of requests, of all connections, that have come and are not answered; then sockets' +
      ' are not read. -1: 64 MiB.',
  }),
  'queued.max.response.bytes': long({
    default: -1,
    doc:
      'Bytes of replies, of all connections, that clients have not taken; then fetches wait. -1:' +
      ' a sixteenth of the free memory, 64 to 512 MiB.',
  }),
  'fetch.max.bytes': int({
    default: 57_671_680,
    min: 1024,
    doc: 'The most that one fetch gets; more only where a single batch is larger.',
  }),
  'max.incremental.fetch.session.cache.slots': int({
    default: 1000,
    min: 0,
    doc: 'Fetch sessions that are kept; who gets none fetches without (KIP-227).',
  }),

  'reassignment.duration.ms': int({
    default: 500,
    min: 0,
    doc: 'How long a reassignment stays under way that adds replicas. Apache Kafka: to copy.',
  }),
  'compressed.record.validation': bool({
    default: false,
    doc: 'Every compressed batch is opened to check its records, as in Apache Kafka; this is slow.',
  }),
  'max.request.partition.size.limit': int({
    default: 2000,
    min: 1,
    doc: 'The most partitions that one answer to DescribeTopicPartitions has.',
  }),

  'auto.create.topics.enable': bool({
    default: true,
    doc: 'A topic is created when it is first asked for.',
  }),
  'delete.topic.enable': bool({ default: true, doc: 'Topics may be deleted.' }),
  'num.partitions': int({
    default: 1,
    min: 1,
    doc: 'Partitions of a topic for which nobody says how many.',
  }),
  'default.replication.factor': int({
    default: 1,
    min: 1,
    doc: 'Replicas of a topic for which nobody says how many.',
  }),

  'group.initial.rebalance.delay.ms': int({
    default: 0,
    min: 0,
    doc: 'How long a new group waits for more members. Apache Kafka: 3000.',
  }),
  'group.min.session.timeout.ms': int({
    default: 6000,
    min: 0,
    doc: 'The shortest session timeout that a member may ask for.',
  }),
  'group.max.session.timeout.ms': int({
    default: 1_800_000,
    min: 0,
    doc: 'The longest session timeout that a member may ask for.',
  }),
  ...consumerGroupConfigs,
  ...shareGroupConfigs,
  ...streamsGroupConfigs,
  'group.max.size': int({ default: 2 ** 31 - 1, min: 1, doc: 'The most members of a group.' }),
  'group.coordinator.rebalance.protocols': list({
    default: 'classic,consumer,streams',
    allowed: ['consumer', 'classic', 'share', 'streams'],
    doc: 'The protocols of groups that are served, apart from classic ones, which always are.',
  }),
  development: bool({
    default: false,
    doc: 'Lets whoever reaches the broker put faults, other data or another time into it.',
  }),
  'group.evict.on.disconnect': bool({
    default: false,
    doc:
      'A member whose connection is closed has left, as if its session were over; one with a' +
      ' group.instance.id has not. For development: startBroker() and --dev set it.',
  }),
  'offset.metadata.max.bytes': int({
    default: 4096,
    min: 0,
    doc: 'The longest metadata of a committed offset.',
  }),
  'log.cleaner.backoff.ms': long({
    default: 15_000,
    dynamic: 'cluster',
    min: 0,
    doc: 'How often the broker looks for logs to compact.',
  }),
  'log.cleaner.dedupe.buffer.size': long({
    default: 134_217_728,
    dynamic: 'cluster',
    doc: 'Memory for the keys of a compaction, 24 bytes each; one with more takes several turns.',
  }),
  'log.cleaner.enable': bool({ default: true, doc: 'Whether logs are compacted at all.' }),
  'log.cleaner.io.max.bytes.per.second': double({
    default: Number.MAX_VALUE,
    dynamic: 'cluster',
    doc: 'What a compaction may read and write in a second.',
  }),
  'log.flush.offset.checkpoint.interval.ms': long({
    default: 60_000,
    min: 0,
    doc: 'How often the broker stores how far each log is whole: what a crash makes it read again.',
  }),
  'log.retention.check.interval.ms': long({
    default: 300_000,
    min: 1,
    doc: 'How often the broker looks for segments that retention keeps no longer.',
  }),
  'offsets.retention.minutes': int({
    default: 10_080,
    min: 1,
    doc: 'How long the offsets of an empty group are kept.',
  }),
  'offsets.retention.check.interval.ms': long({
    default: 600_000,
    min: 1,
    doc: 'How often the broker looks for offsets that nobody uses any more.',
  }),
  'offsets.topic.num.partitions': int({
    default: 50,
    min: 1,
    doc: 'Partitions of __consumer_offsets, when it is created.',
  }),
  'offsets.topic.replication.factor': short({
    default: 3,
    min: 1,
    doc: 'Replicas of its partitions, if there are as many brokers.',
  }),
  'offsets.topic.segment.bytes': int({
    default: 104_857_600,
    min: 1,
    doc: 'The size of its segments.',
  }),
  'producer.id.expiration.ms': int({
    default: 86_400_000,
    dynamic: 'cluster',
    min: 1,
    doc: 'An idempotent producer is forgotten after this long without a batch.',
  }),
  'telemetry.max.bytes': int({
    default: 1_048_576,
    min: 1,
    doc: 'The most that a client may push of its metrics at once, also decompressed (KIP-714).',
  }),
  'add.partitions.to.txn.retry.backoff.max.ms': int({
    default: 100,
    min: 0,
    doc: 'How long a new transaction waits for the markers of the last one, before it is refused.',
  }),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int({
    default: 10_000,
    min: 1,
    doc: 'How often the broker looks for transactions that take longer than their timeout.',
  }),
  'transaction.max.timeout.ms': int({
    default: 900_000,
    min: 1,
    doc: 'The longest timeout that a transaction may ask for.',
  }),
  'transaction.partition.verification.enable': bool({
    default: true,
    dynamic: 'cluster',
    doc: 'Whether records are refused that no AddPartitionsToTxn has announced (KIP-890).',
  }),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int({
    default: 3_600_000,
    min: 1,
    doc: 'How often the broker looks for transactional ids that nobody uses any more.',
  }),
  'transaction.state.log.min.isr': int({
    default: 2,
    min: 1,
    doc: 'min.insync.replicas of __transaction_state, when it is created.',
  }),
  'transaction.state.log.num.partitions': int({
    default: 50,
    min: 1,
    doc: 'Partitions of __transaction_state, when it is created.',
  }),
  'transaction.state.log.replication.factor': short({
    default: 3,
    min: 1,
    doc: 'Replicas of its partitions, if there are as many brokers.',
  }),
  'transaction.state.log.segment.bytes': int({
    default: 104_857_600,
    min: 1,
    doc: 'The size of its segments.',
  }),
  'transactional.id.expiration.ms': int({
    default: 604_800_000,
    min: 1,
    doc: 'A transactional id is forgotten after this long without a transaction.',
  }),
} satisfies Definitions

/** Defaults of topics that fall back on another config, which may count in another unit. */
const timeDefaults: Definitions = {
  'log.retention.ms': long({
    default: null,
    dynamic: 'cluster',
    min: 1,
    or: -1,
    broker: 'log.retention.minutes',
    doc: topicConfigs['retention.ms'].doc,
  }),
  'log.retention.minutes': int({
    default: null,
    min: 1,
    or: -1,
    broker: 'log.retention.hours',
    doc: 'Holds where log.retention.ms is not set.',
  }),
  'log.retention.hours': int({
    default: 168,
    min: 1,
    or: -1,
    doc: 'Holds where neither log.retention.ms nor log.retention.minutes is set.',
  }),
  'log.roll.ms': long({
    default: null,
    dynamic: 'cluster',
    min: 1,
    broker: 'log.roll.hours',
    doc: topicConfigs['segment.ms'].doc,
  }),
  'log.roll.hours': int({ default: 168, min: 1, doc: 'Holds where log.roll.ms is not set.' }),
  'log.roll.jitter.ms': long({
    default: null,
    dynamic: 'cluster',
    min: 0,
    broker: 'log.roll.jitter.hours',
    doc: topicConfigs['segment.jitter.ms'].doc,
  }),
  'log.roll.jitter.hours': int({
    default: 0,
    min: 0,
    doc: 'Holds where log.roll.jitter.ms is not set.',
  }),
  'log.flush.interval.ms': long({
    default: null,
    dynamic: 'cluster',
    broker: 'log.flush.scheduler.interval.ms',
    doc: topicConfigs['flush.ms'].doc,
  }),
  'log.flush.scheduler.interval.ms': long({
    default: Infinity,
    doc: 'Holds where log.flush.interval.ms is not set.',
  }),
}

/** Every config of the broker by its name: its own, defaults of topics, those of no effect. */
export const allBrokerConfigs: ReadonlyMap<string, Definition<unknown>> = new Map([
  ...kafkaBrokerConfigs,
  ...Object.entries(brokerConfigs),
  ...Object.values(topicConfigs as Definitions).flatMap(definition =>
    definition.broker === undefined ? [] : [[definition.broker, topicDefault(definition)] as const],
  ),
  ...Object.entries(timeDefaults),
])

function topicDefault(definition: Definition<unknown>): Definition<unknown> {
  return { ...definition, broker: undefined, dynamic: 'cluster' }
}

/** The config's name without the listener, and of security also without the mechanism. */
export function baseName(name: string): string {
  const [, base] = /^listener\.name\.[^.]*\.(.*)$/.exec(name) ?? []
  if (base === undefined) return name
  return mechanismConfigs.find(config => base.endsWith(config)) ?? base
}

/** Kafka: DynamicBrokerConfig's ListenerMechanismConfigs, and ConfigurationUtils of OAUTHBEARER. */
const mechanismConfigs = [
  'sasl.jaas.config',
  'sasl.login.callback.handler.class',
  'sasl.login.class',
  'connections.max.reauth.ms',
  ...Object.keys(oauthBearerConfigs),
]
