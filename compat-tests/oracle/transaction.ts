/** Producers with transactional ids, their transactions, and what becomes of these in a log. */
import { produce } from '../../protocol/apis/00-produce.ts'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { describeProducers } from '../../protocol/apis/61-describe-producers.ts'
import { describeTransactions } from '../../protocol/apis/65-describe-transactions.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { batchesIn, batchSize, parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords, encodeBatch, type NewBatch } from '../../protocol/records.ts'
import type { Input } from '../../protocol/schema.ts'
import type { Session, Topic } from './session.ts'

export interface Producer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** Versions of EndTxn: the last that keeps the epoch, and the first that raises it (KIP-890). */
export const [keepsEpoch, raisesEpoch] = [4, 5] as const
/** The last version of AddPartitionsToTxn that is for clients. */
const byClients = 3
/** Of no producer: Kafka gives ids from 0 on. */
export const nobody = 2 ** 40
/** For consumers of committed records. */
export const committedOnly = { isolationLevel: 1 } as const
/** Long enough for no transaction to end by itself. */
export const transactionTimeoutMs = 60_000

const maxInflatedBytes = 1_000_000

/** Takes the transactional id; a transaction that was open is aborted first. */
export async function newProducer(
  s: Session<never>,
  transactionalId = s.name('tx'),
  fields: Partial<Input<typeof initProducerId.request>> = {},
): Promise<Producer> {
  const request = { transactionalId, transactionTimeoutMs, ...fields }
  let answer = await s.get(initProducerId, request)
  await s.until(async () => {
    if (answer.errorCode !== errors.CONCURRENT_TRANSACTIONS) return true
    answer = await s.get(initProducerId, request)
    return false
  })
  fine('InitProducerId', answer.errorCode)
  const { producerId, producerEpoch } = answer
  return { transactionalId, producerId, producerEpoch }
}

/** What clients send to have partitions of a topic in their transaction. */
export function partitionsOf(
  { transactionalId, producerId, producerEpoch }: Producer,
  { name }: Pick<Topic, 'name'>,
  ...partitions: readonly number[]
) {
  return {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: [{ name, partitions }],
  }
}

/** Begins a transaction, or goes on with it: partition 0, if no other. */
export async function begin(
  s: Session<never>,
  producer: Producer,
  topic: Topic,
  partitions: readonly number[] = [0],
): Promise<void> {
  const request = partitionsOf(producer, topic, ...partitions)
  const { resultsByTopicV3AndBelow } = await s.get(addPartitionsToTxn, request, byClients)
  for (const { partitionErrorCode } of resultsByTopicV3AndBelow[0]!.resultsByPartition) {
    fine('AddPartitionsToTxn', partitionErrorCode)
  }
}

/** Adds the offsets of a group to a transaction. */
export async function addGroup(
  s: Session<never>,
  producer: Producer,
  groupId: string,
): Promise<void> {
  fine('AddOffsetsToTxn', (await s.get(addOffsetsToTxn, { ...producer, groupId })).errorCode)
}

/** A batch in a producer's transaction. */
export function within(
  { producerId, producerEpoch }: Pick<Producer, 'producerId' | 'producerEpoch'>,
  baseSequence: number,
  ...values: readonly string[]
): Buffer {
  return stamped(values, { producerId, producerEpoch, baseSequence, isTransactional: true })
}

/** A batch of now: a marker that is days younger begins a segment, where a fetch ends. */
export function stamped(values: readonly string[], fields: Omit<NewBatch, 'records'>): Buffer {
  const timestamp = Date.now()
  const records = values.map(value => ({ timestamp, key: null, value: Buffer.from(value) }))
  return encodeBatch({ records, ...fields })
}

