/** Where partitions begin and end, or what stands in them at a time. */
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'
import type { Client } from './client.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** 'end' counts what is in open transactions, 'stable' ends before them. */
export type OffsetAt = 'start' | 'end' | 'stable' | { readonly timestampMs: number }

/** -1 where a partition has nothing so late. */
export interface FoundOffset {
  readonly offset: number
  readonly timestamp: number
}

const readCommitted = 1
const timestamps = { start: -2, end: -1, stable: -1 } as const

export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** The order in which people look for them. */
export function byTopic(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}

/** By 'topic/partition'; a KafkaError for each partition that does not answer. */
export async function findOffsets(
  client: Client,
  partitions: readonly TopicPartition[],
  at: OffsetAt,
): Promise<Map<string, FoundOffset | KafkaError>> {
  const found = new Map<string, FoundOffset | KafkaError>()
  const byLeader = new Map<number, TopicPartition[]>()
  for (const each of partitions) {
    try {
      const node = await client.leader(each.topic, each.partition)
      byLeader.set(node, [...(byLeader.get(node) ?? []), each])
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      found.set(partitionKey(each), error)
    }
  }
  const requests = Array.from(byLeader, async ([node, led]) => {
    for (const [key, answer] of await askLeader(client, node, led, at)) found.set(key, answer)
  })
  await Promise.all(requests)
  return found
}

async function askLeader(
  client: Client,
  node: number,
  partitions: readonly TopicPartition[],
  at: OffsetAt,
): Promise<[string, FoundOffset | KafkaError][]> {
  const timestamp = typeof at === 'string' ? timestamps[at] : at.timestampMs
  const topics = Map.groupBy(partitions, ({ topic }) => topic)
  const answer = await client.send(
    listOffsets,
    {
      replicaId: -1,
      isolationLevel: at === 'stable' ? readCommitted : 0,
      topics: Array.from(topics, ([name, own]) => ({
        name,
        partitions: own.map(({ partition }) => ({ partitionIndex: partition, timestamp })),
      })),
    },
    { to: { node }, minVersion: 1 },
  )
  return answer.topics.flatMap(({ name: topic, partitions: found }) =>
    found.map((each): [string, FoundOffset | KafkaError] => [
      partitionKey({ topic, partition: each.partitionIndex }),
      each.errorCode === errors.NONE ? each : new KafkaError(errorName(each.errorCode)),
    ]),
  )
}
