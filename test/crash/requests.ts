/** What the crash loop asks of a broker, as plain values. Errors of the broker are thrown. */
import { produce } from '../../protocol/apis/00-produce.ts'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { createPartitions } from '../../protocol/apis/37-create-partitions.ts'
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import { errors } from '../../protocol/errors.ts'
import type { RawClient } from '../raw-client.ts'
import { pause } from './pause.ts'

const maxReadBytes = 10_000_000
const timeoutMs = 30_000
const topicResource = 2
const setOperation = 0
/** Kafka's ConfigSource for what is set on the topic. */
const setOnTopic = 1
/** In place of timestamps. */
const latest = -1
const earliest = -2
const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA'

export interface TopicPartition {
  topic: string
  partition: number
}

/** An answer that the loop does not expect: neither success nor a closed connection. */
export function expectNone(errorCode: number, what: string): void {
  if (errorCode === errors.NONE) return
  const name = Object.entries(errors).find(([, code]) => code === errorCode)?.[0] ?? errorCode
  throw new Error(`${what} was answered ${name}`)
}

/** The offset of the first record, and the log's start. */
export async function produceBatch(
  client: RawClient,
  { topic, partition }: TopicPartition,
  acks: number,
  records: Buffer,
): Promise<{ baseOffset: number; startOffset: number }> {
  const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
  const { responses } = await client.request(produce, 9, { acks, timeoutMs, topicData })
  const { errorCode, baseOffset, logStartOffset } = responses[0]!.partitionResponses[0]!
  expectNone(errorCode, `Produce to ${topic}-${partition}`)
  return { baseOffset, startOffset: logStartOffset }
}

export interface Fetched {
  isOutOfRange: boolean
  /** Of the log; -1 when the offset is out of range. */
  startOffset: number
  highWatermark: number
  batches: Buffer
}

export async function fetchBatches(
  client: RawClient,
  { topic, partition }: TopicPartition,
  fetchOffset: number,
  maxWaitMs: number,
): Promise<Fetched> {
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: maxReadBytes }]
  const { responses } = await client.request(fetch, 11, {
    maxWaitMs,
    minBytes: 1,
    maxBytes: maxReadBytes,
    isolationLevel: 0,
    sessionId: 0,
    topics: [{ topic, partitions }],
    forgottenTopicsData: [],
    rackId: '',
  })
  const found = responses[0]!.partitions[0]!
  const isOutOfRange = found.errorCode === errors.OFFSET_OUT_OF_RANGE
  if (!isOutOfRange) expectNone(found.errorCode, `Fetch of ${topic}-${partition}`)
  return {
    isOutOfRange,
    startOffset: found.logStartOffset,
    highWatermark: found.highWatermark,
    batches: Buffer.concat(found.records ?? []),
  }
}

/** The start of a log. */
export function firstOffset(client: RawClient, at: TopicPartition): Promise<number> {
  return listOffset(client, at, earliest)
}

/** The high watermark. */
export function endOffset(client: RawClient, at: TopicPartition): Promise<number> {
  return listOffset(client, at, latest)
}

async function listOffset(
  client: RawClient,
  { topic, partition }: TopicPartition,
  timestamp: number,
): Promise<number> {
  const partitions = [{ partitionIndex: partition, timestamp }]
  const { topics } = await client.request(listOffsets, 7, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions }],
    timeoutMs,
  })
  const { errorCode, offset } = topics[0]!.partitions[0]!
  expectNone(errorCode, `ListOffsets of ${topic}-${partition}`)
  return offset
}

/** -1 for all; the answer is the new start. */
export async function trimPartition(
  client: RawClient,
  { topic, partition }: TopicPartition,
  offset: number,
): Promise<number> {
  const partitions = [{ partitionIndex: partition, offset }]
  const { topics } = await client.request(deleteRecords, 2, {
    topics: [{ name: topic, partitions }],
    timeoutMs,
  })
  const { errorCode, lowWatermark } = topics[0]!.partitions[0]!
  expectNone(errorCode, `DeleteRecords of ${topic}-${partition}`)
  return lowWatermark
}

