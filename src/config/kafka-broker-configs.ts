import { bool, double, int, list, long, oneOf, short, string } from './definition.ts'
import type { Definition, DynamicUse, Range } from './definition.ts'

/**
 * Broker configs of Apache Kafka 4.3.1 that are accepted and told of, without effect here: name,
 * type, default, and then the range or the allowed values, and what it can be set on while brokers
 * run. Who makes one act moves it to broker-configs.ts.
 */
const table = `
  add.partitions.to.txn.retry.backoff.ms INT 20 1..
  alter.config.policy.class.name CLASS null
  alter.log.dirs.replication.quota.window.num INT 11 1..
  alter.log.dirs.replication.quota.window.size.seconds INT 1 1..
  auto.leader.rebalance.enable BOOLEAN true
  background.threads INT 10 1.. cluster
  broker.heartbeat.interval.ms INT 2000
  broker.rack STRING null
  broker.session.timeout.ms INT 9000
  config.providers LIST '' cluster
  controlled.shutdown.enable BOOLEAN true
  controller.quorum.append.linger.ms INT 25 0..
  controller.quorum.auto.join.enable BOOLEAN false
  controller.quorum.bootstrap.servers LIST ''
  controller.quorum.election.backoff.max.ms INT 1000 0..
  controller.quorum.election.timeout.ms INT 1000 0..
  controller.quorum.fetch.max.bytes INT 1048576 1..
  controller.quorum.fetch.snapshot.max.bytes INT 1048576 1..
  controller.quorum.fetch.timeout.ms INT 2000 0..
  controller.quorum.request.timeout.ms INT 2000 0..
  controller.quorum.retry.backoff.ms INT 20 0..
  controller.quorum.voters LIST ''
  controller.socket.timeout.ms INT 30000
  cordoned.log.dirs LIST '' broker
  create.topic.policy.class.name CLASS null
  delete.records.purgatory.purge.interval.requests INT 1
  early.start.listeners LIST null
  fetch.purgatory.purge.interval.requests INT 1000
  follower.fetch.last.tiered.offset.enable BOOLEAN false cluster
  group.coordinator.append.linger.ms INT -1 -1..
  group.coordinator.background.threads INT 2 1..
  group.coordinator.cached.buffer.max.bytes INT 1048588 524288.. cluster
  group.coordinator.threads INT 4 1..
  group.share.assignors LIST simple
  initial.broker.registration.timeout.ms INT 60000
  inter.broker.listener.name STRING null
  kafka.metrics.polling.interval.secs INT 10 1..
  kafka.metrics.reporters LIST ''
  leader.imbalance.check.interval.seconds LONG 300 1..
  log.cleaner.io.buffer.load.factor DOUBLE 0.9 cluster
  log.cleaner.io.buffer.size INT 524288 0.. cluster
  log.cleaner.threads INT 1 0.. cluster
  log.dir.failure.timeout.ms LONG 30000 1..
  log.flush.start.offset.checkpoint.interval.ms INT 60000 0..
  metadata.log.dir STRING null
  metadata.log.max.record.bytes.between.snapshots LONG 20971520 1..
  metadata.log.max.snapshot.interval.ms LONG 3600000 0..
  metadata.log.segment.bytes INT 1073741824 8388608..
  metadata.log.segment.ms LONG 604800000
  metadata.max.idle.interval.ms INT 500 0..
  metadata.max.retention.bytes LONG 104857600
  metadata.max.retention.ms LONG 604800000
  metric.reporters LIST org.apache.kafka.common.metrics.JmxReporter cluster
  metrics.num.samples INT 2 1..
  metrics.recording.level STRING INFO
  metrics.sample.window.ms LONG 30000 1..
  num.io.threads INT 8 1.. cluster
  num.network.threads INT 3 1.. cluster
  num.recovery.threads.per.data.dir INT 2 1.. cluster
  num.replica.alter.log.dirs.threads INT null
  num.replica.fetchers INT 1 1.. cluster
  offsets.commit.timeout.ms INT 5000 1..
  offsets.load.buffer.size INT 5242880 1..
  offsets.topic.compression.codec INT 0
  principal.builder.class CLASS
    org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder broker
  process.roles LIST broker,controller broker|controller
  producer.purgatory.purge.interval.requests INT 1000
  queued.max.requests INT 500 1..
  remote.fetch.max.wait.ms INT 500 1.. cluster
  remote.list.offsets.request.timeout.ms LONG 30000 1.. cluster
  remote.log.index.file.cache.total.size.bytes LONG 1073741824 1.. cluster
  remote.log.manager.copier.thread.pool.size INT 10 1.. cluster
  remote.log.manager.copy.max.bytes.per.second LONG Infinity 1.. cluster
  remote.log.manager.copy.quota.window.num INT 11 1..
  remote.log.manager.copy.quota.window.size.seconds INT 1 1..
  remote.log.manager.expiration.thread.pool.size INT 10 1.. cluster
  remote.log.manager.fetch.max.bytes.per.second LONG Infinity 1.. cluster
  remote.log.manager.fetch.quota.window.num INT 11 1..
  remote.log.manager.fetch.quota.window.size.seconds INT 1 1..
  remote.log.manager.follower.thread.pool.size INT 2 1.. cluster
  remote.log.manager.task.interval.ms LONG 30000 1..
  remote.log.manager.thread.pool.size INT 2 1..
  remote.log.metadata.custom.metadata.max.bytes INT 128 0..
  remote.log.metadata.manager.class.name STRING
    org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager
  remote.log.metadata.manager.class.path STRING null
  remote.log.metadata.manager.impl.prefix STRING rlmm.config.
  remote.log.metadata.manager.listener.name STRING null
  remote.log.reader.max.pending.tasks INT 100 1..
  remote.log.reader.threads INT 10 1.. cluster
  remote.log.storage.manager.class.name STRING null
  remote.log.storage.manager.class.path STRING null
  remote.log.storage.manager.impl.prefix STRING rsm.config.
  remote.log.storage.system.enable BOOLEAN false
  replica.fetch.backoff.ms INT 1000 0..
  replica.fetch.max.bytes INT 1048576 0..
  replica.fetch.min.bytes INT 1
  replica.fetch.response.max.bytes INT 10485760 0..
  replica.fetch.wait.max.ms INT 500
  replica.high.watermark.checkpoint.interval.ms LONG 5000
  replica.lag.time.max.ms LONG 30000
  replica.selector.class STRING null
  replica.socket.receive.buffer.bytes INT 65536
  replica.socket.timeout.ms INT 30000
  replication.quota.window.num INT 11 1..
  replication.quota.window.size.seconds INT 1 1..
  request.timeout.ms INT 30000
  sasl.client.callback.handler.class CLASS null
  sasl.kerberos.kinit.cmd STRING /usr/bin/kinit broker
  sasl.kerberos.min.time.before.relogin LONG 60000 broker
  sasl.kerberos.principal.to.local.rules LIST DEFAULT broker
  sasl.kerberos.service.name STRING null broker
  sasl.kerberos.ticket.renew.jitter DOUBLE 0.05 broker
  sasl.kerberos.ticket.renew.window.factor DOUBLE 0.8 broker
  sasl.login.callback.handler.class CLASS null
  sasl.login.class CLASS null
  sasl.login.connect.timeout.ms INT null
  sasl.login.read.timeout.ms INT null
  sasl.login.refresh.buffer.seconds SHORT 300 broker
  sasl.login.refresh.min.period.seconds SHORT 60 broker
  sasl.login.refresh.window.factor DOUBLE 0.8 broker
  sasl.login.refresh.window.jitter DOUBLE 0.05 broker
  sasl.login.retry.backoff.max.ms LONG 10000
  sasl.login.retry.backoff.ms LONG 100
  sasl.mechanism.controller.protocol STRING GSSAPI
  sasl.mechanism.inter.broker.protocol STRING GSSAPI broker
  sasl.oauthbearer.assertion.algorithm STRING RS256
  sasl.oauthbearer.assertion.claim.aud STRING null
  sasl.oauthbearer.assertion.claim.exp.seconds INT 300 0..86400
  sasl.oauthbearer.assertion.claim.iss STRING null
  sasl.oauthbearer.assertion.claim.jti.include BOOLEAN false
  sasl.oauthbearer.assertion.claim.nbf.seconds INT 60 0..3600
  sasl.oauthbearer.assertion.claim.sub STRING null
  sasl.oauthbearer.assertion.file STRING null
  sasl.oauthbearer.assertion.private.key.file STRING null
  sasl.oauthbearer.assertion.private.key.passphrase PASSWORD null
  sasl.oauthbearer.assertion.template.file STRING null
  sasl.oauthbearer.client.credentials.client.id STRING null
  sasl.oauthbearer.client.credentials.client.secret PASSWORD null
  sasl.oauthbearer.jwt.retriever.class CLASS
    org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever
  sasl.oauthbearer.scope STRING null
  sasl.oauthbearer.token.endpoint.url STRING null
  security.inter.broker.protocol STRING PLAINTEXT PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL
  security.providers STRING null
  share.coordinator.append.linger.ms INT -1 -1..
  share.coordinator.cached.buffer.max.bytes INT 1048588 524288.. cluster
  share.coordinator.load.buffer.size INT 5242880 1..
  share.coordinator.snapshot.update.records.per.snapshot INT 500 0..500
  share.coordinator.state.topic.compression.codec INT 0
  share.coordinator.state.topic.min.isr SHORT 2 1..
  share.coordinator.state.topic.num.partitions INT 50 1..
  share.coordinator.state.topic.replication.factor SHORT 3 1..
  share.coordinator.state.topic.segment.bytes INT 104857600 1..
  share.coordinator.threads INT 1 1..
  share.coordinator.write.timeout.ms INT 5000 1..
  share.fetch.purgatory.purge.interval.requests INT 1000
  socket.connection.setup.timeout.max.ms LONG 30000
  socket.connection.setup.timeout.ms LONG 10000
  socket.listen.backlog.size INT 50 1..
  socket.receive.buffer.bytes INT 102400
  socket.send.buffer.bytes INT 102400
  ssl.endpoint.identification.algorithm STRING https broker
  ssl.engine.factory.class CLASS null broker
  ssl.keymanager.algorithm STRING SunX509 broker
  ssl.provider STRING null broker
  ssl.secure.random.implementation STRING null broker
  ssl.trustmanager.algorithm STRING PKIX broker
  transaction.state.log.load.buffer.size INT 5242880 1..
  transaction.two.phase.commit.enable BOOLEAN false
`

