/** The npm package: a broker inside the caller's process, in memory, on a free port. */
import type { TopicOptions } from './admin/topics.ts'
import { openBroker } from './broker.ts'
import { systemClock } from './clock.ts'
import { createConfig, type Setting } from './config.ts'
import { developmentSettings } from './config/development.ts'
import { StartedBroker } from './in-process/started-broker.ts'
import { silentLogger, type Logger } from './logger.ts'
import { openMemoryStorage } from './memory-storage.ts'
import { MovableClock } from './movable-clock.ts'
import { quickRandom } from './random.ts'

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
export type { BrokerClock } from './in-process/broker-clock.ts'
export type { GroupHandle } from './in-process/group-handle.ts'
export type { ArmedFault, FaultDescription, FaultHit } from './faults/armed-fault.ts'
export type { FaultSpec, RequestFilter } from './faults/spec.ts'
export type { InstalledHook, ReceivedRequest, RequestHook } from './faults/request-hooks.ts'
export type { NodeHandle } from './in-process/node-handle.ts'
export type { StartedBroker } from './in-process/started-broker.ts'
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
    ...openMemoryStorage(clock, quickRandom),
    logger: options.logger ?? silentLogger,
    clock,
    realClock: systemClock,
    random: quickRandom,
    keepsProcessAlive: false,
  })
  if (options.topics !== undefined) {
    const { createTopic } = await import('./admin/topics.ts')
    for (const [name, topic] of Object.entries(options.topics)) {
      await createTopic(broker.services, name, topic)
    }
  }
  return new StartedBroker(broker, clock)
}
