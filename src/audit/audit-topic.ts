import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { encodeBatch } from '../../protocol/records.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../logger.ts'
import type { Topics } from '../topics.ts'

export interface AuditTopicOptions {
  name: string
  topics: Pick<Topics, 'getOrCreate'>
  clock: Clock
  logger: Logger
}

/** Events that wait to be appended; past it they are in the log only. */
const maxWaiting = 10_000
const recordsInABatch = 500

/** Appends what comes to the first partition of a topic, which is created with the first event. */
export class AuditTopic {
  readonly #options: AuditTopicOptions
  #waiting: Buffer[] = []
  #running: Promise<void> | undefined
  #hasFailed = false

  constructor(options: AuditTopicOptions) {
    this.#options = options
  }

  append(event: Buffer): void {
    if (this.#waiting.length === maxWaiting) return this.#fail(new Error('too many events wait'))
    this.#waiting.push(event)
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  /** All is appended that can be. */
  async close(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    const { name, topics, clock } = this.#options
    try {
      // Events that come together are one batch.
      await Promise.resolve()
      while (this.#waiting.length > 0) {
        const { partitions } = await topics.getOrCreate(name)
        const events = this.#waiting.splice(0, recordsInABatch)
        const timestamp = clock.now()
        const records = events.map(value => ({ timestamp, key: null, value }))
        const batch = encodeBatch({ records })
        const options = { acks: 1, logAppendTime: false }
        await partitions[0]!.append(batch, parseBatchHeader(batch), options)
        this.#hasFailed = false
      }
    } catch (error) {
      this.#waiting = []
      this.#fail(error)
    }
  }

  /** The log has the events; of a topic that fails it says so once. */
  #fail(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    const { logger, name } = this.#options
    logger.error({ err: error, topic: name }, 'events of the audit are missing in their topic')
  }
}
