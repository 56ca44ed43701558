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
    const { replicas } = topic
    const topicId = validateOnly ? zeroUuid : (await topics.create(topic)).id
    return {
      name,
      topicId,
      errorCode: errors.NONE,
      errorMessage: null,
      numPartitions: replicas.length,
      replicationFactor: replicas[0]!.length,
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
    return { name, replicas: checkAssignments(wanted, context.cluster.nodeIds), overrides }
  }
  const { replicationFactor: asked } = wanted
  const factor = asked === useDefault ? context.config.defaultReplicationFactor : asked
  if (factor < 1) throw new KafkaError('INVALID_REPLICATION_FACTOR', `replication factor ${factor}`)
  if (partitions < 1) throw new KafkaError('INVALID_PARTITIONS', `${partitions} partitions`)
  return { name, replicas: context.topics.place(partitions, factor), overrides }
}

function partitionCount({ assignments, numPartitions }: Wanted, { config }: Context): number {
  if (assignments.length > 0) return assignments.length
  return numPartitions === useDefault ? config.numPartitions : numPartitions
}

function configsOf({ configs }: Wanted): Record<string, string> {
  const given: [string, string][] = configs.map(({ name, value }) => {
    if (value === null) {
      throw new KafkaError('INVALID_CONFIG', `Null value not supported for topic configs: ${name}`)
    }
    return [name, value]
  })
  return Object.fromEntries(given)
}

/** The replicas of an assignment that names each partition, and only brokers that there are. */
function checkAssignments(wanted: Wanted, nodeIds: readonly number[]): number[][] {
  const { assignments, numPartitions, replicationFactor } = wanted
  if (numPartitions !== useDefault || replicationFactor !== useDefault) {
    throw new KafkaError(
      'INVALID_REQUEST',
      'with an assignment, partitions and replication factor must be -1',
    )
  }
  const byIndex = new Map(assignments.map(each => [each.partitionIndex, each.brokerIds]))
  return assignments.map((_, index) => {
    const brokerIds = byIndex.get(index)
    if (brokerIds === undefined) {
      throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', `no replicas for partition ${index}`)
    }
    const isPossible =
      brokerIds.length > 0 &&
      brokerIds.length === assignments[0]!.brokerIds.length &&
      new Set(brokerIds).size === brokerIds.length &&
      brokerIds.every(id => nodeIds.includes(id))
    if (!isPossible) {
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `partition ${index} on brokers ${brokerIds.join()}; there are ${nodeIds.join()}`,
      )
    }
    return brokerIds
  })
}
