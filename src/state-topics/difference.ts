import { batchesIn, batchSize, lastOffset } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import type { Partition } from '../partitions/partition.ts'
import type { StateRecord } from './state-topic.ts'

const readBytes = 1024 * 1024
/** Of one batch; we compress none of them. */
const maxBatchBytes = 64 * 1024 * 1024

/** The records that make a partition of a topic tell what these do, and nothing else. */
export async function difference(
  partition: Pick<Partition, 'startOffset' | 'highWatermark' | 'read'>,
  wanted: readonly StateRecord[],
): Promise<Omit<StateRecord, 'owner'>[]> {
  const told = await lastValues(partition)
  const missing = wanted.filter(({ key, value }) => {
    const name = key.toString('latin1')
    const last = told.get(name)
    told.delete(name)
    return value !== null && last?.equals(value) !== true
  })
  const outdated = Array.from(told.keys(), name => {
    return { key: Buffer.from(name, 'latin1'), value: null }
  })
  return [...missing, ...outdated]
}

/** What the partition says of each key that it has not deleted. */
async function lastValues(
  partition: Pick<Partition, 'startOffset' | 'highWatermark' | 'read'>,
): Promise<Map<string, Buffer>> {
  const values = new Map<string, Buffer>()
  const end = partition.highWatermark
  let at = partition.startOffset
  while (at < end) {
    const buffers = await partition.read(at, readBytes, end)
    if (buffers.length === 0) break
    for (const buffer of buffers) {
      for (const position of batchesIn(buffer)) {
        at = lastOffset(buffer, position) + 1
        const batch = buffer.subarray(position, position + batchSize(buffer, position))
        for (const record of decodeRecords(batch, maxBatchBytes)) {
          const name = record.key?.toString('latin1') ?? ''
          if (record.value === null) values.delete(name)
          else values.set(name, Buffer.from(record.value))
        }
      }
    }
  }
  return values
}
