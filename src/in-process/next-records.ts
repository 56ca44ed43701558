import { failure, partitionsOf, type ExpectOptions } from '../admin/expect.ts'
import { TopicReader, type Isolation } from '../admin/read.ts'
import type { TopicRecord } from '../admin/topic-record.ts'
import { timeoutOf, Watch } from '../admin/watch.ts'
import type { Services } from '../handler.ts'
import type { Topic } from '../topics.ts'

/**
 * Gives each record of a topic once, to whoever asks for one like it. Of a topic that was deleted
 * and created again, or after a reset, it begins anew.
 */
export class NextRecords {
  readonly #topic: string
  readonly #isolation: Isolation
  readonly #reader: TopicReader
  /** What was read, and nobody has asked for yet. */
  readonly #unasked = new WeakMap<Topic, TopicRecord[]>()
  /** The last read of those who wait: one after the other. */
  #reading = Promise.resolve()

  constructor(topic: string, isolation: Isolation) {
    this.#topic = topic
    this.#isolation = isolation
    this.#reader = new TopicReader(topic, isolation)
  }

  /** Rejects as `expectRecords`. */
  async next(services: Services, options: ExpectOptions): Promise<TopicRecord> {
    const { where = () => true, signal } = options
    const timeoutMs = timeoutOf(options)
    const partitions = partitionsOf(services, this.#topic)
    using watch = new Watch(services, partitions, { timeoutMs, signal })
    for (;;) {
      watch.begin()
      const { end } = watch
      await this.#read(services)
      const unasked = this.#unaskedOf(services)
      const index = unasked.findIndex(where)
      if (index >= 0) return unasked.splice(index, 1)[0]!
      if (end !== undefined) {
        const others = { count: unasked.length, kept: unasked }
        const wanted = { topic: this.#topic, count: 1, matching: [], isolation: this.#isolation }
        throw failure({ ...wanted, others, end, timeoutMs, signal }, services)
      }
      await watch.wait()
    }
  }

  async #read(services: Services): Promise<void> {
    const reading = this.#reading.then(async () => {
      for await (const record of this.#reader.read(services)) {
        this.#unaskedOf(services).push(record)
      }
    })
    this.#reading = reading.catch(() => {})
    await reading
  }

  #unaskedOf({ topics }: Services): TopicRecord[] {
    const topic = topics.get(this.#topic)
    if (topic === undefined) return []
    const known = this.#unasked.get(topic)
    if (known !== undefined) return known
    const none: TopicRecord[] = []
    this.#unasked.set(topic, none)
    return none
  }
}
