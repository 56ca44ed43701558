/** What may become a topic, by the rules of Kafka's ReplicationControlManager.createTopics. */
import type { createTopics } from '../protocol/apis/19-create-topics.ts'
import { KafkaError } from '../protocol/errors.ts'
import type { Infer } from '../protocol/schema.ts'
import { checkTopicConfigs } from './config.ts'
import type { Context } from './handler.ts'
import { checkReplicas } from './replicas.ts'
import { isControllersTopic } from './topic-names.ts'
import type { NewTopic } from './topics.ts'

export type WantedTopic = Infer<typeof createTopics.request>['topics'][number]

const useDefault = -1

/** Throws the error that Kafka has for the first thing that is wrong. */
export function checkNewTopic(
  wanted: WantedTopic,
  context: Pick<Context, 'config' | 'cluster' | 'topics'>,
): NewTopic {
  const { name, assignments, numPartitions, replicationFactor } = wanted
  const { config, cluster, topics } = context
  if (isControllersTopic(name)) {
    throw new KafkaError('INVALID_REQUEST', `topic '${name}' is not for clients to create`)
  }
  topics.checkNew(name)
  const overrides = checkTopicConfigs(configsOf(wanted), config)
  if (assignments.length > 0) {
    return { name, replicas: checkAssignments(wanted, cluster.nodeIds), overrides }
  }
  if (replicationFactor < useDefault || replicationFactor === 0) {
    const reason = `a topic cannot have ${replicationFactor} replicas`
    throw new KafkaError('INVALID_REPLICATION_FACTOR', reason)
  }
  if (numPartitions < useDefault || numPartitions === 0) {
    throw new KafkaError('INVALID_PARTITIONS', `a topic cannot have ${numPartitions} partitions`)
  }
  const factor =
    replicationFactor === useDefault ? config.defaultReplicationFactor : replicationFactor
  return { name, replicas: topics.place(partitionCount(wanted, context), factor), overrides }
}

/** Partitions that the topic is to have, right or wrong. */
export function partitionCount(
  { assignments, numPartitions }: WantedTopic,
  { config }: Pick<Context, 'config'>,
): number {
  if (assignments.length > 0) return assignments.length
  return numPartitions === useDefault ? config.numPartitions : numPartitions
}

function configsOf({ configs }: WantedTopic): Record<string, string> {
  const unset = configs.filter(({ value }) => value === null).map(({ name }) => name)
  if (unset.length > 0) {
    const reason = `Null value not supported for topic configs: ${unset.join(',')}`
    throw new KafkaError('INVALID_CONFIG', reason)
  }
  return Object.fromEntries(configs.map(({ name, value }) => [name, value!]))
}

/** The replicas of each partition. */
function checkAssignments(wanted: WantedTopic, nodeIds: readonly number[]): number[][] {
  const { assignments, numPartitions, replicationFactor } = wanted
  if (replicationFactor !== useDefault || numPartitions !== useDefault) {
    throw new KafkaError(
      'INVALID_REQUEST',
      'with an assignment, partitions and replication factor must be -1',
    )
  }
  const byIndex = new Map<number, number[]>()
  for (const { partitionIndex, brokerIds } of assignments) {
    if (byIndex.has(partitionIndex)) {
      const reason = `partition ${partitionIndex} has more than one assignment`
      throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', reason)
    }
    checkReplicas(brokerIds, nodeIds, assignments[0]!.brokerIds.length)
    byIndex.set(partitionIndex, brokerIds)
  }
  return assignments.map((_, index) => {
    const replicas = byIndex.get(index)
    if (replicas !== undefined) return replicas
    throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', `partition ${index} has no assignment`)
  })
}
