/** Reads partitions as consumers do, every batch checked. */
import {
  baseOffset,
  batchesIn,
  batchSize,
  crcMatches,
  lastOffset,
} from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import type { RawClient } from '../raw-client.ts'
import type { FoundLog, FoundRecord } from './records.ts'
import { fetchBatches, firstOffset, type TopicPartition } from './requests.ts'

const maxDecompressedBytes = 10_000_000
/** The header of a record in which it carries its id: a tombstone has no value for it. */
export const idHeader = 'id'

/** The records of whole batches, from an offset on: a batch may begin before it. */
export function recordsIn(batches: Buffer, fromOffset: number): FoundRecord[] {
  return wholeBatches(batches).flatMap(batch => {
    if (!crcMatches(batch)) throw new Error(`the CRC of the batch at ${baseOffset(batch)} is wrong`)
    return [...decodeRecords(batch, maxDecompressedBytes)]
      .filter(({ offset }) => offset >= fromOffset)
      .map(({ offset, timestamp, key, value, headers }) => ({
        id: headers.find(({ key }) => key === idHeader)?.value?.toString() ?? '(no id)',
        offset,
        timestamp,
        key: key?.toString() ?? null,
        value: value?.toString() ?? null,
      }))
  })
}

/** From the start to the high watermark. Begins anew when the start moves meanwhile. */
export async function readLog(client: RawClient, at: TopicPartition): Promise<FoundLog> {
  const startOffset = await firstOffset(client, at)
  const records: FoundRecord[] = []
  let bytes = 0
  for (let offset = startOffset; ;) {
    const { isOutOfRange, highWatermark, batches } = await fetchBatches(client, at, offset, 0)
    if (isOutOfRange) return readLog(client, at)
    records.push(...recordsIn(batches, offset))
    const whole = wholeBatches(batches)
    bytes += whole.reduce((sum, batch) => sum + batch.length, 0)
    if (whole.length > 0) offset = lastOffset(whole.at(-1)!) + 1
    else if (offset < highWatermark) throw new Error(`nothing at ${offset} of ${highWatermark}`)
    if (offset >= highWatermark) return { startOffset, highWatermark, records, bytes }
  }
}

/** The offset after what was fetched, or `offset` when it was nothing. */
export function nextOffset(batches: Buffer, offset: number): number {
  const last = wholeBatches(batches).at(-1)
  return last === undefined ? offset : lastOffset(last) + 1
}

function wholeBatches(records: Buffer): Buffer[] {
  return [...batchesIn(records)].map(at => records.subarray(at, at + batchSize(records, at)))
}
