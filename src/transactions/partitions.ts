/** Which partitions are in a transaction (Kafka: TransactionCoordinator). Pure. */
import { KafkaError } from '../../protocol/errors.ts'
import {
  changed,
  hasPartition,
  isDecided,
  ownedBy,
  type Producer,
  type TopicPartition,
  type Transaction,
} from './transaction.ts'

/**
 * Puts partitions into the producer's transaction, which begins with the first ones. The same value
 * comes back where all are in it. `clientVersion` is the level of transaction.version that the
 * client speaks. Throws CONCURRENT_TRANSACTIONS while markers are under way, and what `ownedBy`
 * does.
 */
export function addPartitions(
  known: Transaction | undefined,
  producer: Producer,
  added: readonly TopicPartition[],
  { clientVersion, nowMs }: { clientVersion: number; nowMs: number },
): Transaction {
  // First of all: the producer may have another id already, which will be there in a moment.
  if (known !== undefined && isDecided(known)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  const transaction = ownedBy(known, producer)
  const isOngoing = transaction.state === 'Ongoing'
  if (isOngoing && added.every(each => hasPartition(transaction, each))) return transaction
  return changed(transaction, {
    state: 'Ongoing',
    partitions: union(transaction, added),
    startTimestamp: isOngoing ? transaction.startTimestamp : nowMs,
    updateTimestamp: nowMs,
    clientVersion,
  })
}

/**
 * Throws CONCURRENT_TRANSACTIONS while markers are under way, TRANSACTION_ABORTABLE for a partition
 * that is not in the transaction, and what `ownedBy` does.
 */
export function verifyPartition(
  known: Transaction | undefined,
  producer: Producer,
  partition: TopicPartition,
): void {
  const transaction = ownedBy(known, producer)
  if (isDecided(transaction)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  if (hasPartition(transaction, partition)) return
  throw new KafkaError('TRANSACTION_ABORTABLE', 'the partition is not in the transaction')
}

/** Whether records of the producer may go into the partition now: a marker will follow them. */
export function isOpenIn(
  transaction: Transaction | undefined,
  { producerId, producerEpoch }: Producer,
  partition: TopicPartition,
): boolean {
  return (
    transaction?.state === 'Ongoing' &&
    transaction.producerId === producerId &&
    transaction.producerEpoch === producerEpoch &&
    hasPartition(transaction, partition)
  )
}

/** The partition has its marker. */
export function withoutPartition(
  transaction: Transaction,
  { topic, partition }: TopicPartition,
): Transaction {
  const { [topic]: indexes = [], ...others } = transaction.partitions
  const left = indexes.filter(index => index !== partition)
  const partitions = left.length === 0 ? others : { ...others, [topic]: left }
  return { ...transaction, partitions }
}

/** All of them. */
export function partitionsOf({ partitions }: Transaction): TopicPartition[] {
  return Object.entries(partitions).flatMap(([topic, indexes]) =>
    indexes.map(partition => ({ topic, partition })),
  )
}

function union(
  transaction: Transaction,
  added: readonly TopicPartition[],
): Record<string, number[]> {
  const topics = new Map<string, Set<number>>()
  for (const { topic, partition } of [...partitionsOf(transaction), ...added]) {
    let indexes = topics.get(topic)
    if (indexes === undefined) topics.set(topic, (indexes = new Set()))
    indexes.add(partition)
  }
  return Object.fromEntries(Array.from(topics, ([topic, indexes]) => [topic, [...indexes]]))
}
