import type { TransactionMarker } from '../../protocol/control-records.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Services } from '../handler.ts'
import { offsetsTopicName } from '../internal-topics.ts'

/**
 * Ends a producer's transaction in one partition; durably, when this resolves. For
 * __consumer_offsets that decides on offsets, which need no record. Throws
 * UNKNOWN_TOPIC_OR_PARTITION, NOT_ENOUGH_REPLICAS, and what `Partition.appendMarker` or
 * `GroupOffsets.completeTransaction` does.
 */
export async function writeMarker(
  { topics, groups }: Pick<Services, 'topics' | 'groups'>,
  { topic: name, partition: index }: { topic: string; partition: number },
  marker: TransactionMarker,
  transactionVersion: number,
): Promise<void> {
  if (name === offsetsTopicName) {
    // Whether the topic is there or not: it only tells of what groups know.
    const { producerId, producerEpoch, type } = marker
    const ended = { offsetsPartition: index, producerId, producerEpoch }
    return groups.offsets.completeTransaction({ ...ended, isCommitted: type === 'commit' })
  }
  const topic = topics.get(name)
  const partition = topic?.partitions[index]
  if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
  const { minInsyncReplicas, logAppendTime } = topic!.config
  partition.checkInSync(minInsyncReplicas)
  await partition.appendMarker(marker, { transactionVersion, logAppendTime })
}
