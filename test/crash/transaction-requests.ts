/** What a transactional producer asks of a broker, by both protocols, as plain values. */
import { produce } from '../../protocol/apis/00-produce.ts'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import { parseMarker } from '../../protocol/control-records.ts'
import { errors } from '../../protocol/errors.ts'
import {
  batchesIn,
  batchSize,
  crcMatches,
  lastOffset,
  parseBatchHeader,
} from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import type { RawClient } from '../raw-client.ts'
import { pause } from './pause.ts'
import { expectNone, type TopicPartition } from './requests.ts'

/** Of Produce, TxnOffsetCommit and EndTxn: before KIP-890 and since. */
export const protocols = {
  classic: { produce: 11, offsets: 3, end: 4 },
  new: { produce: 12, offsets: 5, end: 5 },
} as const
export type Protocol = (typeof protocols)[keyof typeof protocols]

export interface Producer {
  transactionalId: string
  producerId: number
  producerEpoch: number
}

const timeoutMs = 30_000
const retryMs = 2
const committedOnly = 1
const maxReadBytes = 10_000_000

/** Aborts what was open; resolves when that is done. */
export async function takeId(client: RawClient, transactionalId: string): Promise<Producer> {
  const transactionTimeoutMs = 60_000
  for (;;) {
    const request = { transactionalId, transactionTimeoutMs }
    const { errorCode, ...producer } = await client.request(initProducerId, 4, request)
    if (errorCode === errors.CONCURRENT_TRANSACTIONS) {
      await pause(retryMs)
      continue
    }
    expectNone(errorCode, `InitProducerId of ${transactionalId}`)
    const { producerId, producerEpoch } = producer
    return { transactionalId, producerId, producerEpoch }
  }
}

/** The first request of a transaction may come while markers of the last one are under way. */
async function untilReady(what: string, ask: () => Promise<number>): Promise<void> {
  let errorCode = await ask()
  while (errorCode === errors.CONCURRENT_TRANSACTIONS) {
    await pause(retryMs)
    errorCode = await ask()
  }
  expectNone(errorCode, what)
}

export async function addPartitions(
  client: RawClient,
  { transactionalId, producerId, producerEpoch }: Producer,
  topics: readonly string[],
): Promise<void> {
  await untilReady('AddPartitionsToTxn', async () => {
    const { resultsByTopicV3AndBelow } = await client.request(addPartitionsToTxn, 3, {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: topics.map(name => ({ name, partitions: [0] })),
    })
    const codes = resultsByTopicV3AndBelow.map(topic => topic.resultsByPartition[0]!)
    return codes.find(each => each.partitionErrorCode !== 0)?.partitionErrorCode ?? 0
  })
}

export async function addGroup(
  client: RawClient,
  producer: Producer,
  groupId: string,
): Promise<void> {
  await untilReady('AddOffsetsToTxn', async () => {
    return (await client.request(addOffsetsToTxn, 3, { ...producer, groupId })).errorCode
  })
}

export async function produceIn(
  client: RawClient,
  { transactionalId }: Producer,
  topic: string,
  records: Buffer,
  { produce: version }: Protocol,
): Promise<void> {
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
  await untilReady(`Produce to ${topic}`, async () => {
    const request = { transactionalId, acks: -1, timeoutMs, topicData }
    const { responses } = await client.request(produce, version, request)
    return responses[0]!.partitionResponses[0]!.errorCode
  })
}

export async function commitIn(
  client: RawClient,
  producer: Producer,
  groupId: string,
  { topic, partition }: TopicPartition,
  committedOffset: number,
  { offsets: version }: Protocol,
): Promise<void> {
  const committed = { partitionIndex: partition, committedOffset, committedMetadata: null }
  await untilReady('TxnOffsetCommit', async () => {
    const topics = [{ name: topic, partitions: [committed] }]
    const request = { ...producer, groupId, memberId: '', topics }
    const answer = await client.request(txnOffsetCommit, version, request)
    return answer.topics[0]!.partitions[0]!.errorCode
  })
}

/** With what the producer goes on. */
export async function endTransaction(
  client: RawClient,
  producer: Producer,
  committed: boolean,
  { end: version }: Protocol,
): Promise<Producer> {
  const answer = await client.request(endTxn, version, { ...producer, committed })
  expectNone(answer.errorCode, 'EndTxn')
  if (answer.producerId < 0) return producer
  const { producerId, producerEpoch } = answer
  return { ...producer, producerId, producerEpoch }
}

export interface CommittedRead {
  /** Of records that were not aborted. */
  values: string[]
  nextOffset: number
  lastStableOffset: number
  highWatermark: number
}

/** As consumers with isolation.level=read_committed read (Kafka: CompletedFetch). */
export async function readCommitted(
  client: RawClient,
  { topic, partition }: TopicPartition,
  fetchOffset: number,
  maxWaitMs: number,
): Promise<CommittedRead> {
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: maxReadBytes }]
  const { responses } = await client.request(fetch, 11, {
    maxWaitMs,
    minBytes: 1,
    maxBytes: maxReadBytes,
    isolationLevel: committedOnly,
    topics: [{ topic, partitions }],
    forgottenTopicsData: [],
  })
  const found = responses[0]!.partitions[0]!
  expectNone(found.errorCode, `Fetch of ${topic}-${partition}`)
  const { lastStableOffset, highWatermark } = found
  const bytes = Buffer.concat(found.records ?? [])
  const read: CommittedRead = {
    values: [],
    nextOffset: fetchOffset,
    lastStableOffset,
    highWatermark,
  }
  const waiting = [...(found.abortedTransactions ?? [])]
  const aborted = new Set<number>()
  for (const at of batchesIn(bytes)) {
    const batch = bytes.subarray(at, at + batchSize(bytes, at))
    if (!crcMatches(batch)) throw new Error(`${topic}: a wrong checksum`)
    const { isControl, isTransactional, producerId } = parseBatchHeader(batch)
    read.nextOffset = lastOffset(batch) + 1
    for (const each of waiting.filter(({ firstOffset }) => firstOffset <= lastOffset(batch))) {
      waiting.splice(waiting.indexOf(each), 1)
      aborted.add(each.producerId)
    }
    if (isControl && parseMarker(batch)?.type === 'abort') aborted.delete(producerId)
    if (isControl || (isTransactional && aborted.has(producerId))) continue
    for (const { offset, value } of decodeRecords(batch, maxReadBytes)) {
      if (offset >= fetchOffset) read.values.push(value!.toString())
    }
  }
  return read
}
