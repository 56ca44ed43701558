/**
 * DescribeTopicPartitions: v0, flexible from the start (KIP-966). Topics in the order of their
 * names, up to a number of partitions; a cursor says where the next request goes on. Without
 * replicas that fall behind there are no eligible leaders besides those in sync.
 */
import { describeTopicPartitions } from '../../protocol/apis/75-describe-topic-partitions.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { handle, type Context } from '../handler.ts'
import { describePartition } from '../partition-description.ts'
import { checkTopicName, isInternalTopic } from '../topic-names.ts'
import type { Topic } from '../topics.ts'

type Request = Infer<typeof describeTopicPartitions.request>
type Response = Input<typeof describeTopicPartitions.response>
type TopicAnswer = Response['topics'][number]

export default handle(describeTopicPartitions, {
  run(request, context) {
    const { topic: named, listed } = requires.DescribeTopicPartitions
    const rule = request.topics.length === 0 ? listed : named
    const names = namesFrom(request, context)
    const { allowed, denied } = splitAllowed(context, rule, names, name => name)
    const found = page(allowed, request, context)
    return rule === listed
      ? found
      : { ...found, topics: [...found.topics, ...denied.map(refuseDenied)] }
  },

  fail: (errorCode, { topics }) => ({
    topics: topics.map(({ name }) => ({ errorCode, name, topicId: zeroUuid, partitions: [] })),
  }),
})

/** As many partitions as may be in one answer. */
function page(names: readonly string[], request: Request, context: Context): Response {
  const { cursor } = request
  let left = Math.max(1, Math.min(request.responsePartitionLimit, limitOf(context)))
  const topics: TopicAnswer[] = []
  for (const name of names) {
    if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } }
    const topic = context.topics.get(name)
    if (topic === undefined) {
      topics.push(refuse(name, context))
      continue
    }
    const first = cursor?.topicName === name ? cursor.partitionIndex : 0
    const partitions = topic.partitions.slice(first, first + left)
    topics.push(describe(topic, partitions, context))
    left -= partitions.length
    const next = first + partitions.length
    if (partitions.length > 0 && next < topic.partitions.length) {
      return { topics, nextCursor: { topicName: name, partitionIndex: next } }
    }
  }
  return { topics }
}

const limitOf = ({ config }: Context): number => config.maxRequestPartitionSizeLimit

/** Each topic once, from the cursor's on. Throws INVALID_REQUEST for an impossible cursor. */
function namesFrom({ topics, cursor }: Request, context: Context): string[] {
  const names =
    topics.length === 0
      ? context.topics.all().map(({ name }) => name)
      : [...new Set(topics.map(({ name }) => name))].toSorted()
  if (cursor === null) return names
  if (topics.length > 0 && !names.includes(cursor.topicName)) {
    throw new KafkaError('INVALID_REQUEST', `${cursor.topicName} is not among the topics`)
  }
  if (cursor.partitionIndex < 0) {
    throw new KafkaError('INVALID_REQUEST', `a cursor at partition ${cursor.partitionIndex}`)
  }
  return names.filter(name => name >= cursor.topicName)
}

function describe(
  { name, id }: Topic,
  partitions: Topic['partitions'],
  context: Context,
): TopicAnswer {
  const { cluster, authorizer } = context
  return {
    errorCode: errors.NONE,
    name,
    topicId: id,
    isInternal: isInternalTopic(name),
    partitions: partitions.map(partition => ({
      errorCode: errors.NONE,
      ...describePartition(partition, cluster.liveIds),
      eligibleLeaderReplicas: [],
      lastKnownElr: [],
    })),
    topicAuthorizedOperations: authorizer.operations(context, 'topic', name),
  }
}

function refuse(name: string, context: Context): TopicAnswer {
  return {
    errorCode: isLegal(name) ? errors.UNKNOWN_TOPIC_OR_PARTITION : errors.INVALID_TOPIC_EXCEPTION,
    name,
    topicId: zeroUuid,
    isInternal: isInternalTopic(name),
    partitions: [],
    topicAuthorizedOperations: context.authorizer.operations(context, 'topic', name),
  }
}

/** Whether there is such a topic remains untold. */
function refuseDenied(name: string): TopicAnswer {
  return { errorCode: errors.TOPIC_AUTHORIZATION_FAILED, name, topicId: zeroUuid, partitions: [] }
}

function isLegal(name: string): boolean {
  try {
    checkTopicName(name)
    return true
  } catch {
    return false
  }
}
