/**
 * A transactional id and its current transaction, as a value (Kafka: TransactionMetadata). Rules
 * make a new one of it; what they refuse they throw. Pure.
 */
import { KafkaError } from '../../protocol/errors.ts'
import type { TransactionRow } from '../../storage/metadata-store.ts'

export type Transaction = Readonly<TransactionRow>

/** Who says to write in a transaction. */
export interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A partition, by its topic's name. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** What rules read besides the transaction. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  /** An id that no producer has; it is there whenever the transaction's own is used up. */
  readonly newProducerId: number
  /** The level of the feature transaction.version. */
  readonly transactionVersion: number
}

export const noProducerId = -1
export const noEpoch = -1
const maxEpoch = 2 ** 15 - 1

/** From this level of transaction.version on, each end of a transaction raises the epoch. */
const epochRisesSince = 2

export function raisesEpoch(transactionVersion: number): boolean {
  return transactionVersion >= epochRisesSince
}

/** Whether clients got the last epoch that they may have: one more is for fencing them. */
export function isEpochExhausted({ producerEpoch }: Pick<Producer, 'producerEpoch'>): boolean {
  return producerEpoch >= maxEpoch - 1
}

export function nextEpoch({ producerEpoch }: Producer): number {
  return Math.min(producerEpoch + 1, maxEpoch)
}

/** The decision has been made, and markers are under way. */
export function isDecided({ state }: Transaction): boolean {
  return state === 'PrepareCommit' || state === 'PrepareAbort'
}

/** The next state of the transaction. The producer id before it is kept, for retries. */
export function changed(transaction: Transaction, changes: Partial<Transaction>): Transaction {
  return { ...transaction, ...changes, previousProducerId: transaction.producerId }
}

export function hasPartition(
  { partitions }: Transaction,
  { topic, partition }: TopicPartition,
): boolean {
  // A topic may be called 'constructor'.
  return Object.hasOwn(partitions, topic) && partitions[topic]!.includes(partition)
}

/** Throws INVALID_PRODUCER_ID_MAPPING or PRODUCER_FENCED. */
export function ownedBy(
  transaction: Transaction | undefined,
  { producerId, producerEpoch }: Producer,
): Transaction {
  if (transaction?.producerId !== producerId) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  if (transaction.producerEpoch !== producerEpoch) throw new KafkaError('PRODUCER_FENCED')
  return transaction
}
