/**
 * Metadata: v0–13. v0 takes no topics for all topics, v1 null; v4 auto-creation on request (always
 * before); v7 leader epochs; v8 authorised operations (KIP-430); v9 flexible; v10 topic ids, usable
 * in requests from v12 on (KIP-516); v13 error for the whole answer (KIP-1102).
 */
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { clusterName } from '../auth/acl-codes.ts'
import { checkAllowed, splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { operationsOmitted, operationsOnCluster } from '../authorized-operations.ts'
import { handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'
import { describePartition } from '../partition-description.ts'
import { noLeader } from '../replicas.ts'
import { checkTopicName, isControllersTopic, isInternalTopic } from '../topic-names.ts'
import type { Topic } from '../topics.ts'

type Request = Infer<typeof metadata.request>
type Wanted = NonNullable<Request['topics']>[number]
type TopicAnswer = Input<typeof metadata.response>['topics'][number]

const topicIdsSince = 12

export default handle(metadata, {
  async run(request, context) {
    const { cluster, nodes, version } = context
    const topics = wantsAll(request, version)
      ? listed(context).map(topic => describe(topic, request, context))
      : await Promise.all(distinct(request.topics!).map(topic => answer(topic, request, context)))
    return {
      brokers: nodes().map(({ id, host, port }) => ({ nodeId: id, host, port })),
      clusterId: cluster.id,
      controllerId: cluster.controllerId,
      topics,
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? operationsOnCluster(context, requires.Metadata.clusterOperations)
        : operationsOmitted,
    }
  },

  fail: (errorCode, request, version) => ({
    brokers: [],
    errorCode,
    topics: (request.topics ?? []).map(({ name, topicId }) => {
      return refuse(errorCode, version < topicIdsSince ? (name ?? '') : name, topicId)
    }),
  }),
})

function wantsAll({ topics }: Request, version: number): boolean {
  return topics === null || (version === 0 && topics.length === 0)
}

function listed(context: Context): readonly Topic[] {
  const { topics } = context
  return splitAllowed(context, requires.Metadata.listed, topics.all(), ({ name }) => name).allowed
}

/** However often a request names a topic, it is answered once. */
function distinct(topics: readonly Wanted[]): Wanted[] {
  return [...new Map(topics.map(topic => [`${topic.topicId}:${topic.name}`, topic])).values()]
}

/** One topic that was asked for; its error is its own. */
async function answer(
  { name, topicId }: Wanted,
  request: Request,
  context: Context,
): Promise<TopicAnswer> {
  const byId = topicId !== zeroUuid
  // Kafka: MetadataRequest refuses ids and absent names before v12.
  if (context.version < topicIdsSince && (byId || name === null)) {
    throw new KafkaError('INVALID_REQUEST')
  }
  try {
    if (name === null && !byId) throw new KafkaError('INVALID_REQUEST')
    const known = byId ? context.topics.getById(topicId) : undefined
    if (byId && known === undefined) throw new KafkaError('UNKNOWN_TOPIC_ID')
    // Whether a topic exists is not for everybody to know.
    checkAllowed(context, requires.Metadata.topic, known?.name ?? name!)
    const topic = known ?? (await findByName(name!, request.allowAutoTopicCreation, context))
    if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    return describe(topic, request, context)
  } catch (error) {
    const code = errorCodeOf(error, context.logger, { api: 'Metadata', topic: name ?? topicId })
    const refused = refuse(code, byId ? null : name, topicId)
    const isSecret = byId || name === null || code === errors.TOPIC_AUTHORIZATION_FAILED
    const operations = isSecret ? operationsOmitted : operationsOn(name, request, context)
    return { ...refused, topicAuthorizedOperations: operations }
  }
}

async function findByName(
  name: string,
  isCreatedIfMissing: boolean,
  context: Context,
): Promise<Topic | undefined> {
  const { topics, config, throttle, authorizer } = context
  const topic = topics.get(name)
  if (topic) return topic
  const isCreated = isCreatedIfMissing && config.autoCreateTopicsEnable
  if (isCreated && !authorizer.allows(context, requires.Metadata.createAny, clusterName)) {
    checkAllowed(context, requires.Metadata.create, name)
  }
  checkTopicName(name)
  if (!isCreated || isControllersTopic(name)) return undefined
  if (!isInternalTopic(name) && throttle?.mayCreate(config.numPartitions) === false)
    return undefined
  return topics.getOrCreate(name)
}

function describe(topic: Topic, request: Request, context: Context): TopicAnswer {
  const { liveIds } = context.cluster
  return {
    errorCode: errors.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map(partition => {
      const described = describePartition(partition, liveIds)
      const isLed = described.leaderId !== noLeader
      return { errorCode: isLed ? errors.NONE : errors.LEADER_NOT_AVAILABLE, ...described }
    }),
    topicAuthorizedOperations: operationsOn(topic.name, request, context),
  }
}

/** As far as it is asked for; whether there is such a topic does not matter. */
function operationsOn(
  name: string,
  { includeTopicAuthorizedOperations: isAsked }: Request,
  context: Context,
): number {
  return isAsked ? context.authorizer.operations(context, 'topic', name) : operationsOmitted
}

function refuse(errorCode: number, name: string | null, topicId: string): TopicAnswer {
  return { errorCode, name, topicId, partitions: [] }
}
