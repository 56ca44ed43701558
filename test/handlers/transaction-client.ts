/** What the tests of transactions ask a broker, and how its errors are called. */
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { describeTransactions } from '../../protocol/apis/65-describe-transactions.ts'
import { listTransactions } from '../../protocol/apis/66-list-transactions.ts'
import { errorName, type ErrorName } from '../../protocol/errors.ts'
import type { RawClient } from '../raw-client.ts'
import { latest, named, uniqueName, type TestTopic } from './wire.ts'

export interface TestProducer {
  transactionalId: string
  producerId: number
  producerEpoch: number
}

/** The last versions that clients before KIP-890 send. */
const older = { addPartitions: 3, addOffsets: 4, end: 4 }

/** While Kafka makes its topic of transactions. */
const notYet: ReadonlySet<ErrorName> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
])

export class TransactionClient {
  readonly #client: () => RawClient

  constructor(client: () => RawClient) {
    this.#client = client
  }

  /** An id that nobody has. */
  async newId(): Promise<string> {
    const id = uniqueName()
    for (;;) {
      const { coordinators } = await this.#client().request(
        findCoordinator,
        latest(findCoordinator),
        { keyType: 1, coordinatorKeys: [id] },
      )
      if (coordinators[0]!.errorCode === 0) return id
    }
  }

  async init(
    transactionalId: string,
    fields: {
      version?: number
      transactionTimeoutMs?: number
      producerId?: number
      producerEpoch?: number
    } = {},
  ) {
    const { version = latest(initProducerId), transactionTimeoutMs = 60_000, ...rest } = fields
    for (;;) {
      const request = { transactionalId, transactionTimeoutMs, ...rest }
      const answer = named(await this.#client().request(initProducerId, version, request))
      if (!notYet.has(answer.error)) return answer
    }
  }

  /** A producer whose id nobody else has. */
  async newProducer(transactionTimeoutMs = 60_000): Promise<TestProducer> {
    const transactionalId = await this.newId()
    const { error, ...producer } = await this.init(transactionalId, { transactionTimeoutMs })
    if (error !== 'NONE') throw new Error(error)
    return { ...producer, transactionalId }
  }

  /** Error names by partition: 'name-0'. */
  async add(
    producer: TestProducer,
    partitions: readonly string[],
    { version = older.addPartitions, verifyOnly = false } = {},
  ): Promise<Record<string, ErrorName>> {
    const topics = topicsOf(partitions)
    if (version < 4) {
      const { resultsByTopicV3AndBelow } = await this.#client().request(
        addPartitionsToTxn,
        version,
        {
          v3AndBelowTransactionalId: producer.transactionalId,
          v3AndBelowProducerId: producer.producerId,
          v3AndBelowProducerEpoch: producer.producerEpoch,
          v3AndBelowTopics: topics,
        },
      )
      return errorsOf(resultsByTopicV3AndBelow)
    }
    const answer = await this.#client().request(addPartitionsToTxn, version, {
      transactions: [{ ...producer, verifyOnly, topics }],
    })
    if (answer.errorCode !== 0) throw new Error(errorName(answer.errorCode))
    return errorsOf(answer.resultsByTransaction[0]!.topicResults)
  }

  async addOffsets(
    producer: TestProducer,
    groupId: string,
    version = older.addOffsets,
  ): Promise<ErrorName> {
    const request = { ...producer, groupId }
    const { errorCode } = await this.#client().request(addOffsetsToTxn, version, request)
    return errorName(errorCode)
  }

  async end(producer: TestProducer, committed: boolean, version = older.end) {
    const { throttleTimeMs: _, ...answer } = await this.#client().request(endTxn, version, {
      ...producer,
      committed,
    })
    return named(answer)
  }

  /** The transaction, or what there is instead. */
  async describe(transactionalId: string) {
    const { transactionStates } = await this.#client().request(describeTransactions, 0, {
      transactionalIds: [transactionalId],
    })
    return named(transactionStates[0]!)
  }

  /** Resolves when the markers are written of what was decided. */
  async settled(transactionalId: string) {
    for (;;) {
      const transaction = await this.describe(transactionalId)
      if (!transaction.transactionState.startsWith('Prepare')) return transaction
    }
  }

  async list(filter: {
    version?: number
    stateFilters?: string[]
    producerIdFilters?: number[]
    durationFilter?: number
    transactionalIdPattern?: string | null
  }) {
    const { version = latest(listTransactions), ...rest } = filter
    const none = { stateFilters: [], producerIdFilters: [] }
    return named(await this.#client().request(listTransactions, version, { ...none, ...rest }))
  }
}

export const partitionOf = ({ name }: TestTopic, index = 0): string => `${name}-${index}`

function topicsOf(partitions: readonly string[]): { name: string; partitions: number[] }[] {
  const split = partitions.map(each => {
    const dash = each.lastIndexOf('-')
    return { name: each.slice(0, dash), index: Number(each.slice(dash + 1)) }
  })
  const topics = Map.groupBy(split, ({ name }) => name)
  return Array.from(topics, ([name, each]) => ({
    name,
    partitions: each.map(({ index }) => index),
  }))
}

interface TopicResult {
  name: string
  resultsByPartition: { partitionIndex: number; partitionErrorCode: number }[]
}

function errorsOf(topics: readonly TopicResult[]): Record<string, ErrorName> {
  return Object.fromEntries(
    topics.flatMap(({ name, resultsByPartition }) =>
      resultsByPartition.map(({ partitionIndex, partitionErrorCode }) => [
        `${name}-${partitionIndex}`,
        errorName(partitionErrorCode),
      ]),
    ),
  )
}
