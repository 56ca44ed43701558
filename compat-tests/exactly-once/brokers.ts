/** The brokers that are killed, with the same configs. */
import { startKafka } from '../kafka/kafka.ts'
import { startServer } from '../server.ts'

export interface Broker extends AsyncDisposable {
  readonly bootstrapServers: string
  /** SIGKILL; what is stored stays. */
  kill(): Promise<void>
  /** On the same port, with what is stored; resolves when it takes connections. */
  restart(): Promise<void>
}

export const sessionTimeoutMs = 3000
export const heartbeatIntervalMs = 500

/** So that those who live on need not wait for long for those who were killed. */
const configs = [
  `group.min.session.timeout.ms=${sessionTimeoutMs}`,
  `group.consumer.min.session.timeout.ms=${sessionTimeoutMs}`,
  `group.consumer.session.timeout.ms=${sessionTimeoutMs}`,
  `group.consumer.min.heartbeat.interval.ms=${heartbeatIntervalMs}`,
  `group.consumer.heartbeat.interval.ms=${heartbeatIntervalMs}`,
]

export const brokers = {
  'Odradek, os': () => startOdradek('os'),
  'Odradek, disk': () => startOdradek('disk'),
  'Apache Kafka 4.3.1': () => startKafka(...configs),
} satisfies Record<string, () => Promise<Broker>>

export type BrokerName = keyof typeof brokers

function startOdradek(durability: string): Promise<Broker> {
  return startServer('--durability', durability, ...configs.flatMap(config => ['--set', config]))
}
