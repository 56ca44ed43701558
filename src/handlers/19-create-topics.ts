/**
 * CreateTopics: v0–7. v1 error messages and validateOnly; v4 -1 for the defaults (KIP-464); v5
 * flexible, answers with partitions and configs (KIP-525); v6 refuses clients above their quota
 * (KIP-599), which validateOnly uses up as well; v7 topic ids (KIP-516). A topic is durable and
 * usable when it is answered. Topics of one request may differ in '.' and '_' only, as in Kafka.
 */
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { clusterName } from '../auth/acl-codes.ts'
import { splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { describeTopicConfigs } from '../config/describe.ts'
import { checkTimeLeft, maxRecordsPerRequest } from '../controller-rules.ts'
import { failureOf } from '../errors.ts'
import { handle, type Context } from '../handler.ts'
import { checkNewTopic, partitionCount, type WantedTopic } from '../new-topics.ts'
import { repeatedKeys } from '../repeated.ts'
import { isControllersTopic } from '../topic-names.ts'
import type { NewTopic } from '../topics.ts'

type Request = Infer<typeof createTopics.request>
type Answer = Input<typeof createTopics.response>['topics'][number]

export default handle(createTopics, {
  async run(request, context) {
    const { topics, timeoutMs, validateOnly } = request
    checkTimeLeft(timeoutMs)
    const repeated = repeatedKeys(topics, ({ name }) => name)
    const once = topics.filter(({ name }) => !repeated.has(name))
    const { allowed, denied } = splitByRights(once, context)
    const partitions = allowed.map(topic => Math.max(0, partitionCount(topic, context)))
    if (sum(partitions) > maxRecordsPerRequest) return refuseAll(request)
    // All are checked before the first one is created.
    const checked = allowed.map(topic => check(topic, context))
    if (sum(checked.map(recordCount)) > maxRecordsPerRequest) return refuseAll(request)
    const answers = checked.map(async topic =>
      'errorCode' in topic ? topic : answer(topic, validateOnly, context),
    )
    const refused = [...Array.from(repeated, refuseRepeated), ...denied.map(refuseDenied)]
    return { topics: [...refused, ...(await Promise.all(answers))] }
  },

  fail: (errorCode, { topics }) => ({
    topics: topics.map(({ name }) => ({ name, errorCode, errorMessage: null })),
  }),
})

/** Of the log of the controllers, which nobody may create, `check` tells. */
function splitByRights(wanted: readonly WantedTopic[], context: Context) {
  const { anyTopic, topic } = requires.CreateTopics
  if (context.authorizer.allows(context, anyTopic, clusterName))
    return { allowed: wanted, denied: [] }
  return splitAllowed(context, topic, wanted, ({ name }) => {
    return isControllersTopic(name) ? undefined : name
  })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** What Kafka's controller would write. */
function recordCount(topic: NewTopic | Answer): number {
  if ('errorCode' in topic) return 0
  return 1 + Object.keys(topic.overrides).length + topic.replicas.length
}

function check(wanted: WantedTopic, context: Context): NewTopic | Answer {
  try {
    const topic = checkNewTopic(wanted, context)
    context.throttle?.mutates(topic.replicas.length)
    return topic
  } catch (error) {
    return refuse(wanted.name, error, context)
  }
}

async function answer(topic: NewTopic, validateOnly: boolean, context: Context): Promise<Answer> {
  const { name, replicas, overrides } = topic
  const { topics, config, authorizer } = context
  try {
    // That of a topic which is not created is one that nobody will have, as in Kafka.
    const topicId = validateOnly ? topics.newId() : (await topics.create(topic)).id
    const created = { name, topicId, errorCode: errors.NONE, errorMessage: null }
    if (!authorizer.allows(context, requires.CreateTopics.configs, name)) {
      return { ...created, topicConfigErrorCode: errors.TOPIC_AUTHORIZATION_FAILED, configs: [] }
    }
    return {
      ...created,
      numPartitions: replicas.length,
      replicationFactor: replicas[0]!.length,
      configs: describeTopicConfigs(overrides, config),
    }
  } catch (error) {
    return refuse(name, error, context)
  }
}

function refuse(name: string, error: unknown, { logger }: Context): Answer {
  return { name, ...failureOf(error, logger, { api: 'CreateTopics', topic: name }) }
}

function refuseRepeated(name: string): Answer {
  const { code, detail } = new KafkaError('INVALID_REQUEST', 'the request names this topic twice')
  return { name, errorCode: code, errorMessage: detail }
}

function refuseDenied({ name }: WantedTopic): Answer {
  const errorMessage = 'Authorization failed.'
  return { name, errorCode: errors.TOPIC_AUTHORIZATION_FAILED, errorMessage }
}

function refuseAll({ topics }: Request): { topics: Answer[] } {
  const errorMessage = `a request may create ${maxRecordsPerRequest} topics and partitions in all`
  return {
    topics: topics.map(({ name }) => {
      return { name, errorCode: errors.POLICY_VIOLATION, errorMessage }
    }),
  }
}
