/**
 * Control batches: how a transaction has ended, as the log tells it (Kafka: EndTransactionMarker,
 * ControlRecordType).
 */
import { KafkaError } from './errors.ts'
import { parseBatchHeader } from './record-batch.ts'
import { decodeRecords, encodeBatch } from './records.ts'
import { Reader, WireError, Writer } from './wire.ts'

/** Key and value of a control record have a version each, and both are 0 so far. */
const version = 0
const types = ['abort', 'commit'] as const
/** Of a version and the coordinator's epoch. */
const markerValueBytes = 6
/** Control batches are not compressed; this is far above what one has. */
const maxControlBytes = 1024

export interface TransactionMarker {
  type: (typeof types)[number]
  producerId: number
  producerEpoch: number
  coordinatorEpoch: number
}

/** The control batch of one marker, at offset 0. The time is in milliseconds since the epoch. */
export function encodeMarker(marker: TransactionMarker, timestamp: number): Buffer {
  const { type, producerId, producerEpoch, coordinatorEpoch } = marker
  const key = new Writer()
  key.int16(version)
  key.int16(types.indexOf(type))
  const value = new Writer()
  value.int16(version)
  value.int32(coordinatorEpoch)
  return encodeBatch({
    producerId,
    producerEpoch,
    isTransactional: true,
    isControl: true,
    records: [
      { timestamp, key: Buffer.concat(key.finish()), value: Buffer.concat(value.finish()) },
    ],
  })
}

/**
 * The marker of a control batch. Undefined where compaction has left the header only, for a control
 * record of another type, and for what cannot be read.
 */
export function parseMarker(batch: Buffer): TransactionMarker | undefined {
  const { producerId, producerEpoch } = parseBatchHeader(batch)
  const record = controlRecord(batch)
  const type = record && types[record.type]
  if (type === undefined || record?.value.length !== markerValueBytes) return undefined
  const coordinatorEpoch = record.value.readInt32BE(2)
  return { type, producerId, producerEpoch, coordinatorEpoch }
}

/** The type (Kafka: ControlRecordType) and value of a control batch's first record. */
export function controlRecord(batch: Buffer): { type: number; value: Buffer } | undefined {
  const { recordCount, isControl } = parseBatchHeader(batch)
  if (!isControl || recordCount < 1) return undefined
  try {
    const [record] = decodeRecords(batch, maxControlBytes)
    const key = new Reader(record!.key ?? Buffer.alloc(0))
    key.int16()
    return { type: key.int16(), value: record!.value ?? Buffer.alloc(0) }
  } catch (error) {
    if (error instanceof KafkaError || error instanceof WireError) return undefined
    throw error
  }
}
