import { KafkaError } from '../../protocol/errors.ts'
import { placeIn, type CheckedPosition } from '../admin/position.ts'
import type { Client } from '../client/client.ts'
import { findOffsets, partitionKey, type OffsetAt, type TopicPartition } from '../client/offsets.ts'

export interface PartitionOffset {
  topic: string
  partition: number
  offset: number
}

/**
 * The offset of a position in each of the partitions that it means; offsets beyond a partition's
 * ends are brought inside. Throws a KafkaError where one is not known.
 */
export async function offsetsAt(
  client: Client,
  partitions: readonly TopicPartition[],
  position: CheckedPosition,
): Promise<PartitionOffset[]> {
  const starts = await knownOffsets(client, partitions, 'start')
  const ends = await knownOffsets(client, partitions, 'end')
  const offsets: PartitionOffset[] = []
  for (const each of partitions) {
    const place = placeIn(position, each.topic, each.partition)
    if (place === undefined) continue
    const key = partitionKey(each)
    const [start, end] = [starts.get(key)!, ends.get(key)!]
    let offset = end
    if (place === 'start') offset = start
    else if (place instanceof Date) {
      const found = await knownOffsets(client, [each], { timestampMs: place.getTime() })
      const later = found.get(key)!
      offset = later < 0 ? end : later
    } else if (typeof place === 'number') offset = place < 0 ? end + place : place
    const { topic, partition } = each
    offsets.push({ topic, partition, offset: Math.min(Math.max(offset, start), end) })
  }
  return offsets
}

async function knownOffsets(
  client: Client,
  partitions: readonly TopicPartition[],
  at: OffsetAt,
): Promise<Map<string, number>> {
  const found = await findOffsets(client, partitions, at)
  return new Map(
    Array.from(found, ([key, answer]) => {
      if (answer instanceof KafkaError) throw answer
      return [key, answer.offset]
    }),
  )
}
