import { nodeFs, type Fs } from '../../storage/file/fs.ts'
import { addressText } from '../client/address.ts'
import { openBroker, type Broker } from '../broker.ts'
import type { Address } from '../call.ts'
import { systemClock, type Clock } from '../clock.ts'
import { createConfig, type Config } from '../config.ts'
import { isLoopback } from '../config/loopback.ts'
import { exposedListeners, exposedSecrets } from '../config/exposure.ts'
import { handlers } from '../handlers/index.ts'
import type { Logger } from '../logger.ts'
import { Metrics } from '../metrics/metrics.ts'
import { timedFs } from '../metrics/timed-fs.ts'
import { MovableClock } from '../movable-clock.ts'
import { systemRandom } from '../random.ts'
import type { Storage } from '../state.ts'
import { loadHandlers } from '../served-api.ts'
import { version } from '../version.ts'
import type { StartArguments } from './arguments.ts'
import type { ReadyFacts } from './banner.ts'
import { loadBeginning, loadSnapshotFile } from './beginning.ts'
import { openImage } from './image.ts'
import { createOutput } from './output.ts'

export interface Server {
  logger: Logger
  /** Says that clients may come. */
  announce(): void
  close(): Promise<void>
}

/**
 * Starts the broker that the arguments describe. `onFailure`: metadata could not be written, and
 * the process must stop. Rejects with what `failureOf` knows.
 */
export async function startServer(
  { settings, unknown, beginning, image }: StartArguments,
  onFailure: () => void,
): Promise<Server> {
  const { config, ignored } = createConfig(settings)
  const { logger, ready } = await createOutput(process.stderr, config.logLevel)
  if (ignored.length > 0) {
    logger.warn(
      { configs: ignored.join(', ') },
      'these configs of Apache Kafka have no effect here',
    )
  }
  if (unknown.length > 0) {
    logger.warn({ names: unknown.join(', ') }, 'these are no configs of Kafka or Odradek: ignored')
  }
  const clock = config.development ? new MovableClock(systemClock) : systemClock
  const metrics = new Metrics(config)
  const fs = timedFs(nodeFs, metrics.syncs, systemClock)
  const storage = await openStorage({ config, clock, fs, logger, onFailure })
  const { load } = beginning
  if (load !== undefined) await loadSnapshotFile(load, { storage, config, clock, logger })
  const broker = await openBroker({
    ...storage,
    config,
    logger,
    clock,
    realClock: systemClock,
    metrics,
    random: systemRandom,
    keepsProcessAlive: true,
    prepare: services => loadBeginning(beginning, services, logger),
  })
  for (const { facts, message } of [...exposedListeners(config), ...exposedSecrets(settings)]) {
    logger.warn(facts, message)
  }
  const facts = readyFacts(config, broker)
  const announce = (): void => {
    ready(facts)
    void loadAll(logger)
  }
  if (image === undefined) return { logger, announce, close: broker.close }
  const { printReadiness, close } = await openImage(image, broker)
  return {
    logger,
    announce() {
      announce()
      printReadiness()
    },
    async close() {
      close()
      await broker.close()
    },
  }
}

function readyFacts(config: Config, { addresses, httpAddress }: Broker): ReadyFacts {
  const { durability, httpOnKafkaPort: onKafkaPort } = config
  const isHttp = ({ host }: Address): boolean => {
    return onKafkaPort === 'all' || (onKafkaPort === 'loopback' && isLoopback(host))
  }
  const http = httpAddress ?? addresses.find(isHttp)
  const advertised = config.listeners.flatMap(({ advertised: given, port }) => {
    return given === undefined ? [] : addressText({ host: given.host, port: given.port ?? port })
  })
  return {
    version,
    readyMs: Math.round(systemClock.monotonic()),
    addresses: addresses.map(addressText),
    advertised: advertised.length === 0 ? undefined : advertised,
    httpAddress: http && addressText(http),
    durability,
    dataDirectory: durability === 'memory' ? undefined : config.dataDirectory,
    createsTopics: config.autoCreateTopicsEnable,
    development: config.development,
  }
}

/** An update of the package must not reach into a broker that runs: later, it loads nothing. */
async function loadAll(logger: Logger): Promise<void> {
  try {
    await loadHandlers(handlers)
  } catch (error) {
    logger.error({ err: error }, 'some APIs cannot be served: their code cannot be loaded')
  }
}

interface StorageOptions {
  config: Config
  clock: Clock
  fs: Fs
  logger: Logger
  onFailure: () => void
}

async function openStorage(options: StorageOptions): Promise<Storage> {
  const { config, clock, fs, logger, onFailure } = options
  const { durability, dataDirectory: path } = config
  if (durability === 'memory') {
    const { openMemoryStorage } = await import('../memory-storage.ts')
    return openMemoryStorage(clock, systemRandom)
  }
  const { openDataDirectory } = await import('../../storage/data-directory.ts')
  const { cleaningThread } = await import('../../storage/file/cleaning-thread.ts')
  const directory = await openDataDirectory({
    fs,
    clean: cleaningThread(),
    path,
    durability,
    version,
    now: () => clock.now(),
    randomBelow: systemRandom.below,
    log: message => logger.warn({}, message),
    onFailure(error) {
      logger.error({ err: error }, 'metadata could not be written: stopping')
      onFailure()
    },
  })
  return { ...directory, reopen: () => openStorage(options) }
}
