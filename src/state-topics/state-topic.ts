import { KafkaError } from '../../protocol/errors.ts'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { encodeBatch } from '../../protocol/records.ts'
import type { Change, StateTopicRow } from '../../storage/metadata-store.ts'
import type { Clock } from '../clock.ts'
import { keyPartition } from '../cluster.ts'
import type { Logger } from '../logger.ts'
import type { MetadataLog } from '../metadata-log.ts'
import type { Topic, Topics } from '../topics.ts'
import { difference } from './difference.ts'

/** What is encoded and appended in a row: other work waits for some milliseconds at most. */
const recordsInARow = 500
/** After each round there is a pause of so many times that: this takes 2 % of the time at most. */
const pauseFactor = 49
/** A leader is moved within the time of a commit. */
const retryMs = 10

/** One record of such a topic; a value of null deletes what the key names. */
export interface StateRecord {
  /** What decides on the partition: a group, or a transactional id. */
  owner: string
  key: Buffer
  value: Buffer | null
}

/** What one coordinator keeps in its topic. */
export interface StateTopicContent {
  readonly name: string
  /** The rows of which Kafka keeps records there. */
  readonly kinds: ReadonlySet<Change['kind']>
  readonly recordsOf: (row: Change) => StateRecord[]
}

export interface StateTopicOptions extends StateTopicContent {
  topics: Pick<Topics, 'get' | 'getOrCreate'>
  metadata: Pick<MetadataLog, 'commit' | 'watch'>
  clock: Pick<Clock, 'now'>
  realClock: Clock
  logger: Pick<Logger, 'info' | 'warn'>
  /** All that there are of these rows, as they are now. */
  rows: () => readonly Change[]
}

type KeyedRecord = Omit<StateRecord, 'owner'>

/**
 * A topic that a coordinator of Kafka keeps its state in, __consumer_offsets for one. Here tools
 * read it and the coordinator does not: the state lives in the metadata store. What is stored of it
 * is appended here afterwards, and nobody waits for it. Of a row that changes faster than that,
 * only the last state is told: the topic is compacted anyway.
 */
export class StateTopic {
  readonly #options: StateTopicOptions
  /** Rows that were stored and not told yet, by kind and key; with what went before, if it did. */
  readonly #pending = new Map<string, Change[]>()
  /** The topic that has all that was stored, but for what is pending. */
  #completeId: string | undefined
  /** An append has failed: the next start compares. */
  #failed = false
  #running: Promise<void> | undefined
  #endPause: (() => void) | undefined
  #closed = false

