import type { OffsetRow } from '../../../storage/metadata-store.ts'

/** How far a group is behind the end of a partition. */
export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  readonly committedOffset: number
  /** The high watermark: the offset of the next record that consumers will see. */
  readonly endOffset: number
  /** Records, as far as offsets count them: 0 at the end. */
  readonly lag: number
}

/** Of the broker's topics, what the lag depends on. */
export interface LagTopics {
  get(name: string): { readonly partitions: readonly { highWatermark: number }[] } | undefined
}

/**
 * The lag of the partitions of which there are offsets, by topic and partition, as
 * kafka-consumer-groups reckons it. After an unclean end of a log, a group may have committed more
 * than there is: it is behind nothing then.
 */
export function lagOf(offsets: readonly OffsetRow[], topics: LagTopics): PartitionLag[] {
  const all = offsets.flatMap(({ topic, partition, offset: committedOffset }) => {
    const endOffset = topics.get(topic)?.partitions[partition]?.highWatermark
    if (endOffset === undefined) return []
    const lag = Math.max(0, endOffset - committedOffset)
    return { topic, partition, committedOffset, endOffset, lag }
  })
  return all.toSorted((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )
}
