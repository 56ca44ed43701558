/**
 * What Kafka's transaction coordinator writes to __transaction_state (TransactionLogKey,
 * TransactionLogValue). Decoded in both versions, encoded in Kafka 4.3's.
 */
import { codecOf, encodeRecord, type KeyedRecord } from './keyed-records.ts'
import { array, int16, int32, int64, int8, string, struct, type Infer } from './schema.ts'
import { Reader } from './wire.ts'

const transactionLogKey = struct({ transactionalId: string })

const flexibleSince = 1

const transactionLogValue = struct({
  producerId: int64,
  /** -1 for none; likewise the next one. */
  previousProducerId: int64.tagged(0, flexibleSince).default(-1),
  nextProducerId: int64.tagged(1, flexibleSince).default(-1),
  producerEpoch: int16,
  nextProducerEpoch: int16.tagged(3, flexibleSince).default(-1),
  /** Milliseconds. */
  transactionTimeoutMs: int32,
  /** Kafka's number: TransactionState. */
  transactionStatus: int8,
  transactionPartitions: array(struct({ topic: string, partitionIds: array(int32) })).nullable(),
  /** Milliseconds since the epoch; -1 for none. */
  transactionLastUpdateTimestampMs: int64,
  transactionStartTimestampMs: int64,
  /** Level of transaction.version. */
  clientTransactionVersion: int16.tagged(2, flexibleSince).default(0),
})

const valueVersion = 1

const transactionLog = {
  type: 0,
  key: transactionLogKey,
  value: transactionLogValue,
  flexibleSince,
}

/** A value of null deletes what the key names. */
export type TransactionRecord = Infer<typeof transactionLogKey> & {
  value: Infer<typeof transactionLogValue> | null
}

/** Undefined for records of other types, and of later versions. Throws a WireError. */
export function decodeTransactionRecord(
  key: Buffer,
  value: Buffer | null,
): TransactionRecord | undefined {
  const keyReader = new Reader(key)
  if (keyReader.int16() !== transactionLog.type) return undefined
  const named = codecOf(transactionLogKey, 0, Infinity).decode(keyReader)
  if (value === null) return { ...named, value }
  const valueReader = new Reader(value)
  const version = valueReader.int16()
  if (version > valueVersion) return undefined
  const codec = codecOf(transactionLogValue, version, flexibleSince)
  return { ...named, value: codec.decode(valueReader) }
}

export function encodeTransactionRecord({
  transactionalId,
  value,
}: TransactionRecord): KeyedRecord {
  return encodeRecord(transactionLog, valueVersion, { transactionalId }, value)
}
