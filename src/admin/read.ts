import { KafkaError } from '../../protocol/errors.ts'
import { batchesIn, batchSize, parseBatchHeader } from '../../protocol/record-batch.ts'
import type { BatchHeader } from '../../protocol/record-batch.ts'
import type { KafkaRecord } from '../../protocol/record-reader.ts'
import { decodeRecords } from '../../protocol/records.ts'
import { maxDecompressedBytes } from '../../storage/batches.ts'
import type { AbortedTransaction } from '../../storage/partition-log.ts'
import type { Services } from '../handler.ts'
import { endOffsetOf, readCommitted, readUncommitted } from '../partitions/committed-read.ts'
import type { Partition } from '../partitions/partition.ts'
import type { Topic } from '../topics.ts'
import { checkedPosition, offsetAt, placeIn, type Position } from './position.ts'
import { TopicRecord } from './topic-record.ts'
import { topicNamed } from './topics.ts'

export type Isolation = 'read_committed' | 'read_uncommitted'

export interface ReadOptions {
  /** Where to begin; 'start' if it is not given. Partitions that it does not name are left out. */
  from?: Position
  /**
   * `read_committed`, the default, waits for open transactions and leaves out aborted ones, as most
   * consumers should; `read_uncommitted` has all records.
   */
  isolation?: Isolation
}

/** What is read at a time. */
const chunkBytes = 1024 * 1024

/**
 * All records that a topic has now: those of a partition in their order, and of several by time.
 * Throws UNKNOWN_TOPIC_OR_PARTITION, and InvalidInput for a position that is none.
 */
export async function* readRecords(
  services: Services,
  topic: string,
  options: ReadOptions = {},
): AsyncGenerator<TopicRecord, void> {
  topicNamed(services.topics, topic)
  const reader = await TopicReader.open(services, topic, options)
  yield* reader.read(services)
}

/**
 * Reads on and on in a topic, which need not exist yet, and may be deleted and created again: then
 * from its start.
 */
export class TopicReader {
  readonly #name: string
  readonly #isolation: Isolation
  /** What to read next, by partition; those of a topic that is gone go with it. */
  readonly #next = new WeakMap<Topic, number[]>()

  /** From the start. */
  constructor(name: string, isolation: Isolation) {
    this.#name = name
    this.#isolation = isolation
  }

  static async open(
    { topics }: Services,
    name: string,
    { from = 'start', isolation = 'read_committed' }: ReadOptions,
  ): Promise<TopicReader> {
    const reader = new TopicReader(name, isolation)
    const position = checkedPosition(from)
    const topic = topics.get(name)
    // What comes later is read from its start, for all of it has come since.
    if (topic === undefined) return reader
    const offsets = topic.partitions.map(async (partition, index) => {
      const place = placeIn(position, name, index)
      return place === undefined ? Infinity : offsetAt(partition, place)
    })
    reader.#next.set(topic, await Promise.all(offsets))
    return reader
  }

  /** What has come since the last time; what is not taken, comes again. */
  async *read({ topics }: Services): AsyncGenerator<TopicRecord, void> {
    const topic = topics.get(this.#name)
    if (topic === undefined) return
    const next = this.#nextIn(topic)
    const sources = topic.partitions.map((partition, index) => ({
      index,
      records: recordsIn(partition, next[index] ?? 0, this.#isolation),
      skip: (offset: number) => (next[index] = offset),
    }))
    for await (const { index, record } of merged(sources)) {
      next[index] = record.offset + 1
      yield new TopicRecord(this.#name, index, record)
    }
  }

  #nextIn(topic: Topic): number[] {
    const known = this.#next.get(topic)
    if (known !== undefined) return known
    const fresh: number[] = []
    this.#next.set(topic, fresh)
    return fresh
  }
}

interface PartitionSource {
  readonly index: number
  /** Returns the offset up to which there is nothing more. */
  readonly records: AsyncGenerator<KafkaRecord, number>
  skip(offset: number): void
}

/** Of all partitions, the earliest record first; those of one partition stay in their order. */
async function* merged(
  sources: readonly PartitionSource[],
): AsyncGenerator<{ index: number; record: KafkaRecord }, void> {
  const heads = new Map<PartitionSource, KafkaRecord>()
  const advance = async (source: PartitionSource): Promise<void> => {
    const { done, value } = await source.records.next()
    if (done !== true) {
      heads.set(source, value)
    } else {
      heads.delete(source)
      source.skip(value)
    }
  }
  await Promise.all(sources.map(advance))
  while (heads.size > 0) {
    const source = earliest(heads)
    yield { index: source.index, record: heads.get(source)! }
    await advance(source)
  }
}

function earliest(heads: ReadonlyMap<PartitionSource, KafkaRecord>): PartitionSource {
  let first: [PartitionSource, KafkaRecord] | undefined
  for (const head of heads) {
    const [source, { timestamp }] = head
    if (first === undefined) first = head
    else if (timestamp < first[1].timestamp) first = head
    else if (timestamp === first[1].timestamp && source.index < first[0].index) first = head
  }
  return first![0]
}

/** Whether there is a record to read from an offset on: markers of transactions are none. */
export async function hasRecords(partition: Partition, from: number): Promise<boolean> {
  const { done } = await recordsIn(partition, from, 'read_committed').next()
  return done !== true
}

/** Up to what can be read now. Returns where it ended. */
async function* recordsIn(
  partition: Partition,
  from: number,
  isolation: Isolation,
): AsyncGenerator<KafkaRecord, number> {
  const isCommitted = isolation === 'read_committed'
  const end = isCommitted ? partition.lastStableOffset : partition.highWatermark
  let offset = from
  while (offset < end) {
    const { startOffset } = partition
    offset = Math.max(offset, startOffset)
    try {
      const read = isCommitted ? readCommitted : readUncommitted
      const { batches, aborted } = await read(partition, offset, chunkBytes, end)
      if (batches.length === 0) break
      yield* decoded(batches, aborted, offset)
      offset = endOffsetOf(batches)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      // Deleted meanwhile: there is nothing more.
      if (error.error === 'UNKNOWN_TOPIC_OR_PARTITION') return offset
      if (error.error !== 'OFFSET_OUT_OF_RANGE' || partition.startOffset <= startOffset) throw error
    }
  }
  return Math.max(offset, end)
}

function* decoded(
  buffers: readonly Buffer[],
  aborted: readonly AbortedTransaction[],
  from: number,
): Generator<KafkaRecord, void> {
  for (const buffer of buffers) {
    for (const at of batchesIn(buffer)) {
      const header = parseBatchHeader(buffer, at)
      if (header.isControl || header.recordCount === 0 || isAborted(header, aborted)) continue
      const batch = buffer.subarray(at, at + batchSize(buffer, at))
      for (const record of decodeRecords(batch, maxDecompressedBytes)) {
        if (record.offset >= from) yield record
      }
    }
  }
}

function isAborted(
  { isTransactional, producerId, baseOffset }: BatchHeader,
  aborted: readonly AbortedTransaction[],
): boolean {
  return (
    isTransactional &&
    aborted.some(transaction => {
      const { firstOffset, lastOffset } = transaction
      const isOfProducer = transaction.producerId === producerId
      return isOfProducer && firstOffset <= baseOffset && baseOffset <= lastOffset
    })
  )
}
