/** Produced batches whose records must be read, or stored in another compression. */
import { compressApart, decompressApart } from '../protocol/compression.ts'
import { KafkaError } from '../protocol/errors.ts'
import { batchHeaderBytes, parseBatchHeader, withBody } from '../protocol/record-batch.ts'
import type { BatchHeader } from '../protocol/record-batch.ts'
import { decodeOpened, encodeRecords } from '../protocol/records.ts'
import type { TopicConfig } from './config.ts'
import { LimitedTasks } from './limited-tasks.ts'
import { validateRecords, type RecordRules } from './record-validation.ts'

/** What a batch may become that must be opened: a few bytes can ask for gigabytes. */
const maxDecompressedBytes = 64 * 1024 * 1024

/**
 * Batches that are open at the same time, of all brokers in this process: it bounds the memory that
 * they take, and leaves one of libuv's four threads to the disk.
 */
const openBatches = new LimitedTasks(3)

export type CompressionRules = Pick<
  TopicConfig,
  'compressionType' | 'compressionGzipLevel' | 'compressionZstdLevel'
>

const compressions = { uncompressed: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

/** Kafka's CompressionType id in which a batch is stored that came with another. */
export function targetCompression(
  compressionType: CompressionRules['compressionType'],
  source: number,
): number {
  return compressionType === 'producer' ? source : compressions[compressionType]
}

interface Written {
  records: Buffer
  /** Not given: that of the batch as it came. */
  baseTimestamp?: number
}

interface Batch {
  bytes: Buffer
  header: BatchHeader
}

/**
 * The batch in the target's compression, and its records' latest time; compressed in another
 * thread. Batches that are asked for one after the other may be ready in another order. Errors:
 * INVALID_RECORD, INVALID_TIMESTAMP, and MESSAGE_TOO_LARGE for one that becomes too large.
 */
export function reopened(
  batch: Batch,
  target: number,
  rules: RecordRules & CompressionRules,
  nowMs: number,
): Promise<Batch & { maxTimestamp: number }> {
  return openBatches.run(async () => {
    const { bytes, header } = batch
    const records = await decompressed(bytes, header.compression)
    const { maxTimestamp, isNumbered } = validateRecords(records, header, rules, nowMs)
    // Kafka stores a batch as it came only where its records are numbered right.
    if (header.compression === target && isNumbered) return { ...batch, maxTimestamp }
    const isPlain = isNumbered && header.timestampType === 'CreateTime'
    const written = isPlain ? { records } : writtenAnew(header, records)
    const body = await compressApart(target, written.records, levelOf(target, rules))
    const stored = withBody(bytes, body, {
      compression: target,
      recordCount: header.recordCount,
      hasDeleteHorizon: false,
      baseTimestamp: written.baseTimestamp,
      maxTimestamp: undefined,
    })
    return { bytes: stored, header: parseBatchHeader(stored), maxTimestamp }
  })
}

/** Numbered, and each with a time of its own. */
function writtenAnew(header: BatchHeader, records: Buffer): Written {
  const decoded = [...decodeOpened(header, records)]
  return { records: encodeRecords(decoded), baseTimestamp: decoded[0]!.timestamp }
}

async function decompressed(bytes: Buffer, compression: number): Promise<Buffer> {
  const records = bytes.subarray(batchHeaderBytes)
  try {
    return await decompressApart(compression, records, maxDecompressedBytes)
  } catch (error) {
    // Clients would send a corrupt message again, and these records will not become better.
    if (!(error instanceof KafkaError) || error.error !== 'CORRUPT_MESSAGE') throw error
    throw new KafkaError('INVALID_RECORD', error.message)
  }
}

function levelOf(target: number, rules: CompressionRules): number | undefined {
  if (target === compressions.gzip) return rules.compressionGzipLevel
  if (target === compressions.zstd) return rules.compressionZstdLevel
  return undefined
}
