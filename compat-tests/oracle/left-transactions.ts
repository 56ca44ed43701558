/** Transactions in partition 0 of a topic: one committed, one aborted, one left open. */
import { setTimeout } from 'node:timers/promises'
import { produce } from '../../protocol/apis/00-produce.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import { errors } from '../../protocol/errors.ts'
import { encodeBatch } from '../../protocol/records.ts'
import { ask, check } from './ask.ts'
import { Connection } from './connection.ts'

/** The last versions before KIP-890: what is added is said. */
const classic = { produce: 11, addPartitions: 3, addOffsets: 3, commit: 3, end: 4 }
const transactionTimeoutMs = 600_000
const timeoutMs = 10_000
const pauseMs = 100
const coordinatorKinds = { group: 0, transaction: 1 }

export interface OpenTransaction {
  transactionalId: string
  producerId: number
  producerEpoch: number
}

/** What is open has committed `committedOffset` for the group. */
export async function leaveTransactions(
  bootstrap: string,
  topic: string,
  groupId: string,
  committedOffset: number,
): Promise<OpenTransaction> {
  using connection = await Connection.open(bootstrap)
  await begin(connection, 'committing', topic).then(each => endOpen(bootstrap, each, true))
  await begin(connection, 'aborting', topic).then(each => endOpen(bootstrap, each, false))
  const open = await begin(connection, 'open', topic)
  await coordinated(connection, groupId, coordinatorKinds.group)
  const added = await untilReady(
    () => ask(connection, addOffsetsToTxn, classic.addOffsets, { ...open, groupId }),
    answer => answer.errorCode,
  )
  check(added.errorCode)
  const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: '' }]
  const request = { ...open, groupId, memberId: '', topics: [{ name: topic, partitions }] }
  const { topics } = await untilReady(
    () => ask(connection, txnOffsetCommit, classic.commit, request),
    answer => answer.topics[0]!.partitions[0]!.errorCode,
  )
  check(topics[0]!.partitions[0]!.errorCode)
  return open
}

export async function endOpen(
  bootstrap: string,
  producer: OpenTransaction,
  committed: boolean,
): Promise<void> {
  using connection = await Connection.open(bootstrap)
  check((await ask(connection, endTxn, classic.end, { ...producer, committed })).errorCode)
}

/** With five records, whose values say whose they are. */
async function begin(
  connection: Connection,
  transactionalId: string,
  topic: string,
): Promise<OpenTransaction> {
  await coordinated(connection, transactionalId, coordinatorKinds.transaction)
  const request = { transactionalId, transactionTimeoutMs }
  const { errorCode, producerId, producerEpoch } = await untilReady(
    () => ask(connection, initProducerId, 4, request),
    answer => answer.errorCode,
  )
  check(errorCode)
  const { resultsByTopicV3AndBelow } = await untilReady(
    () =>
      ask(connection, addPartitionsToTxn, classic.addPartitions, {
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions: [0] }],
      }),
    answer => answer.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode,
  )
  check(resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode)
  const records = Array.from({ length: 5 }, (_, i) => {
    const value = Buffer.from(`${transactionalId} ${i}`)
    return { timestamp: Date.now(), key: null, value }
  })
  const fields = { producerId, producerEpoch, baseSequence: 0, isTransactional: true }
  const partitionData = [{ index: 0, records: encodeBatch({ records, ...fields }) }]
  const { responses } = await ask(connection, produce, classic.produce, {
    transactionalId,
    acks: -1,
    timeoutMs,
    topicData: [{ name: topic, partitionData }],
  })
  check(responses[0]!.partitionResponses[0]!.errorCode)
  return { transactionalId, producerId, producerEpoch }
}

/** Its topic may have to be created first. */
async function coordinated(connection: Connection, key: string, keyType: number): Promise<void> {
  await untilReady(
    () => ask(connection, findCoordinator, 3, { key, keyType }),
    answer => answer.errorCode,
  )
}

const mayCome: ReadonlySet<number> = new Set([
  errors.COORDINATOR_NOT_AVAILABLE,
  errors.NOT_COORDINATOR,
  errors.COORDINATOR_LOAD_IN_PROGRESS,
  errors.CONCURRENT_TRANSACTIONS,
])

async function untilReady<T>(
  request: () => Promise<T>,
  errorOf: (answer: T) => number,
): Promise<T> {
  for (;;) {
    const answer = await request()
    if (!mayCome.has(errorOf(answer))) return answer
    await setTimeout(pauseMs)
  }
}
