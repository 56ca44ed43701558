/** Records as they were read: what a record is, and what its batch and partition say of it. */
import type { BatchHeader } from '../../protocol/record-batch.ts'
import type { KafkaRecord } from '../../protocol/record-reader.ts'

/** Of the partition when it was read. */
export interface PartitionFacts {
  readonly topic: string
  readonly partition: number
  /** The node that has answered. */
  readonly node: number
  readonly logStartOffset: number
  readonly lastStableOffset: number
  readonly highWatermark: number
}

export interface ReadRecord extends KafkaRecord {
  readonly from: PartitionFacts
  readonly batch: BatchHeader
  /** Of the end of a transaction, which is no record that anybody has produced. */
  readonly marker?: 'commit' | 'abort' | undefined
}

/**
 * The records of several partitions by their times; those of one partition stay in their order,
 * whatever their times are.
 */
export function byTime(partitions: readonly (readonly ReadRecord[])[]): ReadRecord[] {
  const [first = [], ...others] = partitions.filter(records => records.length > 0)
  if (others.length === 0) return [...first]
  const timed = [first, ...others].flatMap(records => {
    let latestMs = -Infinity
    return records.map(record => {
      latestMs = Math.max(latestMs, record.timestamp)
      return { record, latestMs }
    })
  })
  return timed.toSorted((a, b) => a.latestMs - b.latestMs).map(({ record }) => record)
}
