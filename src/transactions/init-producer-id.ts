/** InitProducerId of a transactional id (Kafka: TransactionCoordinator). Pure. */
import { KafkaError } from '../../protocol/errors.ts'
import { fence } from './end.ts'
import {
  changed,
  isDecided,
  isEpochExhausted,
  noEpoch,
  noProducerId,
  type Producer,
  type Surroundings,
  type Transaction,
} from './transaction.ts'

export interface InitRequest {
  readonly timeoutMs: number
  /** What the producer has, if it goes on after an error (KIP-360); else it fences who has it. */
  readonly expected: Producer | undefined
}

/**
 * Whoever has the id gets a new epoch. When another transaction is open, what comes back is its
 * abort in the state PrepareAbort, and the producer is to ask again after that: its epoch is raised
 * a second time then. Throws PRODUCER_FENCED, or CONCURRENT_TRANSACTIONS while markers are under
 * way.
 */
export function initProducerId(
  known: Transaction | undefined,
  { timeoutMs, expected }: InitRequest,
  surroundings: Surroundings,
): Transaction {
  const { nowMs, newProducerId } = surroundings
  const transaction = known ?? newTransaction(newProducerId)
  if (isDecided(transaction)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  if (expected !== undefined && !mayGoOn(transaction, expected)) {
    throw new KafkaError('PRODUCER_FENCED')
  }
  if (transaction.state === 'Ongoing') return fence(transaction, surroundings)
  return changed(transaction, {
    ...nextProducer(transaction, expected, newProducerId),
    timeoutMs,
    state: 'Empty',
    partitions: {},
    startTimestamp: -1,
    updateTimestamp: nowMs,
  })
}

function newTransaction(producerId: number): Transaction {
  return {
    producerId,
    previousProducerId: noProducerId,
    nextProducerId: noProducerId,
    producerEpoch: noEpoch,
    lastProducerEpoch: noEpoch,
    timeoutMs: 0,
    state: 'Empty',
    partitions: {},
    startTimestamp: -1,
    updateTimestamp: -1,
    clientVersion: 0,
  }
}

/**
 * An id that nobody had is free for all (the old one has expired). That of before a change of ids
 * comes from a retry. The epoch is looked at when it is raised.
 */
function mayGoOn(transaction: Transaction, expected: Producer): boolean {
  if (transaction.producerEpoch === noEpoch) return true
  if (expected.producerId === transaction.producerId) return true
  return expected.producerId === transaction.previousProducerId && isEpochExhausted(expected)
}

type NextProducer = Pick<Transaction, 'producerId' | 'producerEpoch' | 'lastProducerEpoch'>

function nextProducer(
  transaction: Transaction,
  expected: Producer | undefined,
  newProducerId: number,
): NextProducer {
  const { producerId, producerEpoch, lastProducerEpoch } = transaction
  const isCurrent = producerEpoch === noEpoch || expected?.producerEpoch === producerEpoch
  if (expected === undefined || isCurrent) {
    const last = { lastProducerEpoch: expected === undefined ? noEpoch : producerEpoch }
    return isEpochExhausted(transaction)
      ? { producerId: newProducerId, producerEpoch: 0, ...last }
      : { producerId, producerEpoch: producerEpoch + 1, ...last }
  }
  // A retry of a request whose answer was lost. Had another come between, there were no last one.
  if (expected.producerEpoch !== lastProducerEpoch) throw new KafkaError('PRODUCER_FENCED')
  return { producerId, producerEpoch, lastProducerEpoch }
}
