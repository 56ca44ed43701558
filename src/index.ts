/** The npm package: a broker inside the caller's process, in memory, on a free port. */
import type { TopicOptions } from './admin/topics.ts'
import { openBroker, type Broker, type BrokerOptions } from './broker.ts'
import { systemClock } from './clock.ts'
import { createConfig, type Setting } from './config.ts'
import { developmentSettings } from './config/development.ts'
import type { Services } from './handler.ts'
import { StartedBroker } from './in-process/started-broker.ts'
import { silentLogger, type Logger } from './logger.ts'
import { openMemoryStorage } from './memory-storage.ts'
import { MovableClock } from './movable-clock.ts'
import { quickRandom } from './random.ts'
import type { Seed } from './seeds/load.ts'
import type { Storage } from './state.ts'

export { KafkaError } from '../protocol/errors.ts'
export { ExpectationFailed, NotSettled } from './admin/failures.ts'
export { InvalidInput } from './admin/invalid-input.ts'
export type { ResetOptions } from './snapshots/copies.ts'
export type { Seed } from './seeds/load.ts'
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
export type { ChaosEvent, ChaosOptions, ChaosRun } from './chaos/chaos.ts'
export type { ScenarioName } from './chaos/scenarios.ts'
export type { ArmedFault, FaultDescription, FaultHit } from './faults/armed-fault.ts'
export type { FaultSpec, RequestFilter } from './faults/spec.ts'
export type { InstalledHook, ReceivedRequest, RequestHook } from './faults/request-hooks.ts'
export type { NodeHandle } from './in-process/node-handle.ts'
export type { StartedBroker } from './in-process/started-broker.ts'
export type { RecordToAppend, TakeOptions, TopicHandle } from './in-process/topic-handle.ts'

export interface StartOptions {
  /** Topics to create, by name: `{ orders: { partitions: 3 } }`. */
  topics?: Readonly<Record<string, TopicOptions>>
  /** A snapshot to begin with: its bytes, or the path of its file. */
  load?: Uint8Array | string
  /**
   * What to begin with: paths of seed files or of directories of them, and entries as they are in
   * there, `{ topic: 'orders', key: 'a', value: { total: 1 } }`.
   */
  seed?: Seed | readonly Seed[]
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
  const { logger = silentLogger, load } = options
  const { config } = createConfig(settingsOf(options))
  const clock = new MovableClock(systemClock)
  const storage = openMemoryStorage(clock, quickRandom)
  if (load !== undefined) {
    const { loadInto } = await import('./in-process/load.ts')
    await loadInto(load, { ...storage, config, clock, random: quickRandom })
  }
  const prepare = (services: Services): Promise<void> => fill(services, options, logger)
  return started(await open({ config, logger, clock, storage, prepare }), clock, options)
}

/** Before anybody can connect. */
async function fill(services: Services, options: StartOptions, logger: Logger): Promise<void> {
  const { topics, seed } = options
  if (topics !== undefined) {
    const { createTopic } = await import('./admin/topics.ts')
    for (const [name, topic] of Object.entries(topics)) await createTopic(services, name, topic)
  }
  if (seed !== undefined) {
    const { loadSeeds } = await import('./seeds/load.ts')
    const { nodeFs: fs } = await import('../storage/file/fs.ts')
    const seeds = [seed].flat()
    await loadSeeds(services, { seeds, keepsTopics: false, fs, variables: process.env, logger })
  }
}

/** Its ports are free ones, and so are those of its forks. */
function started(broker: Broker, clock: MovableClock, options: StartOptions): StartedBroker {
  return new StartedBroker(broker, clock, async () => {
    const itsClock = clock.copy()
    const storage = await broker.copies.fork(itsClock)
    const { config } = createConfig(withFreePorts(settingsOf(options)))
    const { logger = silentLogger } = options
    return started(await open({ config, logger, clock: itsClock, storage }), itsClock, options)
  })
}

function settingsOf({ config = {}, brokers }: StartOptions): Setting[] {
  const origin = 'startBroker'
  return [
    { name: 'listeners', value: 'PLAINTEXT://127.0.0.1:0', origin },
    ...developmentSettings(origin),
    ...Object.entries(config).map(([name, value]): Setting => {
      return { name, value: String(value), origin: `config ${name}` }
    }),
    ...(brokers === undefined ? [] : [{ name: 'brokers', value: `${brokers}`, origin: 'brokers' }]),
  ]
}

/** What is told of other ports would lead clients to another broker. */
function withFreePorts(settings: readonly Setting[]): Setting[] {
  return settings
    .filter(({ name }) => name !== 'advertised.listeners')
    .map(setting => {
      const { name, value } = setting
      if (name === 'http.port') return { ...setting, value: '0' }
      return name === 'listeners'
        ? { ...setting, value: value.replace(/:\d+(?=,|\s|$)/g, ':0') }
        : setting
    })
}

function open({
  storage,
  ...rest
}: Pick<BrokerOptions, 'config' | 'logger' | 'clock' | 'prepare'> & {
  storage: Storage
}): Promise<Broker> {
  return openBroker({
    ...rest,
    ...storage,
    realClock: systemClock,
    random: quickRandom,
    keepsProcessAlive: false,
  })
}
