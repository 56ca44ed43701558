import { KafkaError } from '../../protocol/errors.ts'
import { alterTopicConfigs } from '../config-resources/topic.ts'
import { operationCodes } from '../config/alter.ts'
import { nearestName } from '../config/nearest-name.ts'
import type { Services } from '../handler.ts'
import { checkNewTopic } from '../new-topics.ts'
import { newPartitionRow } from '../replicas.ts'
import { isInternalTopic } from '../topic-names.ts'
import type { Topic, Topics } from '../topics.ts'

/** How a topic is to be created; what is left out is as the broker's configs say. */
export interface TopicOptions {
  /** From 1 on; `num.partitions` if it is not given. */
  partitions?: number
  /** At most the number of brokers; `default.replication.factor` if it is not given. */
  replicationFactor?: number
  /** By Kafka's names: `{ 'retention.ms': 60_000 }`. */
  configs?: Readonly<Record<string, ConfigValue>>
}

export type ConfigValue = string | number | boolean

export interface ListedTopic {
  readonly topic: string
  /** Another one whenever a topic of the name is created. */
  readonly id: string
  readonly partitions: number
  /** As many as offsets count, those in open or aborted transactions among them. */
  readonly records: number
  /** One that the broker keeps for itself. */
  readonly isInternal: boolean
}

export interface DescribedTopic {
  readonly topic: string
  readonly id: string
  readonly isInternal: boolean
  /** What was set on the topic, by Kafka's names. */
  readonly configs: Readonly<Record<string, string>>
  readonly partitions: readonly DescribedPartition[]
}

export interface DescribedPartition {
  readonly partition: number
  /** A node id; -1 for none. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
  /** Of the first record that is still there. */
  readonly startOffset: number
  /** Of the next record: the high watermark. */
  readonly endOffset: number
  /** Consumers of committed records read below it: before the end while a transaction is open. */
  readonly stableOffset: number
  /** Of the log. */
  readonly sizeBytes: number
  /** Why it does not serve, if it does not. */
  readonly offline?: string
}

const useDefault = -1

/** Throws UNKNOWN_TOPIC_OR_PARTITION, with the name that may have been meant. */
export function topicNamed(topics: Topics, name: string): Topic {
  const topic = topics.get(name)
  if (topic !== undefined) return topic
  const nearest = nearestName(
    name,
    topics.all().map(each => each.name),
  )
  const hint = nearest === undefined ? '' : `; there is '${nearest}'`
  throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic '${name}'${hint}`)
}

/** In the order of their names. */
export function listTopics({ topics }: Services): ListedTopic[] {
  return topics.all().map(({ name, id, partitions }) => ({
    topic: name,
    id,
    partitions: partitions.length,
    records: partitions.reduce((sum, { startOffset, highWatermark }) => {
      return sum + highWatermark - startOffset
    }, 0),
    isInternal: isInternalTopic(name),
  }))
}

/** Throws UNKNOWN_TOPIC_OR_PARTITION. */
export function describeTopic({ topics }: Services, name: string): DescribedTopic {
  const { id, overrides, partitions } = topicNamed(topics, name)
  return {
    topic: name,
    id,
    isInternal: isInternalTopic(name),
    configs: { ...overrides },
    partitions: partitions.map(partition => ({
      partition: partition.index,
      leader: partition.leader,
      replicas: partition.row.replicas,
      inSync: partition.row.isr,
      startOffset: partition.startOffset,
      endOffset: partition.highWatermark,
      stableOffset: partition.lastStableOffset,
      sizeBytes: partition.sizeBytes,
      ...(partition.failure && { offline: partition.failure.message }),
    })),
  }
}

/**
 * The topic is durable and usable when this resolves. Rejects with what Kafka answers to
 * CreateTopics: TOPIC_ALREADY_EXISTS, INVALID_TOPIC_EXCEPTION, INVALID_PARTITIONS,
 * INVALID_REPLICATION_FACTOR, INVALID_CONFIG.
 */
export async function createTopic(
  services: Services,
  name: string,
  { partitions = useDefault, replicationFactor = useDefault, configs = {} }: TopicOptions = {},
): Promise<DescribedTopic> {
  checkCount('INVALID_PARTITIONS', 'partitions', partitions)
  checkCount('INVALID_REPLICATION_FACTOR', 'replicationFactor', replicationFactor)
  const wanted = {
    name,
    numPartitions: partitions,
    replicationFactor,
    assignments: [],
    configs: Object.entries(configs).map(([config, value]) => {
      return { name: config, value: String(value) }
    }),
  }
  await services.topics.create(checkNewTopic(wanted, services))
  return describeTopic(services, name)
}

/** -1 stands for the default where clients ask. */
function checkCount(
  error: 'INVALID_PARTITIONS' | 'INVALID_REPLICATION_FACTOR',
  field: string,
  count: number,
): void {
  if (count === useDefault || (Number.isInteger(count) && count > 0)) return
  throw new KafkaError(error, `${field} is a number from 1 on, not ${JSON.stringify(count)}`)
}

/**
 * Adds partitions until there are so many. Rejects with UNKNOWN_TOPIC_OR_PARTITION, and
 * INVALID_PARTITIONS where there are as many or more.
 */
export async function addPartitions(
  { topics }: Services,
  name: string,
  total: number,
): Promise<void> {
  checkCount('INVALID_PARTITIONS', 'partitions', total)
  await topics.update(topicNamed(topics, name), row => {
    const { length } = row.partitions
    if (total <= length) {
      const reason = `topic '${name}' has ${length} partitions; it can only get more`
      throw new KafkaError('INVALID_PARTITIONS', reason)
    }
    const added = topics.place(total - length, row.partitions[0]!.replicas.length)
    return {
      ...row,
      partitions: [...row.partitions, ...added.map(replicas => newPartitionRow(replicas))],
    }
  })
}

/**
 * Sets configs of a topic, and unsets those whose value is null; others stay. They hold when this
 * resolves. Rejects with UNKNOWN_TOPIC_OR_PARTITION and INVALID_CONFIG.
 */
export async function setTopicConfigs(
  services: Services,
  name: string,
  configs: Readonly<Record<string, ConfigValue | null>>,
): Promise<void> {
  const operations = Object.entries(configs).map(([config, value]) => {
    const operation = value === null ? operationCodes.delete : operationCodes.set
    return { name: config, operation, value: value === null ? null : String(value) }
  })
  topicNamed(services.topics, name)
  await alterTopicConfigs(name, { operations, replacesAll: false }, false, services)
}

/**
 * Removes all records. Offsets go on, so that consumers do as well. They are gone for good when
 * this resolves. Rejects with UNKNOWN_TOPIC_OR_PARTITION.
 */
export async function clearTopic({ topics }: Services, name: string): Promise<void> {
  const { partitions } = topicNamed(topics, name)
  checkNotInternal(name)
  await Promise.all(partitions.map(partition => partition.trim(partition.highWatermark)))
}

/**
 * Deletes a topic, with what groups have committed of it. It is gone for good when this resolves:
 * one of the same name can be created at once. Rejects with UNKNOWN_TOPIC_OR_PARTITION.
 */
export async function deleteTopic({ topics }: Services, name: string): Promise<void> {
  await topics.delete(topicNamed(topics, name))
}

function checkNotInternal(name: string): void {
  if (!isInternalTopic(name)) return
  throw new KafkaError('INVALID_TOPIC_EXCEPTION', `topic '${name}' is the broker's own`)
}
