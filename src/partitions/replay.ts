import { batchesIn, parseBatchHeader, type BatchHeader } from '../../protocol/record-batch.ts'
import type { PartitionLog } from '../../storage/partition-log.ts'

/** Bytes read at a time. */
const replayBytes = 1024 * 1024

/** Visits each batch that begins at `from` or after it, in order. */
export async function replay(
  log: PartitionLog,
  from: number,
  visit: (buffer: Buffer, at: number, header: BatchHeader) => void,
): Promise<void> {
  let next = from
  while (next < log.endOffset) {
    const buffers = await log.read(next, replayBytes, log.endOffset)
    if (buffers.length === 0) return
    for (const buffer of buffers) {
      for (const at of batchesIn(buffer)) {
        const header = parseBatchHeader(buffer, at)
        if (header.baseOffset >= from) visit(buffer, at, header)
        next = header.baseOffset + header.lastOffsetDelta + 1
      }
    }
  }
}