/** Appends to a partition in the producer's transaction. */
export async function write(
  s: Session<never>,
  { transactionalId }: Pick<Producer, 'transactionalId'>,
  { name, id }: Topic,
  records: Buffer,
  index = 0,
): Promise<void> {
  const topicData = [{ name, topicId: id, partitionData: [{ index, records }] }]
  const request = { transactionalId, acks: -1, timeoutMs: 9999, topicData }
  const { responses } = await s.get(produce, request)
  fine('Produce', responses[0]!.partitionResponses[0]!.errorCode)
}

/** Ends a transaction; resolves, when it has ended everywhere, with what the producer is then. */
export async function end(
  s: Session<never>,
  producer: Producer,
  committed: boolean,
  version: number = keepsEpoch,
): Promise<Producer> {
  const answer = await s.get(endTxn, { ...producer, committed }, version)
  fine('EndTxn', answer.errorCode)
  await ended(s, producer)
  if (version < raisesEpoch) return producer
  const { producerId, producerEpoch } = answer
  return { ...producer, producerId, producerEpoch }
}

/** Waits until no transaction of the id is about to end; resolves with its state. */
export async function ended(
  s: Session<never>,
  { transactionalId }: Pick<Producer, 'transactionalId'>,
): Promise<string> {
  let state = ''
  await s.until(async () => {
    const request = { transactionalIds: [transactionalId] }
    const { transactionStates } = await s.get(describeTransactions, request)
    state = transactionStates[0]!.transactionState
    return !state.startsWith('Prepare')
  })
  return state
}

/** What the coordinator says of a transactional id. */
export async function seeTransaction(
  s: Session<never>,
  { transactionalId }: Pick<Producer, 'transactionalId'>,
): Promise<void> {
  await s.also(describeTransactions, { transactionalIds: [transactionalId] })
}

/** What a partition knows of those who write to it. */
export async function seeProducers(s: Session<never>, { name }: Topic, partition = 0) {
  await s.also(describeProducers, { topics: [{ name, partitionIndexes: [partition] }] })
}

/** What a consumer asks for, if not for everything in a partition, in the last version. */
export interface View {
  readonly version?: number
  readonly isolationLevel?: number
  readonly fetchOffset?: number
  readonly partitionMaxBytes?: number
}

/** What lies in a partition, as a consumer sees it. */
export async function seeLog(
  s: Session<never>,
  { name, id }: Topic,
  { version, isolationLevel = 0, fetchOffset = 0, partitionMaxBytes = 9_000_000 }: View = {},
  partition = 0,
): Promise<void> {
  const partitions = [{ partition, fetchOffset, partitionMaxBytes }]
  const topics = [{ topic: name, topicId: id, partitions }]
  const limits = { maxWaitMs: 0, minBytes: 0, isolationLevel }
  const { responses } = await s.get(fetch, { ...limits, topics, forgottenTopicsData: [] }, version)
  const { records, ...rest } = responses[0]!.partitions[0]!
  const { errorCode, highWatermark, lastStableOffset, abortedTransactions } = rest
  const bytes = Buffer.concat(records ?? [])
  const batches = [...batchesIn(bytes)].map(at => inWords(bytes, at))
  s.note('the log', { errorCode, highWatermark, lastStableOffset, abortedTransactions, batches })
}

/** A batch without what two brokers do not have in common: producer ids that are part of bytes. */
function inWords(bytes: Buffer, at: number): object {
  const batch = bytes.subarray(at, at + batchSize(bytes, at))
  const header = parseBatchHeader(batch)
  const { baseOffset, lastOffsetDelta, isTransactional, isControl } = header
  const { producerId, producerEpoch, baseSequence } = header
  const records = [...decodeRecords(batch, maxInflatedBytes)].map(({ key, value }) => {
    return { key: key?.toString('hex'), value: value?.toString(isControl ? 'hex' : 'utf8') }
  })
  const producer = { producerId, producerEpoch, baseSequence }
  return { baseOffset, lastOffsetDelta, isTransactional, isControl, ...producer, records }
}

function fine(what: string, errorCode: number): void {
  if (errorCode !== errors.NONE) throw new Error(`${what}: ${errorName(errorCode)}`)
}
