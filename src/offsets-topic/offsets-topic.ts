import { KafkaError } from '../../protocol/errors.ts'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { encodeBatch } from '../../protocol/records.ts'
import type { Change, OffsetsTopicRow } from '../../storage/metadata-store.ts'
import type { Clock } from '../clock.ts'
import { keyPartition } from '../cluster.ts'
import { offsetsTopicName } from '../internal-topics.ts'
import type { Logger } from '../logger.ts'
import type { MetadataLog } from '../metadata-log.ts'
import type { Topic, Topics } from '../topics.ts'
import { difference } from './difference.ts'
import { isTold, recordOf, type OffsetsRecord, type ToldRow } from './records.ts'

/** What is encoded and appended in a row: other work waits for some milliseconds at most. */
const rowsInARow = 500
/** After each round there is a pause of so many times that: this takes 2 % of the time at most. */
const pauseFactor = 49
/** A leader is moved within the time of a commit. */
const retryMs = 10

export interface OffsetsTopicOptions {
  topics: Pick<Topics, 'get' | 'getOrCreate'>
  metadata: Pick<MetadataLog, 'commit' | 'onStored'>
  clock: Clock
  logger: Pick<Logger, 'info' | 'warn'>
  /** All rows of groups and offsets, as they are now. */
  rows: () => readonly Change[]
}

type KeyedRecord = Omit<OffsetsRecord, 'groupId'>

/**
 * The topic __consumer_offsets, which tools read and the coordinator does not: groups and offsets
 * live in the metadata store. What is stored of them is appended here afterwards, and nobody waits
 * for it. Of a row that changes faster than that, only the last state is told: the topic is
 * compacted anyway.
 */
export class OffsetsTopic {
  readonly #options: OffsetsTopicOptions
  /** Rows that were stored and not told yet, by key. */
  readonly #pending = { group: new Map<string, ToldRow>(), offset: new Map<string, ToldRow>() }
  /** The topic that has all that was stored, but for what is pending. */
  #completeId: string | undefined
  /** An append has failed: the next start compares. */
  #failed = false
  #running: Promise<void> | undefined
  #endPause: (() => void) | undefined
  #closed = false

  constructor(options: OffsetsTopicOptions) {
    this.#options = options
    options.metadata.onStored = changes => this.#record(changes)
  }

