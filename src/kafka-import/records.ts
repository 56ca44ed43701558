/** Reads the logs that Apache Kafka's coordinators and controllers write for themselves. */
import { parseMarker, type TransactionMarker } from '../../protocol/control-records.ts'
import { lastOffset, parseBatchHeader, type BatchHeader } from '../../protocol/record-batch.ts'
import type { KafkaRecord } from '../../protocol/record-reader.ts'
import { decodeRecords } from '../../protocol/records.ts'
import { maxDecompressedBytes } from '../../storage/batches.ts'
import type { Fs } from '../../storage/file/fs.ts'
import { batchesOf, batchProblem } from '../../storage/file/inspection.ts'

export interface ReadBatch {
  header: BatchHeader
  records: KafkaRecord[]
  /** How a transaction has ended, if that is what the batch says. */
  marker: TransactionMarker | undefined
}

/** Batch by batch, from an offset on, as far as they can be read. */
export async function* readKafkaLog(
  fs: Fs,
  directory: string,
  from = 0,
): AsyncGenerator<ReadBatch> {
  const names = await fs.readdir(directory)
  for (const name of names.filter(each => /^\d{20}\.log$/.test(each)).toSorted()) {
    yield* readBatches(fs, `${directory}/${name}`, from)
  }
}

/** Of a file of batches, which may be a snapshot. */
export async function* readBatches(fs: Fs, path: string, from = 0): AsyncGenerator<ReadBatch> {
  for await (const found of batchesOf(fs, path, 0)) {
    if (!('batch' in found) || batchProblem(found.batch) !== undefined) return
    const { batch } = found
    if (lastOffset(batch) < from) continue
    yield {
      header: parseBatchHeader(batch),
      records: [...decodeRecords(batch, maxDecompressedBytes)],
      marker: parseMarker(batch),
    }
  }
}
