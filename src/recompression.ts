/** Produced batches whose records must be read, or stored in another compression. */
import { compressApart } from '../protocol/compression.ts'
import { KafkaError } from '../protocol/errors.ts'
import { openRecords } from '../protocol/opened-records.ts'
import { parseBatchHeader, withBody, type BatchHeader } from '../protocol/record-batch.ts'
import { renumbered, type Steps } from '../protocol/records.ts'
import type { TopicConfig } from './config.ts'
import { validation, type RecordRules } from './record-validation.ts'

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

interface Batch {
  bytes: Buffer
  header: BatchHeader
}

/**
 * The batch in the target's compression, and its records' latest time; compressed in another
 * thread. Batches that are asked for one after the other may be ready in another order. Errors:
 * INVALID_RECORD, INVALID_TIMESTAMP, and MESSAGE_TOO_LARGE for one that becomes too large.
 */
export async function reopened(
  batch: Batch,
  target: number,
  rules: RecordRules & CompressionRules,
  nowMs: number,
): Promise<Batch & { maxTimestamp: number }> {
  const { bytes, header } = batch
  const opened = await openedRecords(batch, target, rules, nowMs)
  const { maxTimestamp, records, baseTimestamp } = opened
  if (records === undefined) return { ...batch, maxTimestamp }
  const body = await compressApart(target, records, levelOf(target, rules))
  const stored = withBody(bytes, body, {
    compression: target,
    recordCount: header.recordCount,
    hasDeleteHorizon: false,
    baseTimestamp,
    maxTimestamp: undefined,
  })
  return { bytes: stored, header: parseBatchHeader(stored), maxTimestamp }
}

interface Opened {
  maxTimestamp: number
  /** To be stored; not given: the batch stays as it came. */
  records?: Buffer
  /** Not given: that of the batch as it came. */
  baseTimestamp?: number
}

async function openedRecords(
  { bytes, header }: Batch,
  target: number,
  rules: RecordRules,
  nowMs: number,
): Promise<Opened> {
  try {
    return await openRecords(bytes, function* (records): Steps<Opened> {
      const { maxTimestamp, isNumbered } = yield* validation(records, header, rules, nowMs)
      // Kafka stores a batch as it came only where its records are numbered right.
      if (header.compression === target && isNumbered) return { maxTimestamp }
      const isPlain = isNumbered && header.timestampType === 'CreateTime'
      if (isPlain) return { maxTimestamp, records }
      return { maxTimestamp, ...(yield* renumbered(header, records)) }
    })
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
