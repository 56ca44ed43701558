import { KafkaError } from '../../../protocol/errors.ts'
import { clusterName } from '../../auth/acl-codes.ts'
import { splitAllowed, type Asking } from '../../auth/checks.ts'
import { requires } from '../../auth/required.ts'
import type { Context } from '../../handler.ts'
import { failureOf } from '../../errors.ts'
import { checkNewTopic } from '../../new-topics.ts'
import { statusCodes, type Status } from './topic-problem.ts'
import type { TopicInfo } from './topology.ts'

type Surroundings = Pick<Context, 'config' | 'cluster' | 'topics' | 'logger' | 'throttle'> & Asking

/** As many failures are told as in Kafka's answer. */
const maxFailures = 3

/**
 * Creates the internal topics of an application. Returns the status of its group, with what went
 * wrong. Apache Kafka answers before it knows; here, they are there when the member asks again.
 */
export async function createInternalTopics(
  missing: readonly TopicInfo[],
  status: readonly Status[],
  context: Surroundings,
): Promise<Status[]> {
  const denied = deniedTopics(missing, context)
  if (denied.length > 0) {
    return withDetail(status, `Unauthorized to CREATE on topics ${denied.join(', ')}.`)
  }
  const failures = await Promise.all(missing.map(topic => createTopic(topic, context)))
  const told = failures.filter(failure => failure !== undefined)
  if (told.length === 0) return [...status]
  const more = told.length - maxFailures
  const reasons = told.slice(0, maxFailures).join(', ') + (more > 0 ? ` and ${more} more` : '')
  return withDetail(status, `Creation failed: ${reasons}.`)
}

/** One is enough for none to be created. */
function deniedTopics(missing: readonly TopicInfo[], context: Asking): string[] {
  const { createAny, create } = requires.StreamsGroupHeartbeat
  if (missing.length === 0 || context.authorizer.allows(context, createAny, clusterName)) return []
  return splitAllowed(context, create, missing, ({ name }) => name).denied.map(({ name }) => name)
}

/** More of why topics are missing. */
function withDetail(status: readonly Status[], detail: string): Status[] {
  return status.map(({ statusCode, statusDetail }) => {
    if (statusCode !== statusCodes.MISSING_INTERNAL_TOPICS) return { statusCode, statusDetail }
    return { statusCode, statusDetail: `${statusDetail}; ${detail}` }
  })
}

/** What went wrong, if the topic is not there in the end. */
async function createTopic(topic: TopicInfo, context: Surroundings): Promise<string | undefined> {
  const { name, partitions, replicationFactor, topicConfigs } = topic
  const { topics, logger, throttle } = context
  try {
    const wanted = {
      name,
      numPartitions: partitions,
      replicationFactor: replicationFactor === 0 ? -1 : replicationFactor,
      assignments: [],
      configs: topicConfigs.map(({ key, value }) => ({ name: key, value })),
    }
    const checked = checkNewTopic(wanted, context)
    if (throttle?.mayCreate(checked.replicas.length) === false) {
      throw new KafkaError('THROTTLING_QUOTA_EXCEEDED')
    }
    await topics.create(checked)
    return undefined
  } catch (error) {
    // Another member's heartbeat may have been first.
    if (topics.get(name) !== undefined) return undefined
    const { errorMessage } = failureOf(error, logger, { topic: name })
    return `${name} (${errorMessage ?? (error as Error).message})`
  }
}
