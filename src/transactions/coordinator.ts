import { KafkaError } from '../../protocol/errors.ts'
import type { Change, TransactionRow } from '../../storage/metadata-store.ts'
import { endTransaction, producerAfter, type EndRequest } from './end.ts'
import { initProducerId, type InitRequest } from './init-producer-id.ts'
import { addPartitions, isOpenIn, verifyPartition } from './partitions.ts'
import { understood, type Support } from './support.ts'
import {
  isDecided,
  isEpochExhausted,
  raisesEpoch,
  type Producer,
  type TopicPartition,
  type Transaction,
} from './transaction.ts'
import { needsId, Transactions, type TransactionsOptions } from './transactions.ts'

/** What a Produce or TxnOffsetCommit adds partitions with (KIP-890). */
const addingVersion = 2

/**
 * The transaction coordinator: what clients ask of transactions. All that is told is durable; what
 * is refused is thrown as a KafkaError, see the rules.
 */
export class TransactionCoordinator {
  readonly #transactions: Transactions
  readonly #config: TransactionsOptions['config']
  readonly #clock: TransactionsOptions['clock']

  constructor(options: TransactionsOptions) {
    this.#transactions = new Transactions(options)
    this.#config = options.config
    this.#clock = options.clock
  }

  /** Takes over what was stored, and goes on with what was decided. Partitions must be there. */
  load(rows: ReadonlyMap<string, TransactionRow>): void {
    this.#transactions.load(rows)
  }

  /** Every row, as it is stored or about to be. */
  rows(): Change[] {
    return this.#transactions.ids().map(key => {
      return { kind: 'transaction', key, value: this.#transactions.get(key)! }
    })
  }

  /** Throws CONCURRENT_TRANSACTIONS also when it has begun to abort an open transaction. */
  async initProducerId(transactionalId: string, request: InitRequest): Promise<Producer> {
    const next = await this.#transactions.run(
      transactionalId,
      known => known === undefined || isEpochExhausted(known),
      (known, surroundings) => initProducerId(known, request, surroundings),
    )
    if (isDecided(next)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
    return producerAfter(next)
  }

  /** `clientVersion`: the level of transaction.version that the client speaks. */
  async addPartitions(
    transactionalId: string,
    producer: Producer,
    partitions: readonly TopicPartition[],
    clientVersion: number,
  ): Promise<void> {
    // A client would wait for longer before it tries again (Kafka: ReplicaManager, for Produce).
    const limitMs = this.#config.addPartitionsToTxnRetryBackoffMaxMs
    const ended = this.#transactions.untilEnded(transactionalId, limitMs)
    if (ended !== undefined) await ended
    const known = this.#transactions.get(transactionalId)
    const surroundings = { clientVersion, nowMs: this.#clock.now() }
    const next = addPartitions(known, producer, partitions, surroundings)
    await this.#transactions.put(transactionalId, next)
  }

  async verifyPartition(
    transactionalId: string,
    producer: Producer,
    partition: TopicPartition,
  ): Promise<void> {
    verifyPartition(this.#transactions.get(transactionalId), producer, partition)
    await this.#transactions.stored(transactionalId)
  }

  /** With what the producer goes on, if that is for the coordinator to say. */
  async endTransaction(
    transactionalId: string,
    request: EndRequest,
  ): Promise<Producer | undefined> {
    const next = await this.#transactions.run(transactionalId, needsId, (known, surroundings) =>
      endTransaction(known, request, surroundings),
    )
    return raisesEpoch(request.clientVersion) ? producerAfter(next) : undefined
  }

  /**
   * Lets records of a producer into a partition: it is in the transaction, or is put into it.
   * Undefined where it is in it, durably. Refuses in words that the client knows, see `understood`.
   * While what this admits waits for anything, the transaction may end: `isOpen` tells.
   */
  admit(
    transactionalId: string,
    producer: Producer,
    partition: TopicPartition,
    support: Support,
  ): Promise<void> | undefined {
    if (this.isOpen(transactionalId, producer, partition, support)) {
      return this.#transactions.stored(transactionalId)
    }
    if (transactionalId === '') return Promise.reject(new KafkaError('INVALID_REQUEST'))
    const admitted = support.adds
      ? this.addPartitions(transactionalId, producer, [partition], addingVersion)
      : this.verifyPartition(transactionalId, producer, partition)
    return admitted.catch((error: unknown) => {
      throw understood(error, support)
    })
  }

  /** Whether a marker will follow what is appended now. */
  isOpen(
    transactionalId: string,
    producer: Producer,
    partition: TopicPartition,
    { adds }: Support,
  ): boolean {
    if (!adds && !this.#config.transactionPartitionVerificationEnable) return true
    return isOpenIn(this.#transactions.get(transactionalId), producer, partition)
  }

  /** Undefined for an id that nobody uses. */
  async get(transactionalId: string): Promise<Transaction | undefined> {
    const transaction = this.#transactions.get(transactionalId)
    await this.#transactions.stored(transactionalId)
    return transaction
  }

  /** All of them, by transactional id. */
  async all(): Promise<Map<string, Transaction>> {
    const ids = this.#transactions.ids()
    const all = new Map(ids.map(id => [id, this.#transactions.get(id)!]))
    for (const id of ids) {
      const storing = this.#transactions.stored(id)
      if (storing !== undefined) await storing
    }
    return all
  }

  /** Markers that are being written are; the next start writes the others. */
  close(): Promise<void> {
    return this.#transactions.close()
  }
}
