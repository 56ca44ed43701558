import { KafkaError } from '../../protocol/errors.ts'

/** What the client of a request understands (Kafka: TransactionSupportedOperation). Pure. */
export interface Support {
  /** The request puts its partition into the transaction (transaction.version 2). */
  readonly adds: boolean
  readonly knowsAbortable: boolean
  readonly knowsConcurrent: boolean
}

/** Of a Produce of this version. */
export function produceSupport(version: number): Support {
  const adds = version >= 12
  return { adds, knowsAbortable: version >= 11, knowsConcurrent: adds }
}

/** Of a TxnOffsetCommit of this version. */
export function offsetCommitSupport(version: number): Support {
  return { adds: version >= 5, knowsAbortable: version >= 4, knowsConcurrent: true }
}

/** A refusal by the coordinator, in the words of the client (Kafka: AddPartitionsToTxnManager). */
export function understood(error: unknown, { knowsAbortable, knowsConcurrent }: Support): unknown {
  if (!(error instanceof KafkaError)) return error
  switch (error.error) {
    case 'PRODUCER_FENCED':
      return new KafkaError('INVALID_PRODUCER_EPOCH')
    case 'TRANSACTION_ABORTABLE':
      return knowsAbortable ? error : new KafkaError('INVALID_TXN_STATE', error.message)
    case 'CONCURRENT_TRANSACTIONS':
      // Older clients try again after this one.
      return knowsConcurrent ? error : new KafkaError('NOT_ENOUGH_REPLICAS', error.message)
    default:
      return error
  }
}

/** What the work refuses, for clients that may not know PRODUCER_FENCED yet (KIP-588). */
export async function fencing<T>(knowsFenced: boolean, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const isFenced = error instanceof KafkaError && error.error === 'PRODUCER_FENCED'
    throw isFenced && !knowsFenced ? new KafkaError('INVALID_PRODUCER_EPOCH') : error
  }
}
