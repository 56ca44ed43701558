import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import { Rounds } from './rounds.ts'
import type { Topics } from './topics.ts'

type MaintenanceConfig = Pick<
  Config,
  | 'logFlushOffsetCheckpointIntervalMs'
  | 'logRetentionCheckIntervalMs'
  | 'logCleanerBackoffMs'
  | 'logCleanerDedupeBufferSize'
  | 'logCleanerEnable'
  | 'logCleanerIoMaxBytesPerSecond'
>

interface Options {
  config: MaintenanceConfig
  topics: Pick<Topics, 'all'>
  clock: Clock
  logger: Pick<Logger, 'error'>
}

/** What partitions need now and then, by the configs of their topics. */
export class Maintenance {
  readonly #retention: Rounds
  readonly #compaction: Rounds
  readonly #checkpoints: Rounds

  constructor({ config, ...options }: Options) {
    // Kafka: LogManager.cleanupLogs.
    this.#retention = new Rounds({
      ...options,
      task: 'retention',
      intervalMs: () => config.logRetentionCheckIntervalMs,
      visit: (partition, nowMs) => partition.retain(nowMs),
    })
    // Kafka: LogCleaner.
    this.#compaction = new Rounds({
      ...options,
      task: 'compaction',
      intervalMs: () => config.logCleanerBackoffMs,
      visit: async (partition, nowMs, topic) => {
        if (!config.logCleanerEnable || !topic.config.cleanupPolicy.includes('compact')) return
        await partition.compact(nowMs, {
          keyMapBytes: config.logCleanerDedupeBufferSize,
          maxBytesPerSecond: config.logCleanerIoMaxBytesPerSecond,
        })
      },
    })
    // Kafka: LogManager.checkpointLogRecoveryOffsets.
    this.#checkpoints = new Rounds({
      ...options,
      task: 'checkpoint',
      intervalMs: () => config.logFlushOffsetCheckpointIntervalMs,
      visit: partition => partition.checkpoint(),
    })
  }

  /** Begins nothing more. A compaction may take long: it ends when its log is closed. */
  async close(): Promise<void> {
    void this.#compaction.close()
    await Promise.all([this.#retention.close(), this.#checkpoints.close()])
  }
}
