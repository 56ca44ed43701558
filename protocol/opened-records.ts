/**
 * The records of batches that are opened while clients are served: a few batches at a time, each
 * decompressed in another thread and looked at in turns, because a few kilobytes can hold millions.
 */
import { decompressApart } from './compression.ts'
import { KafkaError } from './errors.ts'
import { LimitedTasks } from './limited-tasks.ts'
import { batchHeaderBytes, parseBatchHeader, type BatchHeader } from './record-batch.ts'
import type { Steps } from './records.ts'

/** What such a batch may become. */
const maxOpenedBytes = 64 * 1024 * 1024
/** No client fills a batch with more: librdkafka has the same limit. */
export const maxOpenedRecords = 1_000_000

/** Length, attributes, two deltas, key, value, and how many headers: a byte each. */
const smallestRecordBytes = 7

/**
 * Of all brokers in this process: it bounds the memory that they take, and leaves one of libuv's
 * four threads to the disk.
 */
const openBatches = new LimitedTasks(3)

/**
 * What `look` makes of the records of one whole batch. Errors: MESSAGE_TOO_LARGE past the limits,
 * those of `decompress`, and those of `look`.
 */
export function openRecords<T>(
  batch: Buffer,
  look: (records: Buffer, header: BatchHeader) => Steps<T>,
): Promise<T> {
  return openBatches.run(async () => {
    const header = parseBatchHeader(batch)
    const body = batch.subarray(batchHeaderBytes)
    const records = await decompressApart(header.compression, body, maxOpenedBytes)
    checkCount(header, records)
    return inTurns(look(records, header))
  })
}

/** A count that the bytes cannot hold is for those to refuse who read them. */
function checkCount({ recordCount }: BatchHeader, records: Buffer): void {
  const isTooMuch = recordCount > maxOpenedRecords
  if (!isTooMuch || recordCount * smallestRecordBytes > records.length) return
  const message = `batch of ${recordCount} records; ${maxOpenedRecords} can be opened`
  throw new KafkaError('MESSAGE_TOO_LARGE', message)
}

async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    await new Promise(resolve => setImmediate(resolve))
  }
}
