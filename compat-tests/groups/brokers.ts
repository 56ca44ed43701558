/** The brokers on which groups are tried, with the same configs. */
import { startKafka } from '../kafka/kafka.ts'
import { startServer } from '../server.ts'
import { heartbeatIntervalMs, sessionTimeoutMs } from './drill.ts'

export interface Broker extends AsyncDisposable {
  readonly bootstrapServers: string
}

/** Members of these groups ask the broker for what classic members decide themselves. */
const configs = ['consumer', 'share'].flatMap(type => [
  `group.${type}.session.timeout.ms=${sessionTimeoutMs}`,
  `group.${type}.min.session.timeout.ms=${sessionTimeoutMs}`,
  `group.${type}.heartbeat.interval.ms=${heartbeatIntervalMs}`,
  `group.${type}.min.heartbeat.interval.ms=${heartbeatIntervalMs}`,
])

/** On Apache Kafka alone, which keeps the state of share groups in a replicated topic. */
const oneNode = [
  'share.coordinator.state.topic.replication.factor=1',
  'share.coordinator.state.topic.min.isr=1',
]

export function startOdradek(): Promise<Broker> {
  return startServer(...configs.flatMap(config => ['--set', config]))
}

export function startApacheKafka(): Promise<Broker> {
  return startKafka(...configs, ...oneNode)
}