/** By name, in the order of the names. */
export const kafkaBrokerConfigs: ReadonlyMap<string, Definition<unknown>> = new Map(
  table
    .trim()
    .split(/\n {2}(?! )/)
    .map(entry => parse(entry.split(/\s+/))),
)

function parse([name, type, initial, ...rules]: string[]): [string, Definition<unknown>] {
  const dynamic = rules.find(isDynamicUse)
  const allowed = rules.find(rule => rule.includes('|'))?.split('|')
  const text = initial === 'null' ? null : initial === "''" ? '' : initial!
  const range = rules.map(parseRange).find(found => found !== undefined)
  const doc = 'Taken as Apache Kafka takes it; without effect here.'
  const common = { doc, ...(dynamic && { dynamic }), ...range }
  const number = text === null ? null : Number(text)
  return [name!, definition(type!, { ...common, text, number, allowed })]
}

interface Parsed extends Range {
  doc: string
  text: string | null
  number: number | null
  allowed: readonly string[] | undefined
}

function definition(type: string, { text, number, allowed, ...common }: Parsed) {
  switch (type) {
    case 'BOOLEAN':
      return bool({ ...common, default: text === 'true' })
    case 'SHORT':
      return short({ ...common, default: number })
    case 'INT':
      return int({ ...common, default: number })
    case 'LONG':
      return long({ ...common, default: number })
    case 'DOUBLE':
      return double({ ...common, default: number! })
    case 'LIST':
      return list({ ...common, default: text, ...(allowed && { allowed }) })
    case 'CLASS':
    case 'PASSWORD':
      return string({ ...common, default: text }, type)
    default:
      return allowed
        ? oneOf(allowed, { ...common, default: text! })
        : string({ ...common, default: text })
  }
}

function isDynamicUse(rule: string): rule is DynamicUse {
  return rule === 'cluster' || rule === 'broker' || rule === 'listener'
}

function parseRange(rule: string): Range | undefined {
  const [, min, max] = /^(-?[\d.]*\d)\.\.([\d.]*)$/.exec(rule) ?? []
  if (min === undefined) return undefined
  return { min: Number(min), max: max === '' ? Infinity : Number(max) }
}
