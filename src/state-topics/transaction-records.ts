/** From rows of transactions to the records that Kafka keeps of them. Pure. */
import { encodeTransactionRecord } from '../../protocol/transaction-records.ts'
import type { Change, TransactionRow, TransactionStateName } from '../../storage/metadata-store.ts'
import { transactionsTopicName } from '../internal-topics.ts'
import type { StateRecord, StateTopicContent } from './state-topic.ts'

/** Kafka's numbers (TransactionState). */
const stateIds: Readonly<Record<TransactionStateName, number>> = {
  Empty: 0,
  Ongoing: 1,
  PrepareCommit: 2,
  PrepareAbort: 3,
  CompleteCommit: 4,
  CompleteAbort: 5,
}

/** Of transactions, in __transaction_state. */
export const transactionState: StateTopicContent = {
  name: transactionsTopicName,
  kinds: new Set(['transaction']),
  recordsOf: transactionRecords,
}

function transactionRecords(row: Change): StateRecord[] {
  if (row.kind !== 'transaction') return []
  const value = row.value && valueOf(row.value)
  const record = encodeTransactionRecord({ transactionalId: row.key, value })
  return [{ owner: row.key, ...record }]
}

function valueOf(row: TransactionRow) {
  const partitions = Object.entries(row.partitions)
  return {
    producerId: row.producerId,
    previousProducerId: row.previousProducerId,
    nextProducerId: row.nextProducerId,
    producerEpoch: row.producerEpoch,
    // Kafka 4.3 has the field, and does not write it.
    nextProducerEpoch: -1,
    transactionTimeoutMs: row.timeoutMs,
    transactionStatus: stateIds[row.state],
    transactionPartitions:
      row.state === 'Empty'
        ? null
        : partitions.map(([topic, partitionIds]) => ({ topic, partitionIds })),
    transactionLastUpdateTimestampMs: row.updateTimestamp,
    transactionStartTimestampMs: row.startTimestamp,
    clientTransactionVersion: row.clientVersion,
  }
}
