/** From where in partitions somebody wants to read to their offsets. */
import { KafkaError } from '../../protocol/errors.ts'
import type { Client } from './client.ts'
import { findOffsets, partitionKey, type OffsetAt, type TopicPartition } from './offsets.ts'

export type Place =
  | 'start'
  | 'end'
  | { readonly offset: number }
  /** So many before the end. */
  | { readonly last: number }
  /** The first record at or after it, in milliseconds since the epoch. */
  | { readonly timestampMs: number }

/** The offset in each partition, in their order. Errors: KafkaError. */
export async function offsetsOf(
  client: Client,
  partitions: readonly TopicPartition[],
  place: Place,
  { committed }: { readonly committed: boolean },
): Promise<number[]> {
  const end: OffsetAt = committed ? 'stable' : 'end'
  if (place === 'start') return ask(client, partitions, 'start')
  if (place === 'end') return ask(client, partitions, end)
  if ('offset' in place) return partitions.map(() => place.offset)
  const ends = await ask(client, partitions, end)
  if ('timestampMs' in place) {
    const found = await ask(client, partitions, place)
    return found.map((offset, i) => (offset < 0 ? ends[i]! : Math.min(offset, ends[i]!)))
  }
  const starts = await ask(client, partitions, 'start')
  return ends.map((offset, i) => Math.max(offset - place.last, starts[i]!))
}

async function ask(
  client: Client,
  partitions: readonly TopicPartition[],
  at: OffsetAt,
): Promise<number[]> {
  return client.retrying(async () => {
    const found = await findOffsets(client, partitions, at)
    return partitions.map(each => {
      const answer = found.get(partitionKey(each))
      if (answer instanceof KafkaError) {
        client.forgetLeader(each.topic, each.partition)
        const reason = `${each.topic}-${each.partition}: ${answer.message}`
        throw new KafkaError(answer.error, reason)
      }
      return answer!.offset
    })
  })
}