export async function commitOffset(
  client: RawClient,
  groupId: string,
  { topic, partition }: TopicPartition,
  committedOffset: number,
): Promise<void> {
  const committed = { partitionIndex: partition, committedOffset, committedMetadata: null }
  const { topics } = await client.request(offsetCommit, 8, {
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ name: topic, topicId: noTopicId, partitions: [committed] }],
  })
  expectNone(topics[0]!.partitions[0]!.errorCode, `OffsetCommit of ${groupId}`)
}

/** -1 for none; waits for what is committed in a transaction and not decided. */
export async function committedOffset(
  client: RawClient,
  groupId: string,
  { topic, partition }: TopicPartition,
): Promise<number> {
  const { topics, errorCode } = await client.request(offsetFetch, 7, {
    groupId,
    topics: [{ name: topic, partitionIndexes: [partition] }],
    groups: [],
    requireStable: true,
  })
  const found = topics[0]!.partitions[0]!
  if (found.errorCode === errors.UNSTABLE_OFFSET_COMMIT) {
    await pause(1)
    return committedOffset(client, groupId, { topic, partition })
  }
  expectNone(errorCode || found.errorCode, `OffsetFetch of ${groupId}`)
  return found.committedOffset
}

export async function newProducerId(client: RawClient): Promise<number> {
  const reply = await client.request(initProducerId, 4, {
    transactionalId: null,
    transactionTimeoutMs: 0,
  })
  expectNone(reply.errorCode, 'InitProducerId')
  return reply.producerId
}

/** The topic's id. */
export async function createTopic(
  client: RawClient,
  name: string,
  numPartitions: number,
  configs: Readonly<Record<string, string>>,
): Promise<string> {
  const { topics } = await client.request(createTopics, 7, {
    topics: [
      {
        name,
        numPartitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
  })
  expectNone(topics[0]!.errorCode, `CreateTopics of ${name}`)
  return topics[0]!.topicId
}

export async function deleteTopic(client: RawClient, name: string): Promise<void> {
  const { responses } = await client.request(deleteTopics, 6, {
    topics: [{ name, topicId: noTopicId }],
    topicNames: [],
    timeoutMs,
  })
  expectNone(responses[0]!.errorCode, `DeleteTopics of ${name}`)
}

export async function growTopic(client: RawClient, name: string, count: number): Promise<void> {
  const topics = [{ name, count, assignments: null }]
  const { results } = await client.request(createPartitions, 3, {
    topics,
    timeoutMs,
    validateOnly: false,
  })
  expectNone(results[0]!.errorCode, `CreatePartitions of ${name}`)
}

export async function setConfig(
  client: RawClient,
  topic: string,
  name: string,
  value: string,
): Promise<void> {
  const configs = [{ name, configOperation: setOperation, value }]
  const { responses } = await client.request(incrementalAlterConfigs, 1, {
    resources: [{ resourceType: topicResource, resourceName: topic, configs }],
    validateOnly: false,
  })
  expectNone(responses[0]!.errorCode, `IncrementalAlterConfigs of ${topic}`)
}

/** All topics but the broker's own: by name, id and number of partitions. */
export async function listTopics(
  client: RawClient,
): Promise<{ name: string; id: string; partitions: number }[]> {
  const { topics } = await client.request(metadata, 12, {
    topics: null,
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: false,
  })
  return topics
    .filter(({ isInternal }) => !isInternal)
    .map(({ errorCode, name, topicId, partitions }) => {
      expectNone(errorCode, `Metadata of ${name}`)
      return { name: name!, id: topicId, partitions: partitions.length }
    })
}

/** By topic, what is set on it. */
export async function topicConfigs(
  client: RawClient,
  topics: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  const { results } = await client.request(describeConfigs, 4, {
    resources: topics.map(resourceName => ({
      resourceType: topicResource,
      resourceName,
      configurationKeys: null,
    })),
    includeSynonyms: false,
    includeDocumentation: false,
  })
  return new Map(
    results.map(({ errorCode, resourceName, configs }) => {
      expectNone(errorCode, `DescribeConfigs of ${resourceName}`)
      const set = configs.filter(({ configSource }) => configSource === setOnTopic)
      return [resourceName, Object.fromEntries(set.map(({ name, value }) => [name, value!]))]
    }),
  )
}
