import { errors, KafkaError } from '../../../protocol/errors.ts'
import type { OffsetRow } from '../../../storage/metadata-store.ts'
import type { Timer } from '../../clock.ts'
import { keyPartition } from '../../cluster.ts'
import { offsetsTopicName } from '../../internal-topics.ts'
import { offsetCommitSupport } from '../../transactions/support.ts'
import type { TransactionCoordinator } from '../../transactions/coordinator.ts'
import type { Groups } from '../groups.ts'
import { resetOffsets, type NewOffset } from './reset.ts'
import { commitOffsets, namesKnown, type CommitAnswer, type CommitRequest } from './commit.ts'
import { deleteOffsets, type DeleteAnswer, type DeleteRequest } from './delete.ts'
import { expireOffsets } from './expire.ts'
import { fetchOffsets, type FetchAnswer, type FetchRequest } from './fetch.ts'

/** Offsets that are to count when the transaction is committed. */
export interface TransactionalCommit extends CommitRequest {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** The end of a transaction, for one partition of __consumer_offsets. */
export interface Marker {
  readonly offsetsPartition: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly isCommitted: boolean
}

/** The offsets that groups commit. */
export class GroupOffsets {
  readonly #groups: Groups
  #timer: Timer | undefined

  constructor(groups: Groups) {
    this.#groups = groups
  }

  /** Resolves when the offsets are as durable as the metadata store promises. */
  async commit(request: CommitRequest, version: number): Promise<CommitAnswer[]> {
    this.#groups.checkOpen()
    return this.#groups.ask(request.groupId, (group, step) =>
      commitOffsets(group, request, version, step),
    )
  }

  /**
   * The same for a transaction, whose marker lets the offsets count: they are in it, or are put
   * into it (KIP-890).
   */
  async commitInTransaction(
    request: TransactionalCommit,
    version: number,
    transactions: Admission,
  ): Promise<CommitAnswer[]> {
    this.#groups.checkOpen()
    const { groupId, transactionalId, producerId, producerEpoch } = request
    const producer = { producerId, producerEpoch }
    const offsetsPartition = this.partitionOf(groupId)
    const partition = { topic: offsetsTopicName, partition: offsetsPartition }
    const place = [transactionalId, producer, partition, offsetCommitSupport(version)] as const
    const transaction = { ...producer, offsetsPartition }
    let refused: number = groupId === '' ? errors.INVALID_GROUP_ID : errors.NONE
    if (refused === errors.NONE && namesKnown(request, version, this.#groups.topics)) {
      // Of what ended meanwhile, the coordinator says why. What it says is open is so only now.
      do refused = await errorOf(transactions.admit(...place))
      while (refused === errors.NONE && !transactions.isOpen(...place))
    }
    return this.#groups.ask(groupId, (group, step) =>
      commitOffsets(group, { ...request, transaction }, version, step, refused),
    )
  }

  /** Offsets whose commit is under way are waited for: what is told is never taken back. */
  async fetch(request: FetchRequest, version: number): Promise<FetchAnswer[]> {
    this.#groups.checkOpen()
    const { offsets } = this.#groups
    return this.#groups.ask(request.groupId, (group, { topics }) =>
      fetchOffsets(group, offsets, request, version, topics),
    )
  }

  /** The partition of __consumer_offsets that has the records of a group. */
  partitionOf(groupId: string): number {
    const { topics, config } = this.#groups
    const count = topics.get(offsetsTopicName)?.partitions.length
    return keyPartition(groupId, count ?? config.offsetsTopicNumPartitions)
  }

  /**
   * The marker of a transaction for a partition of __consumer_offsets: what the producer has
   * committed in it for groups of that partition counts from now on, or is gone. Resolves when that
   * is durable, again and again if need be. Throws INVALID_PRODUCER_EPOCH for an older transaction
   * than the open one, COORDINATOR_NOT_AVAILABLE when the store fails.
   */
  async completeTransaction({
    offsetsPartition,
    producerId,
    producerEpoch,
    isCommitted,
  }: Marker): Promise<void> {
    const rows = this.#groups.offsets.pending
      .ofProducer(producerId)
      .filter(row => row.offsetsPartition === offsetsPartition)
    if (rows.some(row => row.producerEpoch > producerEpoch)) {
      throw new KafkaError('INVALID_PRODUCER_EPOCH')
    }
    await this.#groups.settle(rows, isCommitted)
  }

  /** What a group has committed, be it durable or about to be. */
  of(groupId: string): OffsetRow[] {
    return this.#groups.offsets.of(groupId).flat()
  }

  /** Resolves when they are gone for good. */
  async delete(request: DeleteRequest): Promise<DeleteAnswer[]> {
    this.#groups.checkOpen()
    if (request.groupId === '') throw new KafkaError('INVALID_GROUP_ID')
    return this.#groups.ask(request.groupId, (group, step) =>
      deleteOffsets(group, request, this.#groups.offsets, step),
    )
  }

  /**
   * Has a group go on at these offsets, whoever is in it: all members have to join again, and what
   * they would still commit of before is refused. Throws GROUP_ID_NOT_FOUND for a share group.
   */
  async reset(groupId: string, wanted: readonly NewOffset[]): Promise<void> {
    this.#groups.checkOpen()
    await this.#groups.ask(groupId, (group, step) => resetOffsets(group, groupId, wanted, step))
  }

  /** Deletes a group that nobody is in, with all its offsets; the error code of the answer. */
  async deleteGroup(groupId: string): Promise<number> {
    this.#groups.checkOpen()
    return this.#groups.ask(groupId, (group, step) => {
      if (group === undefined) return errors.GROUP_ID_NOT_FOUND
      if (group.state !== 'Empty') return errors.NON_EMPTY_GROUP
      step.forgottenOffsets.push(...this.#groups.offsets.of(groupId).flat())
      step.forgottenPending.push(...this.#groups.offsets.pending.of(groupId))
      step.successor = null
      return errors.NONE
    })
  }

  /** From now on, what is not used any more is forgotten. */
  startExpiry(): void {
    const { clock, config } = this.#groups
    this.#timer = clock.after(config.offsetsRetentionCheckIntervalMs, () => {
      this.#expire()
      this.startExpiry()
    })
  }

  stopExpiry(): void {
    this.#timer?.cancel()
  }

  #expire(): void {
    const { offsets } = this.#groups
    for (const { groupId } of this.#groups.all()) {
      this.#groups.run(groupId, (group, step) => expireOffsets(group!, offsets, step))
    }
  }
}

type Admission = Pick<TransactionCoordinator, 'admit' | 'isOpen'>

/** The error of a refusal; 0 for none. */
async function errorOf(admitted: Promise<void> | undefined): Promise<number> {
  try {
    await admitted
    return errors.NONE
  } catch (error) {
    if (error instanceof KafkaError) return errors[error.error]
    throw error
  }
}
