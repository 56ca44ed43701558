/**
 * CreateTopics: v0–7. v1 error messages and validateOnly; v4 -1 for the defaults (KIP-464); v5
 * flexible, answers with partitions and configs (KIP-525); v7 topic ids (KIP-516). A topic is
 * durable and usable when it is answered. Timeouts are not needed: nobody else takes part.
 */
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { checkTopicConfigs } from '../config.ts'
import { describeTopicConfigs } from '../config/describe.ts'
import { handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'
import { repeatedKeys } from '../repeated.ts'
import type { NewTopic } from '../topics.ts'

type Request = Infer<typeof createTopics.request>
type Wanted = Request['topics'][number]
type Answer = Input<typeof createTopics.response>['topics'][number]

const useDefault = -1
/** Of one request, in sum (Kafka: ReplicationControlManager, 10,000 records for each operation). */
const maxPartitions = 10_000

export default handle(createTopics, {
  async run({ topics, validateOnly }, context) {
    const partitions = topics.reduce((sum, topic) => sum + partitionCount(topic, context), 0)
    if (partitions > maxPartitions) throw new KafkaError('POLICY_VIOLATION')
    const repeated = repeatedKeys(topics, ({ name }) => name)
    const byName = new Map(topics.map(topic => [topic.name, topic]))
    const answers = Array.from(byName.values(), topic =>
      answer(topic, repeated.has(topic.name), validateOnly, context),
    )
    return { topics: await Promise.all(answers) }
  },

  fail: (errorCode, { topics }) => ({
    topics: topics.map(({ name }) => ({ name, errorCode, errorMessage: null })),
  }),
})

async function answer(
  wanted: Wanted,
  isRepeated: boolean,
  validateOnly: boolean,
  context: Context,
): Promise<Answer> {
  const { name } = wanted
  const { topics, config, logger } = context
  try {
    if (isRepeated) throw new KafkaError('INVALID_REQUEST', 'the request names this topic twice')
    topics.checkNew(name)
    const topic = check(wanted, context)
    const topicId = validateOnly ? zeroUuid : (await topics.create(topic)).id
    return {
      name,
      topicId,
      errorCode: errors.NONE,
      errorMessage: null,
      numPartitions: topic.partitions,
      replicationFactor: topic.replicationFactor,
      configs: describeTopicConfigs(topic.overrides, config),
    }
  } catch (error) {
    const errorCode = errorCodeOf(error, logger, { api: 'CreateTopics', topic: name })
    return { name, errorCode, errorMessage: error instanceof Error ? error.message : null }
  }
}

function check(wanted: Wanted, context: Context): NewTopic {
  const { name, assignments } = wanted
  const overrides = checkTopicConfigs(configsOf(wanted), context.config)
  const partitions = partitionCount(wanted, context)
  if (assignments.length > 0) {
    return {
      name,
      partitions,
      replicationFactor: checkAssignments(wanted, context.config.nodeId),
      overrides,
    }
  }
  const { defaultReplicationFactor, nodeId } = context.config
  const { replicationFactor: asked } = wanted
  const replicationFactor = asked === useDefault ? defaultReplicationFactor : asked
  if (replicationFactor < 1) {
    throw new KafkaError('INVALID_REPLICATION_FACTOR', `replication factor ${replicationFactor}`)
  }
  if (partitions < 1) throw new KafkaError('INVALID_PARTITIONS', `${partitions} partitions`)
  if (replicationFactor > 1) {
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      `replication factor ${replicationFactor}, but there is one broker (${nodeId})`,
    )
  }
  return { name, partitions, replicationFactor, overrides }
}

function partitionCount({ assignments, numPartitions }: Wanted, { config }: Context): number {
  if (assignments.length > 0) return assignments.length
  return numPartitions === useDefault ? config.numPartitions : numPartitions
}

function configsOf({ configs }: Wanted): Record<string, string> {
  const given: [string, string][] = configs.map(({ name, value }) => {
    if (value === null) throw new KafkaError('INVALID_CONFIG', `${name} has no value`)
    return [name, value]
  })
  return Object.fromEntries(given)
}

/** The replication factor of an assignment that names each partition and only brokers there are. */
function checkAssignments(wanted: Wanted, nodeId: number): number {
  const { assignments, numPartitions, replicationFactor } = wanted
  if (numPartitions !== useDefault || replicationFactor !== useDefault) {
    throw new KafkaError(
      'INVALID_REQUEST',
      'with an assignment, partitions and replication factor must be -1',
    )
  }
  const indexes = new Set(assignments.map(({ partitionIndex }) => partitionIndex))
  for (let index = 0; index < assignments.length; index++) {
    if (!indexes.has(index)) {
      throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', `no replicas for partition ${index}`)
    }
  }
  for (const { partitionIndex, brokerIds } of assignments) {
    if (brokerIds.length !== 1 || brokerIds[0] !== nodeId) {
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `partition ${partitionIndex} on brokers ${brokerIds.join()}; the only one is ${nodeId}`,
      )
    }
  }
  return 1
}
