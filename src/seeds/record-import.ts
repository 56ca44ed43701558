import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { encodeBatch, type NewRecord } from '../../protocol/records.ts'
import { InvalidInput } from '../admin/invalid-input.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { partitionForKey } from '../admin/partitioner.ts'
import type { RecordInput } from '../admin/record-json.ts'
import type { Services } from '../handler.ts'
import { appendBatch } from '../partitions/append-batch.ts'
import { isInternalTopic } from '../topic-names.ts'
import type { Topic } from '../topics.ts'

/** Of a batch, more or less; and of all that wait to be appended. */
const batchBytes = 256 * 1024
const waitingBytes = 16 * 1024 * 1024
/** Of a record without key, value and headers. */
const overheadBytes = 32

interface Waiting {
  topic: Topic
  partition: number
  records: NewRecord[]
  bytes: number
  /** Of the first record. */
  where: string
}

/**
 * Appends records in batches, those of a partition in their order, with the times that they say:
 * also where a topic would give them the broker's own.
 */
export class RecordImport {
  readonly #services: Services
  readonly #waiting = new Map<string, Waiting>()
  /** What partitions began with, by topic. */
  readonly #firstOffsets = new Map<string, number[]>()
  readonly #next = new Map<Topic, number>()
  #bytes = 0

  constructor(services: Services) {
    this.#services = services
  }

  /**
   * What a partition began with before the import brought records of the topic; 0 where it has
   * brought none.
   */
  firstOffset(topic: string, partition: number): number {
    return this.#firstOffsets.get(topic)?.[partition] ?? 0
  }

  async add(topic: Topic, record: RecordInput, where: string): Promise<void> {
    if (isInternalTopic(topic.name)) {
      throw new InvalidInput(`topic '${topic.name}' is the broker's own: leave the line out`)
    }
    if (!this.#firstOffsets.has(topic.name)) {
      this.#firstOffsets.set(
        topic.name,
        topic.partitions.map(({ endOffset }) => endOffset),
      )
    }
    const partition = this.#partitionOf(topic, record)
    const id = `${topic.id}:${partition}`
    const waiting = this.#waiting.get(id) ?? { topic, partition, records: [], bytes: 0, where }
    this.#waiting.set(id, waiting)
    const { key, value, headers, timestamp = this.#services.clock.now() } = record
    const bytes = overheadBytes + (key?.length ?? 0) + (value?.length ?? 0)
    const headerBytes = headers.reduce((sum, header) => sum + (header.value?.length ?? 0) + 16, 0)
    waiting.records.push({ key, value, headers, timestamp })
    waiting.bytes += bytes + headerBytes
    this.#bytes += bytes + headerBytes
    const limit = Math.min(batchBytes, topic.config.maxMessageBytes / 2)
    if (this.#bytes >= waitingBytes) await this.flush()
    else if (waiting.bytes >= limit) await this.#append(id, waiting)
  }

  async flush(): Promise<void> {
    await Promise.all(Array.from(this.#waiting, ([id, waiting]) => this.#append(id, waiting)))
  }

  /** Without a key, one partition after the other: the same file gives the same each time. */
  #partitionOf(topic: Topic, { partition, key }: RecordInput): number {
    const { length } = topic.partitions
    if (partition === undefined) {
      if (key !== null) return partitionForKey(key, length)
      const next = this.#next.get(topic) ?? 0
      this.#next.set(topic, next + 1)
      return next % length
    }
    if (partition < length) return partition
    const last = length === 1 ? 'partition 0 only' : `partitions 0 to ${length - 1}`
    throw new InvalidInput(`topic '${topic.name}' has ${last}, not ${partition}`)
  }

  async #append(id: string, { topic, partition, records, bytes, where }: Waiting): Promise<void> {
    this.#waiting.delete(id)
    this.#bytes -= bytes
    const target = topic.partitions[partition]!
    const encoded = encodeBatch({ records })
    const batch = { bytes: encoded, header: parseBatchHeader(encoded) }
    const { clock, config } = this.#services
    try {
      await appendBatch(
        target,
        withTimesAsGiven(topic),
        batch,
        { acks: -1 },
        {
          clock,
          config,
          nodeId: target.leader,
        },
      )
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      throw new InvalidInput(`${where}: ${error.message}`, { cause: error })
    }
  }
}

function withTimesAsGiven(topic: Topic): Topic {
  const anyTime = { messageTimestampBeforeMaxMs: Infinity, messageTimestampAfterMaxMs: Infinity }
  return { ...topic, config: { ...topic.config, logAppendTime: false, ...anyTime } }
}
