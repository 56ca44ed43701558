/** Record batches, bad ones that come of good ones, and how they get into a log. */
import { produce } from '../../protocol/apis/00-produce.ts'
import { crc32c } from '../../protocol/crc32c.ts'
import { errorName } from '../../protocol/errors.ts'
import { encodeBatch, type NewBatch } from '../../protocol/records.ts'
import type { Session, Topic } from './session.ts'

/** 14 November 2023: the same in each run. */
export const baseTimestamp = 1_700_000_000_000

/** A batch of records with these values, a millisecond after one another. */
export function batchOf(values: readonly string[], fields: Omit<NewBatch, 'records'> = {}): Buffer {
  const records = values.map((value, i) => {
    return { timestamp: baseTimestamp + i, key: null, value: Buffer.from(value) }
  })
  return encodeBatch({ records, ...fields })
}

/** Positions in the header of a batch. */
export const at = {
  baseOffset: 0,
  batchLength: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
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
  return changed(bytes, b => b.writeInt32BE(b.length - 12, at.batchLength))
}

/** Appends to a partition. */
export async function append(
  s: Session<never>,
  { name, id }: Topic,
  records: Buffer,
  index = 0,
): Promise<void> {
  const topicData = [{ name, topicId: id, partitionData: [{ index, records }] }]
  const { responses } = await s.get(produce, { acks: -1, timeoutMs: 9999, topicData })
  const { errorCode } = responses[0]!.partitionResponses[0]!
  if (errorCode !== 0) throw new Error(`${name}-${index}: ${errorName(errorCode)}`)
}
