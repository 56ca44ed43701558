/** Transactional ids and their transactions, out of __transaction_state. */
import {
  decodeTransactionRecord,
  type TransactionRecord,
} from '../../protocol/transaction-records.ts'
import { WireError } from '../../protocol/wire.ts'
import type { Fs } from '../../storage/file/fs.ts'
import type { TransactionRow, TransactionStateName } from '../../storage/metadata-store.ts'
import { readKafkaLog } from './records.ts'

/** By Kafka's numbers (TransactionState); what is not here is nothing that is stored for long. */
const states: readonly TransactionStateName[] = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
]

type Value = NonNullable<TransactionRecord['value']>

/** By transactional id. */
export async function readTransactions(
  fs: Fs,
  directories: readonly string[],
): Promise<Map<string, TransactionRow>> {
  const rows = new Map<string, TransactionRow>()
  for (const directory of directories) {
    for await (const { header, records } of readKafkaLog(fs, directory)) {
      for (const { key, value } of header.isControl ? [] : records) {
        const record = decode(key, value)
        if (record === undefined) continue
        const row = record.value && rowOf(record.value)
        if (row === undefined || row === null) rows.delete(record.transactionalId)
        else rows.set(record.transactionalId, row)
      }
    }
  }
  return rows
}

function decode(key: Buffer | null, value: Buffer | null): TransactionRecord | undefined {
  if (key === null) return undefined
  try {
    return decodeTransactionRecord(key, value)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function rowOf(value: Value): TransactionRow | undefined {
  const state = states[value.transactionStatus]
  if (state === undefined) return undefined
  const partitions = (value.transactionPartitions ?? []).map(
    ({ topic, partitionIds }) => [topic, partitionIds] as const,
  )
  return {
    producerId: value.producerId,
    previousProducerId: value.previousProducerId,
    nextProducerId: value.nextProducerId,
    producerEpoch: value.producerEpoch,
    // Kafka's coordinators do not find it again either (TransactionLog.readTxnRecordValue).
    lastProducerEpoch: -1,
    timeoutMs: value.transactionTimeoutMs,
    state,
    partitions: Object.fromEntries(partitions),
    startTimestamp: value.transactionStartTimestampMs,
    updateTimestamp: value.transactionLastUpdateTimestampMs,
    clientVersion: value.clientTransactionVersion,
  }
}
