/** The records that a plan asks for, in groups as they come. */
import type { Client } from '../client/client.ts'
import { partitionKey, type TopicPartition } from '../client/offsets.ts'
import { offsetsOf } from '../client/places.ts'
import { byTime, type ReadRecord } from '../client/read-record.ts'
import { Reader, type ReadPosition } from '../client/reader.ts'
import { existingTopic, type TopicMetadata } from '../client/topic.ts'
import { Failure } from './failure.ts'
import type { ReadPlan } from './read-plan.ts'

export interface SourceOptions {
  readonly committed: boolean
  readonly markers: boolean
  readonly say: (message: string) => void
}

/** Those of topics that exist. Errors: KafkaError, ConnectionLost, Failure. */
export async function* recordsOf(
  client: Client,
  topics: readonly string[],
  plan: ReadPlan,
  options: SourceOptions,
): AsyncGenerator<ReadRecord[], void> {
  const partitions: TopicPartition[] = []
  for (const topic of topics) {
    const found = await existingTopic(client, topic, { create: false })
    partitions.push(...wantedPartitions(found, plan))
  }
  const { latest, positions } = await beginning(client, partitions, plan, options)
  yield latest
  const reader = new Reader(client, options)
  for (const each of positions) reader.add(each)
  yield* endingAt(reader, plan, client)
}

/** What the reader gives, up to the plan's time. */
export async function* endingAt(
  reader: Reader,
  { untilMs }: ReadPlan,
  client: Client,
  options?: { waits: boolean },
): AsyncGenerator<ReadRecord[], void> {
  if (untilMs === undefined) {
    yield* reader.read(options)
    return
  }
  const waitMs = untilMs - client.clock.now()
  const timer = waitMs > 0 ? client.clock.after(waitMs, () => reader.close()) : undefined
  try {
    for await (const records of reader.read(options)) {
      yield records.filter(({ timestamp }) => timestamp < untilMs)
    }
  } finally {
    timer?.cancel()
  }
}

/** Throws a Failure for a partition that the topic has not. */
export function wantedPartitions(
  { name, partitions }: TopicMetadata,
  { partitions: wanted }: ReadPlan,
): TopicPartition[] {
  const topic = name!
  const missing = wanted?.find(
    each => !partitions.some(({ partitionIndex }) => partitionIndex === each),
  )
  if (missing !== undefined) {
    const count = partitions.length
    throw new Failure(`${topic} has no partition ${missing}: it has 0 to ${count - 1}`, 1)
  }
  return partitions
    .filter(({ partitionIndex }) => wanted?.includes(partitionIndex) ?? true)
    .map(({ partitionIndex: partition }) => ({ topic, partition }))
    .toSorted((a, b) => a.partition - b.partition)
}

export interface Beginning {
  /** What is shown first. */
  readonly latest: ReadRecord[]
  /** Where reading goes on. */
  readonly positions: ReadPosition[]
}

/** Errors: KafkaError, ConnectionLost. */
export async function beginning(
  client: Client,
  partitions: readonly TopicPartition[],
  plan: ReadPlan,
  options: SourceOptions,
): Promise<Beginning> {
  const { last, exits, untilMs = Infinity } = plan
  if (last !== undefined) {
    const ends = await offsetsOf(client, partitions, 'end', options)
    const latest = await latestRecords(client, partitions, last, ends, options)
    const positions = partitions.map((each, i) => ({ ...each, offset: ends[i]!, end: Infinity }))
    return {
      latest: latest.filter(({ timestamp }) => timestamp < untilMs),
      positions: exits ? [] : positions,
    }
  }
  const starts = await offsetsOf(client, partitions, plan.start, options)
  const ends = exits ? await offsetsOf(client, partitions, 'end', options) : []
  const positions = partitions.map((each, i) => {
    return { ...each, offset: starts[i]!, end: ends[i] ?? Infinity }
  })
  return { latest: [], positions }
}

/**
 * The latest records by time. Offsets have gaps, of markers and of what was compacted: where too
 * few are found, it begins further back.
 */
async function latestRecords(
  client: Client,
  partitions: readonly TopicPartition[],
  count: number,
  ends: readonly number[],
  options: SourceOptions,
): Promise<ReadRecord[]> {
  const starts = await offsetsOf(client, partitions, 'start', options)
  for (let back = count; ; back *= 4) {
    const reader = new Reader(client, options)
    const from = ends.map((end, i) => Math.max(starts[i]!, end - back))
    partitions.forEach((each, i) => reader.add({ ...each, offset: from[i]!, end: ends[i]! }))
    const records = (await Array.fromAsync(reader.read())).flat()
    const enough = Math.min(count, records.length) === count
    if (enough || from.every((offset, i) => offset === starts[i])) {
      const byPartition = Map.groupBy(records, ({ from: facts }) => partitionKey(facts))
      return count === 0 ? [] : byTime([...byPartition.values()]).slice(-count)
    }
  }
}
