/** Record batches for tests: good ones, and those that differ from good ones in one point. */
import { crc32c } from '../../protocol/crc32c.ts'
import { encodeBatch, type NewBatch } from '../../protocol/records.ts'

export const baseTimestamp = 1_700_000_000_000

/** A batch of records with these values, a millisecond after one another. */
export function batchOf(values: readonly string[], fields: Omit<NewBatch, 'records'> = {}): Buffer {
  const records = values.map((value, i) => {
    return { timestamp: baseTimestamp + i, key: null, value: Buffer.from(value) }
  })
  return encodeBatch({ records, ...fields })
}

/** Positions in a batch. */
export const at = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const

/** A batch after a change, with a checksum that fits. */
export function changed(batch: Buffer, change: (bytes: Buffer) => unknown): Buffer {
  const bytes = Buffer.from(batch)
  change(bytes)
  bytes.writeUInt32BE(crc32c(bytes.subarray(at.attributes)), at.crc)
  return bytes
}

/** A batch with other bytes where its records were; their timestamp deltas must be 0. */
export function withBody(batch: Buffer, body: Buffer): Buffer {
  const bytes = Buffer.concat([batch.subarray(0, at.records), body])
  batch.copy(bytes, at.maxTimestamp, at.baseTimestamp, at.maxTimestamp)
  return changed(bytes, b => b.writeInt32BE(b.length - at.leaderEpoch, at.batchLength))
}
