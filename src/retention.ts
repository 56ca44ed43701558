import { StorageError } from '../storage/partition-log.ts'
import type { Clock, Timer } from './clock.ts'
import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import type { Partition } from './partition.ts'
import type { Topic, Topics } from './topics.ts'

interface Options {
  config: Pick<Config, 'logRetentionCheckIntervalMs'>
  topics: Pick<Topics, 'all'>
  clock: Clock
  logger: Pick<Logger, 'error'>
}

/**
 * Now and then, removes what the configs of the topics keep no longer (Kafka:
 * LogManager.cleanupLogs): one partition after the other, for nobody waits for it.
 */
export class Retention {
  readonly #options: Options
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #closed = false

  constructor(options: Options) {
    this.#options = options
    this.#schedule()
  }

  /** Resolves when nothing is removed any more. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#running
  }

  #schedule(): void {
    if (this.#closed) return
    const { clock, config } = this.#options
    this.#timer = clock.after(config.logRetentionCheckIntervalMs, () => {
      this.#running = this.#run().then(() => this.#schedule())
    })
  }

  async #run(): Promise<void> {
    for (const topic of this.#options.topics.all()) {
      for (const partition of topic.partitions) {
        if (this.#closed) return
        await this.#retain(topic, partition)
      }
    }
  }

  /** What goes wrong with one partition is no reason to keep what others have for ever. */
  async #retain({ name: topic }: Topic, partition: Partition): Promise<void> {
    const { clock, logger } = this.#options
    try {
      await partition.retain(clock.now())
    } catch (error) {
      // A log that fails has said so, and is offline. One of a topic deleted meanwhile is closed.
      if (error instanceof StorageError) return
      logger.error({ err: error, topic, partition: partition.index }, 'retention failed')
    }
  }
}
