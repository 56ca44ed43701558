/** A transactional producer for tests of handlers, here and on Apache Kafka. */
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import { errorName, errors, type ErrorName } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/schema.ts'
import type { RawClient } from '../raw-client.ts'
import { batchOf } from './batches.ts'
import { produceTo, type ProduceAnswer } from './requests.ts'
import { latest, settle, uniqueName, type TestTopic } from './wire.ts'

type CommitFields = Partial<Input<typeof txnOffsetCommit.request>>

/** An offset that a producer commits: of partition 0, unless another one is named. */
interface NewOffset {
  topic: TestTopic
  offset: number
  partition?: number
}

export class TestProducer {
  readonly transactionalId: string
  producerId = -1
  producerEpoch = -1
  readonly #client: RawClient
  #sequence = 0

  private constructor(client: RawClient, transactionalId: string) {
    this.#client = client
    this.transactionalId = transactionalId
  }

  /** One that has an id and an epoch. Apache Kafka's coordinator is there when it was asked for. */
  static async create(client: RawClient, transactionalId = uniqueName()): Promise<TestProducer> {
    const producer = new TestProducer(client, transactionalId)
    await settle(async () => {
      const request = { keyType: 1, coordinatorKeys: [transactionalId] }
      const { coordinators } = await client.request(findCoordinator, 4, request)
      return coordinators[0]!.errorCode === errors.NONE
    })
    await producer.initialize()
    return producer
  }

  /** Fences whoever had the transactional id. */
  async initialize(): Promise<void> {
    const { transactionalId } = this
    for (;;) {
      const request = { transactionalId, transactionTimeoutMs: 60_000 }
      const answer = await this.#client.request(initProducerId, latest(initProducerId), request)
      const error = errorName(answer.errorCode)
      if (error === 'NONE') return this.#goOn(answer)
      if (!isRetriable(error)) throw new Error(error)
    }
  }

  /** Puts partition 0 into the transaction; until v3. */
  addPartition({ name }: TestTopic): Promise<ErrorName> {
    return retried(async () => {
      const answer = await this.#client.request(addPartitionsToTxn, 3, {
        v3AndBelowTransactionalId: this.transactionalId,
        v3AndBelowProducerId: this.producerId,
        v3AndBelowProducerEpoch: this.producerEpoch,
        v3AndBelowTopics: [{ name, partitions: [0] }],
      })
      return answer.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode
    })
  }

  addOffsets(groupId: string): Promise<ErrorName> {
    return retried(async () => {
      const request = { ...this.#names(), groupId }
      return (await this.#client.request(addOffsetsToTxn, latest(addOffsetsToTxn), request))
        .errorCode
    })
  }

  /** The error of each offset. */
  async commitOffsets(
    groupId: string,
    offsets: readonly NewOffset[],
    fields: CommitFields = {},
    version = latest(txnOffsetCommit),
  ): Promise<ErrorName[]> {
    const topics = offsets.map(({ topic, offset, partition = 0 }) => ({
      name: topic.name,
      partitions: [
        { partitionIndex: partition, committedOffset: offset, committedMetadata: 'note' },
      ],
    }))
    const request = { ...this.#names(), groupId, memberId: '', topics, ...fields }
    for (;;) {
      const answer = await this.#client.request(txnOffsetCommit, version, request)
      const codes = offsets.map(({ topic, partition = 0 }) => {
        const told = answer.topics.filter(({ name }) => name === topic.name)
        const all = told.flatMap(({ partitions }) => partitions)
        return errorName(all.find(each => each.partitionIndex === partition)!.errorCode)
      })
      if (!codes.some(isRetriable)) return codes
    }
  }

  /** A batch of these values into partition 0. Until v11 the partition must be in it already. */
  async produce(topic: TestTopic, values: string[], version = 12): Promise<ProduceAnswer> {
    const { transactionalId, producerId, producerEpoch } = this
    const baseSequence = this.#sequence
    this.#sequence += values.length
    const fields = { producerId, producerEpoch, baseSequence, isTransactional: true }
    for (;;) {
      const options = { version, transactionalId }
      const answer = await produceTo(this.#client, topic, batchOf(values, fields), options)
      if (!isRetriable(answer.error)) return answer
    }
  }

  /** With v5, the producer goes on in the next epoch. */
  async end(committed: boolean, version = latest(endTxn)): Promise<ErrorName> {
    const request = { ...this.#names(), committed }
    const error = await retried(async () => {
      const answer = await this.#client.request(endTxn, version, request)
      if (answer.errorCode === errors.NONE && answer.producerId >= 0) this.#goOn(answer)
      return answer.errorCode
    })
    return error
  }

  #goOn({ producerId, producerEpoch }: { producerId: number; producerEpoch: number }): void {
    this.producerId = producerId
    this.producerEpoch = producerEpoch
    this.#sequence = 0
  }

  #names() {
    const { transactionalId, producerId, producerEpoch } = this
    return { transactionalId, producerId, producerEpoch }
  }
}

/** The markers of the last transaction, or a coordinator, are not there yet. */
function isRetriable(error: ErrorName): boolean {
  return ['CONCURRENT_TRANSACTIONS', 'NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS'].includes(
    error,
  )
}

async function retried(request: () => Promise<number>): Promise<ErrorName> {
  for (;;) {
    const error = errorName(await request())
    if (!isRetriable(error)) return error
  }
}