  constructor(options: StateTopicOptions) {
    this.#options = options
    options.metadata.watch(changes => this.#record(changes))
  }

  /**
   * Compares the topic with the rows in the background, unless the broker was stopped when they
   * said the same. `mark` is what `close` has stored.
   */
  load(mark: StateTopicRow | undefined): void {
    const { name, topics, metadata, rows } = this.#options
    const topic = topics.get(name)
    if (mark !== undefined) {
      // From now on the topic may lag behind the rows. A store that fails tells its owner.
      metadata.commit([{ kind: 'stateTopic', key: name, value: null }]).catch(() => {})
      if (topic !== undefined && isAt(mark, topic)) this.#completeId = topic.id
    }
    const isNew = topic === undefined && rows().length === 0
    if (this.#completeId === undefined && !isNew) this.#start()
  }

  /** Lets the topic exist, as in Kafka from the first client on that looks for a coordinator. */
  create(): void {
    const { name, topics } = this.#options
    const topic = topics.get(name)
    if (topic === undefined || topic.id !== this.#completeId) this.#start()
  }

  /** Appends what is left, and stores that nothing is missing. */
  async close(): Promise<void> {
    this.#closed = true
    this.#endPause?.()
    await this.#running
    const { name, topics, metadata } = this.#options
    const topic = topics.get(name)
    if (this.#failed || topic === undefined || topic.id !== this.#completeId) return
    const value = { topicId: topic.id, endOffsets: topic.partitions.map(each => each.endOffset) }
    await metadata.commit([{ kind: 'stateTopic', key: name, value }])
  }

  /** Appends what Kafka would of these changes, which are stored. */
  #record(changes: readonly Change[]): void {
    for (const change of changes) {
      if (!this.#options.kinds.has(change.kind)) continue
      const name = `${change.kind} ${change.key}`
      const gone = this.#pending.get(name)?.find(({ value }) => value === null)
      const isNew = change.value !== null && gone !== undefined
      this.#pending.set(name, isNew ? [gone, change] : [change])
      this.#start()
    }
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  async #run(): Promise<void> {
    const { realClock } = this.#options
    do {
      const startedMs = realClock.monotonic()
      await this.#round()
      await this.#pause(pauseFactor * (realClock.monotonic() - startedMs))
      // What a broker that stops cannot tell any more, the next start finds missing.
    } while (this.#pending.size > 0 && !(this.#closed && this.#failed))
  }

  #pause(ms: number): Promise<void> | undefined {
    if (this.#closed) return undefined
    return new Promise(resolve => {
      const timer = this.#options.realClock.after(ms, resolve)
      this.#endPause = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  async #round(): Promise<void> {
    const { name, topics, logger } = this.#options
    let topic: Topic | undefined
    try {
      topic = await topics.getOrCreate(name)
      if (topic.id !== this.#completeId) await this.#complete(topic)
      await this.#append(topic, this.#takePending())
    } catch (error) {
      // What a topic lacks that was deleted meanwhile, the next one gets from the rows.
      if (topic !== undefined && topics.get(name) !== topic) return
      this.#failed = true
      logger.warn({ err: error, topic: name }, 'the topic lags behind the state')
    }
  }

  #takePending(): StateRecord[] {
    const records: StateRecord[] = []
    for (const [name, changes] of this.#pending) {
      if (records.length >= recordsInARow) break
      this.#pending.delete(name)
      records.push(...changes.flatMap(this.#options.recordsOf))
    }
    return records
  }

  /** Appends what the topic does not say of the rows, or says and is no longer so. */
  async #complete(topic: Topic): Promise<void> {
    const { rows, recordsOf, logger } = this.#options
    const told = rows().flatMap(recordsOf)
    // They are among the rows.
    this.#pending.clear()
    const wanted = byPartition(told, topic.partitions.length)
    let count = 0
    for (const [index, partition] of topic.partitions.entries()) {
      const missing = await difference(partition, wanted.get(index) ?? [])
      await this.#appendTo(topic, index, missing)
      count += missing.length
    }
    this.#completeId = topic.id
    this.#failed = false
    const details = { topic: topic.name, records: count }
    if (count > 0) logger.info(details, 'told a topic of the state that it lacked')
  }

  async #append(topic: Topic, records: readonly StateRecord[]): Promise<void> {
    const appends = byPartition(records, topic.partitions.length)
    await Promise.all(Array.from(appends, ([index, keyed]) => this.#appendTo(topic, index, keyed)))
  }

  async #appendTo(topic: Topic, index: number, records: readonly KeyedRecord[]): Promise<void> {
    for (let from = 0; from < records.length; from += recordsInARow) {
      const timestamp = this.#options.clock.now()
      const some = records.slice(from, from + recordsInARow)
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
        await new Promise<void>(resolve => this.#options.realClock.after(retryMs, resolve))
      }
    }
  }
}

/** The topic is as long as it was when nothing was missing. */
function isAt({ topicId, endOffsets }: StateTopicRow, { id, partitions }: Topic): boolean {
  return (
    topicId === id &&
    endOffsets.length === partitions.length &&
    partitions.every(({ endOffset }, index) => endOffset === endOffsets[index])
  )
}

function byPartition(
  records: readonly StateRecord[],
  partitions: number,
): Map<number, StateRecord[]> {
  return Map.groupBy(records, ({ owner }) => keyPartition(owner, partitions))
}