  /**
   * Compares the topic with the rows in the background, unless the broker was stopped when they
   * said the same. `mark` is what `close` has stored.
   */
  load(mark: OffsetsTopicRow | undefined): void {
    const { topics, metadata, rows } = this.#options
    const topic = topics.get(offsetsTopicName)
    if (mark !== undefined) {
      // From now on the topic may lag behind the rows. A store that fails tells its owner.
      metadata.commit([{ kind: 'offsetsTopic', key: 'mark', value: null }]).catch(() => {})
      if (topic !== undefined && isAt(mark, topic)) this.#completeId = topic.id
    }
    const isNew = topic === undefined && rows().length === 0
    if (this.#completeId === undefined && !isNew) this.#start()
  }

  /** Lets the topic exist, as in Kafka from the first client on that looks for a coordinator. */
  create(): void {
    const topic = this.#options.topics.get(offsetsTopicName)
    if (topic === undefined || topic.id !== this.#completeId) this.#start()
  }

  /** Appends what is left, and stores that nothing is missing. */
  async close(): Promise<void> {
    this.#closed = true
    this.#endPause?.()
    await this.#running
    const topic = this.#options.topics.get(offsetsTopicName)
    if (this.#failed || topic === undefined || topic.id !== this.#completeId) return
    const value = { topicId: topic.id, endOffsets: topic.partitions.map(each => each.endOffset) }
    await this.#options.metadata.commit([{ kind: 'offsetsTopic', key: 'mark', value }])
  }

  /** Appends what Kafka would of these changes, which are stored. */
  #record(changes: readonly Change[]): void {
    for (const change of changes) {
      if (!isTold(change)) continue
      this.#pending[change.kind].set(change.key, change)
      this.#start()
    }
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    do {
      const startedMs = clock.monotonic()
      await this.#round()
      await this.#pause(pauseFactor * (clock.monotonic() - startedMs))
    } while (this.#isBehind)
  }

  get #isBehind(): boolean {
    return this.#pending.group.size > 0 || this.#pending.offset.size > 0
  }

  #pause(ms: number): Promise<void> | undefined {
    if (this.#closed) return undefined
    return new Promise(resolve => {
      const timer = this.#options.clock.after(ms, resolve)
      this.#endPause = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  async #round(): Promise<void> {
    const { topics, logger } = this.#options
    let topic: Topic | undefined
    try {
      topic = await topics.getOrCreate(offsetsTopicName)
      if (topic.id !== this.#completeId) await this.#complete(topic)
      await this.#append(topic, this.#takePending())
    } catch (error) {
      // What a topic lacks that was deleted meanwhile, the next one gets from the rows.
      if (topic !== undefined && topics.get(offsetsTopicName) !== topic) return
      this.#failed = true
      logger.warn({ err: error, topic: offsetsTopicName }, 'the topic lags behind the groups')
    }
  }

  #takePending(): OffsetsRecord[] {
    const records: OffsetsRecord[] = []
    for (const rows of Object.values(this.#pending)) {
      for (const [key, row] of rows) {
        if (records.length === rowsInARow) return records
        rows.delete(key)
        records.push(recordOf(row))
      }
    }
    return records
  }

  /** Appends what the topic does not say of the rows, or says and is no longer so. */
  async #complete(topic: Topic): Promise<void> {
    const rows = this.#options.rows()
    // They are among the rows.
    this.#pending.group.clear()
    this.#pending.offset.clear()
    const wanted = byPartition(rows.filter(isTold).map(recordOf), topic.partitions.length)
    let count = 0
    for (const [index, partition] of topic.partitions.entries()) {
      const missing = await difference(partition, wanted.get(index) ?? [])
      await this.#appendTo(topic, index, missing)
      count += missing.length
    }
    this.#completeId = topic.id
    this.#failed = false
    if (count > 0) this.#options.logger.info({ records: count }, 'told the offsets topic of groups')
  }

  async #append(topic: Topic, records: readonly OffsetsRecord[]): Promise<void> {
    const appends = byPartition(records, topic.partitions.length)
    await Promise.all(Array.from(appends, ([index, keyed]) => this.#appendTo(topic, index, keyed)))
  }

  async #appendTo(topic: Topic, index: number, records: readonly KeyedRecord[]): Promise<void> {
    for (let from = 0; from < records.length; from += rowsInARow) {
      const timestamp = this.#options.clock.now()
      const some = records.slice(from, from + rowsInARow)
      const batch = encodeBatch({ records: some.map(each => ({ ...each, timestamp })) })
      await this.#appendBatch(topic, index, batch)
    }
  }

  async #appendBatch(topic: Topic, index: number, batch: Buffer): Promise<void> {
    const options = { acks: 1, logAppendTime: false }
    for (;;) {
      try {
        await topic.partitions[index]!.append(batch, parseBatchHeader(batch), options)
        return
      } catch (error) {
        const isMoving = error instanceof KafkaError && error.error === 'NOT_LEADER_OR_FOLLOWER'
        if (!isMoving) throw error
        await new Promise<void>(resolve => this.#options.clock.after(retryMs, resolve))
      }
    }
  }
}

/** The topic is as long as it was when nothing was missing. */
function isAt({ topicId, endOffsets }: OffsetsTopicRow, { id, partitions }: Topic): boolean {
  return (
    topicId === id &&
    endOffsets.length === partitions.length &&
    partitions.every(({ endOffset }, index) => endOffset === endOffsets[index])
  )
}

function byPartition(
  records: readonly OffsetsRecord[],
  partitions: number,
): Map<number, OffsetsRecord[]> {
  return Map.groupBy(records, ({ groupId }) => keyPartition(groupId, partitions))
}
