import { KafkaError } from '../protocol/errors.ts'
import type { PartitionRow } from '../storage/metadata-store.ts'
import type { Partition } from './partitions/partition.ts'
import type { Topic, Topics } from './topics.ts'

/** What became of the change of one partition. */
export interface PartitionChanged {
  index: number
  /** What `rule` threw, or why nothing could be stored; undefined for success. */
  error: unknown
}

/**
 * Changes rows of a topic's partitions with one commit. `rule` gets a row and its partition, and
 * the ones before it have had their turn; one that throws leaves its partition as it was.
 */
export async function changePartitions<Wanted extends { index: number }>(
  topics: Topics,
  topic: Topic,
  wanted: readonly Wanted[],
  rule: (row: PartitionRow, partition: Partition, wanted: Wanted) => PartitionRow,
): Promise<PartitionChanged[]> {
  let results: PartitionChanged[] = []
  try {
    await topics.update(topic, row => {
      const partitions = [...row.partitions]
      results = wanted.map(each => {
        const { index } = each
        const before = partitions[index]
        try {
          if (before === undefined) throw unknownPartition(topic, index)
          partitions[index] = rule(before, topic.partitions[index]!, each)
          return { index, error: undefined }
        } catch (error) {
          return { index, error }
        }
      })
      const isSame = partitions.every((partition, i) => partition === row.partitions[i])
      return isSame ? row : { ...row, partitions }
    })
    return results
  } catch (error) {
    return wanted.map(({ index }) => ({ index, error }))
  }
}

function unknownPartition({ name }: Topic, index: number): KafkaError {
  return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic '${name}' has no partition ${index}`)
}
