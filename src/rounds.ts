import { StorageError } from '../storage/partition-log.ts'
import type { Clock, Timer } from './clock.ts'
import type { Logger } from './logger.ts'
import type { Partition } from './partitions/partition.ts'
import type { Topic, Topics } from './topics.ts'

interface Options {
  /** For people. */
  task: string
  topics: Pick<Topics, 'all'>
  clock: Clock
  logger: Pick<Logger, 'error'>
  /** How long from the end of a round to the next; asked for anew each time. */
  intervalMs: () => number
  /** What is done to each partition, at this time, in milliseconds since the epoch. */
  visit: (partition: Partition, nowMs: number, topic: Topic) => Promise<void>
}

/** Partitions that are visited before others have a turn. */
const visitsInARow = 100

/** Visits every partition now and then: one after the other, for nobody waits for it. */
export class Rounds {
  readonly #options: Options
  #timer: Timer | undefined
  #goOn: (() => void) | undefined
  #running: Promise<void> | undefined
  #closed = false

  constructor(options: Options) {
    this.#options = options
    this.#schedule()
  }

  /** Begins no visit any more; resolves when the one that runs has ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    this.#goOn?.()
    await this.#running
  }

  #schedule(): void {
    if (this.#closed) return
    const { clock, intervalMs } = this.#options
    this.#timer = clock.after(intervalMs(), () => {
      this.#running = this.#run().then(() => this.#schedule())
    })
  }

  async #run(): Promise<void> {
    let visits = 0
    for (const topic of this.#options.topics.all()) {
      for (const partition of topic.partitions) {
        if (this.#closed) return
        await this.#visit(topic, partition)
        if (++visits % visitsInARow === 0) await this.#giveWay()
      }
    }
  }

  /** Visits that find nothing to do wait for nothing: thousands of them would hold up requests. */
  #giveWay(): Promise<void> {
    return new Promise(resolve => {
      this.#goOn = resolve
      this.#timer = this.#options.clock.after(0, resolve)
    })
  }

  /** What goes wrong with one partition is no reason to leave others alone for ever. */
  async #visit(topic: Topic, partition: Partition): Promise<void> {
    const { task, clock, logger, visit } = this.#options
    try {
      await visit(partition, clock.now(), topic)
    } catch (error) {
      // A log that fails has said so, and is offline. One of a topic deleted meanwhile is closed.
      if (error instanceof StorageError) return
      const id = { topic: topic.name, partition: partition.index }
      logger.error({ err: error, ...id }, `${task} failed`)
    }
  }
}
