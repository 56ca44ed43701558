import { KafkaError } from '../../protocol/errors.ts'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { encodeBatch, type NewRecord } from '../../protocol/records.ts'
import type { Services } from '../handler.ts'
import { appendBatch } from '../partitions/append-batch.ts'
import type { Appended } from '../partitions/partition.ts'
import { isInternalTopic } from '../topic-names.ts'
import type { Topic } from '../topics.ts'
import { partitionForKey, partitionWithoutKey } from './partitioner.ts'
import type { RecordInput } from './record-json.ts'
import { topicNamed } from './topics.ts'

/** Where a record has come to lie. */
export interface AppendedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** What a producer sends in one batch, or less where the topic takes only smaller ones. */
const maxBatchBytes = 512 * 1024
/** Of a record: its length, deltas, and the lengths of key and value; and of each header. */
const overheadBytes = 32
const headerOverheadBytes = 10

interface Batch {
  readonly partition: number
  readonly records: NewRecord[]
  /** Where they stand in what was given. */
  readonly positions: number[]
  bytes: number
}

/**
 * Appends records as Produce does: with the checks and configs of the topic, which is created if
 * `auto.create.topics.enable` lets a client create it. Resolves when all are durable, in the order
 * in which they were given. Rejects with a KafkaError: UNKNOWN_TOPIC_OR_PARTITION, and what Produce
 * answers; then records of other batches may have been appended.
 */
export async function appendRecords(
  services: Services,
  topicName: string,
  records: readonly RecordInput[],
): Promise<AppendedRecord[]> {
  const topic = await topicToAppend(services, topicName)
  const nowMs = services.clock.now()
  const batches = batchesOf(topic, records, nowMs)
  // All are on their way, in order, before anything is awaited.
  const appending = batches.map(async batch => {
    return { batch, appended: await append(services, topic, batch) }
  })
  const results: AppendedRecord[] = Array.from({ length: records.length })
  for (const { batch, appended } of await Promise.all(appending)) {
    const { baseOffset, logAppendTimeMs } = appended
    batch.positions.forEach((position, i) => {
      const timestamp = logAppendTimeMs === -1 ? batch.records[i]!.timestamp : logAppendTimeMs
      const { partition } = batch
      results[position] = { topic: topicName, partition, offset: baseOffset + i, timestamp }
    })
  }
  return results
}

async function topicToAppend({ topics, config }: Services, name: string): Promise<Topic> {
  if (isInternalTopic(name)) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `topic '${name}' is the broker's own`)
  }
  return config.autoCreateTopicsEnable ? topics.getOrCreate(name) : topicNamed(topics, name)
}

/** Nothing is appended where one of the records cannot be. */
function batchesOf(topic: Topic, records: readonly RecordInput[], nowMs: number): Batch[] {
  const limit = Math.min(maxBatchBytes, topic.config.maxMessageBytes)
  const without = partitionWithoutKey(topic.partitions)
  const batches: Batch[] = []
  const open = new Map<number, Batch>()
  records.forEach((record, position) => {
    const partition = partitionOf(record, topic, without)
    const { key, value, headers } = record
    const bytes = sizeOf(record)
    let batch = open.get(partition)
    if (batch === undefined || batch.bytes + bytes > limit) {
      batch = { partition, records: [], positions: [], bytes: 0 }
      open.set(partition, batch)
      batches.push(batch)
    }
    batch.records.push({ key, value, headers, timestamp: record.timestamp ?? nowMs })
    batch.positions.push(position)
    batch.bytes += bytes
  })
  return batches
}

function partitionOf(
  { partition, key }: RecordInput,
  { name, partitions }: Topic,
  without: number,
): number {
  if (partition === undefined) {
    return key === null ? without : partitionForKey(key, partitions.length)
  }
  if (partition < partitions.length) return partition
  const has = partitions.length === 1 ? 'partition 0 only' : `partitions 0-${partitions.length - 1}`
  const reason = `topic '${name}' has no partition ${partition}: it has ${has}`
  throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', reason)
}

function sizeOf({ key, value, headers }: RecordInput): number {
  let bytes = overheadBytes + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) {
    bytes += headerOverheadBytes + header.key.length * 3 + (header.value?.length ?? 0)
  }
  return bytes
}

function append(
  services: Services,
  topic: Topic,
  { partition, records }: Batch,
): Promise<Appended> {
  const target = topic.partitions[partition]!
  const bytes = encodeBatch({ records })
  const batch = { bytes, header: parseBatchHeader(bytes) }
  // Whoever leads it takes the records: there is no client here that has to look for it.
  const place = { clock: services.clock, config: services.config, nodeId: target.leader }
  return appendBatch(target, topic, batch, { acks: -1 }, place)
}
