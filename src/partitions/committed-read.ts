import { batchesIn, lastOffset } from '../../protocol/record-batch.ts'
import type { AbortedTransaction, Allocate } from '../../storage/partition-log.ts'
import type { Partition } from './partition.ts'

type Readable = Pick<Partition, 'read' | 'aborted'>

/** Batches as they are in the log, and of the transactions in them those that were aborted. */
export interface CommittedRead {
  batches: Buffer[]
  /** A producer's batches are aborted from the first offset on until its next marker. */
  aborted: AbortedTransaction[]
}

/** The same as `Partition.read`, for readers of committed records; `limit`: of what is stable. */
export async function readCommitted(
  partition: Readable,
  offset: number,
  maxBytes: number,
  limit: number,
  allocate?: Allocate,
): Promise<CommittedRead> {
  for (;;) {
    const { removals } = partition.aborted
    const batches = await partition.read(offset, maxBytes, limit, allocate)
    // What a compaction has removed meanwhile may have been read from the files that were there
    // before, and is not known any more.
    if (removals !== partition.aborted.removals) continue
    if (batches.length === 0) return { batches, aborted: [] }
    return { batches, aborted: partition.aborted.overlapping(offset, endOffsetOf(batches)) }
  }
}

/** The same for readers of all records, who skip nobody's. */
export async function readUncommitted(
  partition: Readable,
  ...range: Parameters<Partition['read']>
): Promise<CommittedRead> {
  return { batches: await partition.read(...range), aborted: [] }
}

/** The offset after the last record. */
export function endOffsetOf(batches: readonly Buffer[]): number {
  const last = batches.at(-1)!
  let end = 0
  for (const at of batchesIn(last)) end = lastOffset(last, at) + 1
  return end
}
