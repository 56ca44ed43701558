/**
 * Markers end transactions: control batches of one record, which tells how, and from which epoch of
 * the coordinator that is (KIP-98; Kafka: ControlRecordType, EndTransactionMarker).
 */
import { batchSize, parseBatchHeader, type BatchHeader } from './record-batch.ts'
import { encodeBatch, decodeRecords } from './records.ts'
import { Writer } from './wire.ts'

export interface TransactionMarker {
  producerId: number
  producerEpoch: number
  coordinatorEpoch: number
  /** False: aborted. */
  committed: boolean
}

const formatVersion = 0
const abortType = 0
const commitType = 1
const keyBytes = 4
const valueBytes = 6

/** `timestampMs`: milliseconds since the epoch. */
export function encodeMarker(marker: TransactionMarker, timestampMs: number): Buffer {
  const { producerId, producerEpoch, coordinatorEpoch, committed } = marker
  const key = new Writer()
  key.int16(formatVersion)
  key.int16(committed ? commitType : abortType)
  const value = new Writer()
  value.int16(formatVersion)
  value.int32(coordinatorEpoch)
  const records = [{ timestamp: timestampMs, key: joined(key), value: joined(value) }]
  const producer = { producerId, producerEpoch, baseSequence: -1 }
  return encodeBatch({ records, ...producer, isTransactional: true, isControl: true })
}

/**
 * The marker in the control batch at `at`; undefined for a batch whose record a compaction has
 * removed, and for control records of other types.
 */
export function decodeMarker(
  buffer: Buffer,
  at: number,
  header: BatchHeader = parseBatchHeader(buffer, at),
): TransactionMarker | undefined {
  if (!header.isControl || header.recordCount === 0) return undefined
  const batch = buffer.subarray(at, at + batchSize(buffer, at))
  const [record] = decodeRecords(batch, batch.length)
  const { key, value } = record ?? {}
  // Later versions of either only add fields.
  if (!key || key.length < keyBytes || !value || value.length < valueBytes) return undefined
  const type = key.readInt16BE(2)
  if (type !== abortType && type !== commitType) return undefined
  const { producerId, producerEpoch } = header
  const coordinatorEpoch = value.readInt32BE(2)
  return { producerId, producerEpoch, coordinatorEpoch, committed: type === commitType }
}

function joined(writer: Writer): Buffer {
  return Buffer.concat(writer.finish())
}
