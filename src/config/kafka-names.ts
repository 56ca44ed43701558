/**
 * Names that brokers of Apache Kafka know without telling of them, or knew up to 3.9, and that have
 * no effect here: a server.properties file that works there works here.
 */
export const otherKafkaConfigs: ReadonlySet<string> = new Set(
  `
  advertised.host.name advertised.port auto.include.jmx.reporter broker.id.generation.enable
  control.plane.listener.name controlled.shutdown.max.retries
  controlled.shutdown.retry.backoff.ms controller.performance.always.log.threshold.ms
  controller.performance.sample.period.ms
  eligible.leader.replicas.enable group.consumer.regex.refresh.interval.ms
  group.coordinator.new.enable group.share.enable group.share.initialize.retry.interval.ms
  group.share.max.groups group.share.persister.class.name host.name
  inter.broker.protocol.version internal.metadata.delete.delay.millis
  internal.metadata.log.segment.bytes internal.metadata.max.batch.size.in.bytes
  leader.imbalance.per.broker.percentage log.initial.task.delay.ms
  log.message.downconversion.enable log.message.format.version
  log.message.timestamp.difference.max.ms metadata.log.segment.min.bytes
  offsets.commit.required.acks password.encoder.cipher.algorithm password.encoder.iterations
  password.encoder.key.length password.encoder.keyfactory.algorithm password.encoder.old.secret
  password.encoder.secret producer.id.expiration.check.interval.ms quota.consumer.default
  quota.producer.default remote.log.index.file.cache.ttl.ms
  remote.log.manager.task.retry.backoff.max.ms remote.log.manager.task.retry.backoff.ms
  remote.log.manager.task.retry.jitter reserved.broker.max.id server.max.startup.time.ms
  share.coordinator.cold.partition.snapshot.interval.ms
  share.coordinator.state.topic.prune.interval.ms unclean.leader.election.interval.ms
  unstable.api.versions.enable unstable.feature.versions.enable zookeeper.clientCnxnSocket
  zookeeper.connect zookeeper.connection.timeout.ms zookeeper.max.in.flight.requests
  zookeeper.metadata.migration.enable zookeeper.metadata.migration.min.batch.size
  zookeeper.session.timeout.ms zookeeper.set.acl zookeeper.ssl.cipher.suites
  zookeeper.ssl.client.enable zookeeper.ssl.crl.enable zookeeper.ssl.enabled.protocols
  zookeeper.ssl.endpoint.identification.algorithm zookeeper.ssl.keystore.location
  zookeeper.ssl.keystore.password zookeeper.ssl.keystore.type zookeeper.ssl.ocsp.enable
  zookeeper.ssl.protocol zookeeper.ssl.truststore.location zookeeper.ssl.truststore.password
  zookeeper.ssl.truststore.type
`
    .trim()
    .split(/\s+/),
)

/** Beginnings of names that listeners and plug-ins make up. */
const prefixes = [
  'listener.name.',
  'config.providers.',
  'confluent.',
  'rsm.config.',
  'rlmm.config.',
]

/** Taken as it is, whatever its value. */
export function isOtherKafkaConfig(name: string): boolean {
  return otherKafkaConfigs.has(name) || prefixes.some(prefix => name.startsWith(prefix))
}
