/** Record batches, and the bad ones that come of good ones. */
import { encodeBatch, type NewBatch } from '../../protocol/records.ts'

/** 14 November 2023: the same in each run. */
export const baseTimestamp = 1_700_000_000_000

/** A batch of records with these values, a millisecond after one another. */
export function batchOf(values: readonly string[], fields: Omit<NewBatch, 'records'> = {}): Buffer {
  const records = values.map((value, i) => {
    return { timestamp: baseTimestamp + i, key: null, value: Buffer.from(value) }
  })
  return encodeBatch({ records, ...fields })
}
