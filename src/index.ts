/** The npm package: a broker inside the caller's process, in memory, on a free port. */
import { createMemoryLogStore } from '../storage/memory/log.ts'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import type { Parsed } from './admin/topic-record.ts'
import type { ListedGroup } from './admin/groups.ts'
import type { ListedTopic, TopicOptions } from './admin/topics.ts'
import { openBroker } from './broker.ts'
import { systemClock } from './clock.ts'
import { createConfig, type Setting } from './config.ts'
import { developmentSettings } from './config/development.ts'
import type { Services } from './handler.ts'
import { unfiredError, type ArmedFault, type FaultDescription } from './faults/armed-fault.ts'
import type { FaultSpec } from './faults/spec.ts'
import { lagOf, type PartitionLag } from './groups/offsets/lag.ts'
import { GroupHandle } from './in-process/group-handle.ts'
import { TopicHandle } from './in-process/topic-handle.ts'
import { BrokerClock } from './in-process/broker-clock.ts'
import { silentLogger, type Logger } from './logger.ts'
import { MovableClock } from './movable-clock.ts'
import { systemRandom } from './random.ts'
import type { ClientMetrics } from './telemetry/telemetry.ts'

export { KafkaError } from '../protocol/errors.ts'
export { ExpectationFailed, NotSettled } from './admin/failures.ts'
export { InvalidInput } from './admin/invalid-input.ts'
export type { AppendedRecord } from './admin/append.ts'
export type { Position } from './admin/position.ts'
export type { DescribedGroup, ListedGroup } from './admin/groups.ts'
export type { ReadOptions } from './admin/read.ts'
export type { TopicRecord } from './admin/topic-record.ts'
export type { DescribedTopic, ListedTopic, TopicOptions } from './admin/topics.ts'
export type { WaitOptions } from './admin/watch.ts'
export type { GroupWhy } from './admin/why.ts'
export type { GroupHandle } from './in-process/group-handle.ts'
export type { ArmedFault, FaultDescription, FaultHit } from './faults/armed-fault.ts'
export type { FaultSpec } from './faults/spec.ts'
export type { RecordToAppend, TakeOptions, TopicHandle } from './in-process/topic-handle.ts'

export interface StartOptions {
  /** Topics to create, by name: `{ orders: { partitions: 3 } }`. */
  topics?: Readonly<Record<string, TopicOptions>>
  /** Broker configs by Kafka's names, for instance `{ 'num.partitions': 3 }`. */
  config?: Readonly<Record<string, string | number | boolean>>
  /** Brokers of the cluster, at most 100; 1 if it is not given. */
  brokers?: number
  /** Takes log lines; pino's own shape. Nothing is logged without one. */
  logger?: Logger
}

export interface StartedBroker extends AsyncDisposable {
  /** Where clients connect: 'host:port' of each broker, with commas in between. */
  readonly bootstrapServers: string
  /** A topic without a Kafka client; it need not exist. The same handle for a name each time. */
  topic<Value = Parsed>(name: string): TopicHandle<Value>
  /** In the order of their names. */
  topics(): Promise<ListedTopic[]>
  /** A group of any protocol; it need not exist. */
  group(id: string): GroupHandle
  /** In the order of their names. */
  groups(): Promise<ListedGroup[]>
  /** The broker's time, which can stand still and be moved on. */
  readonly clock: BrokerClock
  /** What each client has pushed last (KIP-714), the oldest first. */
  clientMetrics(): ClientMetrics[]
  /** How far a group is behind, by topic and partition; empty where it has committed nothing. */
  groupLag(groupId: string): PartitionLag[]
  /**
   * Has requests of clients fail, wait or get lost: once, if it does not say how often. Throws
   * InvalidInput for what no fault can be.
   */
  fault(spec: FaultSpec): ArmedFault
  /** In the order in which they were added. */
  faults(): FaultDescription[]
  /**
   * Disconnects all clients and forgets all data. Rejects then if a fault never fired that is not
   * optional: the test has not tested what it says.
   */
  close(): Promise<void>
}

/**
 * Starts a broker that keeps everything in memory. Any number may run in one process; none keeps
 * the process alive. Rejects with a ConfigError for a config that is unknown or has a wrong value.
 */
export async function startBroker(options: StartOptions = {}): Promise<StartedBroker> {
  const settings = Object.entries(options.config ?? {}).map(([name, value]): Setting => {
    return { name, value: String(value), origin: `config ${name}` }
  })
  const freePort = { name: 'listeners', value: 'PLAINTEXT://127.0.0.1:0', origin: 'startBroker' }
  if (options.brokers !== undefined) {
    const value = String(options.brokers)
    settings.push({ name: 'brokers', value, origin: 'brokers' })
  }
  const { config } = createConfig([freePort, ...developmentSettings('startBroker'), ...settings])
  const clock = new MovableClock(systemClock)
  const broker = await openBroker({
    config,
    metadata: createMemoryMetadataStore(),
    logs: createMemoryLogStore(() => clock.now(), systemRandom.below),
    logger: options.logger ?? silentLogger,
    clock,
    realClock: systemClock,
    random: systemRandom,
    keepsProcessAlive: false,
  })
  if (options.topics !== undefined) {
    const { createTopic } = await import('./admin/topics.ts')
    for (const [name, topic] of Object.entries(options.topics)) {
      await createTopic(broker.services, name, topic)
    }
  }
  const services = (): Services => broker.services
  const close = async (): Promise<void> => {
    const unfired = broker.services.faults.unfired()
    await broker.close()
    if (unfired.length > 0) throw unfiredError(unfired)
  }
  const handles = new Map<string, TopicHandle>()
  return {
    bootstrapServers: broker.addresses.map(({ host, port }) => `${host}:${port}`).join(','),
    topic(name) {
      const handle = handles.get(name) ?? new TopicHandle(name, services)
      handles.set(name, handle)
      return handle
    },
    async topics() {
      const { listTopics } = await import('./admin/topics.ts')
      return listTopics(broker.services)
    },
    group: id => new GroupHandle(id, services),
    async groups() {
      const { listGroups } = await import('./admin/groups.ts')
      return listGroups(broker.services)
    },
    clock: new BrokerClock(clock),
    clientMetrics: () => broker.services.telemetry.received(),
    groupLag(groupId) {
      const { groups, topics } = broker.services
      return lagOf(groups.offsets.of(groupId), topics)
    },
    fault: spec => broker.services.faults.add(spec),
    faults: () => broker.services.faults.list(),
    close,
    [Symbol.asyncDispose]: close,
  }
}
