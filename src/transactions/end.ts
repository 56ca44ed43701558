/**
 * How transactions end (Kafka: TransactionCoordinator, TransactionMetadata). A decision is a value
 * in the state PrepareCommit or PrepareAbort; markers follow, then `complete`. Pure.
 */
import { KafkaError } from '../../protocol/errors.ts'
import {
  changed,
  isDecided,
  isEpochExhausted,
  nextEpoch,
  noEpoch,
  noProducerId,
  ownedBy,
  raisesEpoch,
  type Producer,
  type Surroundings,
  type Transaction,
} from './transaction.ts'

export interface EndRequest extends Producer {
  /** Or else abort. */
  readonly commit: boolean
  /** Level of transaction.version that the client speaks. */
  readonly clientVersion: number
}

/** The last epoch that a client gets of a producer id. */
const lastClientEpoch = 2 ** 15 - 2

/**
 * The decision that a client asks for. The same value comes back for a retry of what is complete.
 * Throws INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS while markers are
 * under way, or INVALID_TXN_STATE.
 */
export function endTransaction(
  transaction: Transaction | undefined,
  request: EndRequest,
  surroundings: Surroundings,
): Transaction {
  if (transaction === undefined) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  return raisesEpoch(request.clientVersion)
    ? endWithNewEpoch(transaction, request, surroundings)
    : endInEpoch(transaction, request, surroundings)
}

/** Until transaction.version 2 the producer keeps its epoch; retries are known by the state. */
function endInEpoch(
  transaction: Transaction,
  request: EndRequest,
  { nowMs }: Surroundings,
): Transaction {
  ownedBy(transaction, request)
  if (isDecided(transaction)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  if (isComplete(transaction, request)) return transaction
  if (transaction.state !== 'Ongoing') throw invalidState(transaction, request)
  return changed(transaction, {
    state: request.commit ? 'PrepareCommit' : 'PrepareAbort',
    nextProducerId: noProducerId,
    updateTimestamp: nowMs,
    clientVersion: 0,
  })
}

/**
 * Since transaction.version 2 (KIP-890) each end is the last of its epoch. Who sends the epoch
 * before repeats itself; who sends the current one ends what came after that, were it nothing: a
 * producer that does not know whether it had begun anything may abort.
 */
function endWithNewEpoch(
  transaction: Transaction,
  request: EndRequest,
  { nowMs, newProducerId }: Surroundings,
): Transaction {
  // First of all: the producer may have another id already, which will be there in a moment.
  if (isDecided(transaction)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  const isOfLastId = repeatsLastId(transaction, request)
  if (hasEnded(transaction) && (isOfLastId || repeatsLastEpoch(transaction, request))) {
    if (isComplete(transaction, request)) return transaction
    throw invalidState(transaction, request)
  }
  if (isOfLastId) throw new KafkaError('PRODUCER_FENCED')
  ownedBy(transaction, request)
  const isOngoing = transaction.state === 'Ongoing'
  if (!isOngoing && request.commit) throw invalidState(transaction, request)
  return changed(transaction, {
    state: request.commit ? 'PrepareCommit' : 'PrepareAbort',
    ...risen(transaction, newProducerId),
    startTimestamp: isOngoing ? transaction.startTimestamp : nowMs,
    updateTimestamp: nowMs,
    clientVersion: request.clientVersion,
  })
}

/**
 * The coordinator aborts an open transaction, in the name of the next epoch: who has the current
 * one is fenced.
 */
export function fence(
  transaction: Transaction,
  { nowMs, newProducerId, transactionVersion }: Surroundings,
): Transaction {
  const aborted = { state: 'PrepareAbort', updateTimestamp: nowMs } as const
  if (raisesEpoch(transactionVersion)) {
    const clientVersion = transactionVersion
    return changed(transaction, { ...aborted, ...risen(transaction, newProducerId), clientVersion })
  }
  return changed(transaction, {
    ...aborted,
    producerEpoch: nextEpoch(transaction),
    lastProducerEpoch: noEpoch,
    nextProducerId: noProducerId,
    clientVersion: 0,
  })
}

/** All markers are written. */
export function complete(transaction: Transaction, nowMs: number): Transaction {
  return changed(transaction, {
    state: transaction.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    ...producerAfter(transaction),
    nextProducerId: noProducerId,
    partitions: {},
    updateTimestamp: nowMs,
  })
}

/** What the producer goes on with when the transaction is complete. */
export function producerAfter(transaction: Transaction): Producer {
  const { producerId, producerEpoch, nextProducerId, clientVersion } = transaction
  return raisesEpoch(clientVersion) && nextProducerId !== noProducerId
    ? { producerId: nextProducerId, producerEpoch: 0 }
    : { producerId, producerEpoch }
}

type Risen = Pick<Transaction, 'producerEpoch' | 'lastProducerEpoch' | 'nextProducerId'>

/** Markers are of the next epoch, and so is the producer; or of another id, after the last one. */
function risen(transaction: Transaction, newProducerId: number): Risen {
  return {
    producerEpoch: nextEpoch(transaction),
    lastProducerEpoch: transaction.producerEpoch,
    nextProducerId: isEpochExhausted(transaction) ? newProducerId : noProducerId,
  }
}

function hasEnded({ state }: Transaction): boolean {
  return state === 'CompleteCommit' || state === 'CompleteAbort'
}

/** A retry in the epoch before the current one. */
function repeatsLastEpoch(transaction: Transaction, { producerId, producerEpoch }: Producer) {
  return (
    producerId === transaction.producerId &&
    producerEpoch >= 0 &&
    producerEpoch === transaction.producerEpoch - 1
  )
}

/** A retry in the last epoch of the id before, whose end has brought another one. */
function repeatsLastId(transaction: Transaction, { producerId, producerEpoch }: Producer) {
  return (
    producerId === transaction.previousProducerId &&
    producerEpoch === lastClientEpoch &&
    transaction.producerEpoch === 0
  )
}

function isComplete({ state }: Transaction, { commit }: EndRequest): boolean {
  return state === (commit ? 'CompleteCommit' : 'CompleteAbort')
}

function invalidState({ state }: Transaction, { commit }: EndRequest): KafkaError {
  const end = commit ? 'commit' : 'abort'
  return new KafkaError('INVALID_TXN_STATE', `cannot ${end} a transaction in the state ${state}`)
}
