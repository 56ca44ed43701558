/**
 * DeleteTopics: v0–6. v4 flexible; v5 error messages, and refuses clients above their quota
 * (KIP-599); v6 by name or by id (KIP-516). A topic is gone for ever when it is answered; its files
 * follow.
 */
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { errors, KafkaError, type ErrorName } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { clusterName } from '../auth/acl-codes.ts'
import { denialOf } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { checkTimeLeft } from '../controller-rules.ts'
import { handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'
import { repeatedKeys } from '../repeated.ts'
import type { Topic } from '../topics.ts'

type Request = Infer<typeof deleteTopics.request>
type Wanted = Request['topics'][number]
type Answer = Input<typeof deleteTopics.response>['responses'][number]

const disabledErrorSince = 3
const topicIdsSince = 6

export default handle(deleteTopics, {
  async run(request, context) {
    const { version, config } = context
    if (!config.deleteTopicEnable) throw new KafkaError(disabledError(version))
    checkTimeLeft(request.timeoutMs)
    const wanted = wantedOf(request, version)
    const repeated = repeatedKeys(wanted, keyOf)
    const distinct = [...new Map(wanted.map(each => [keyOf(each), each])).values()]
    const ids = new Set(wanted.filter(isById).map(({ topicId }) => topicId))
    const byName = distinct.filter(each => isByName(each) && !repeated.has(keyOf(each)))
    const found = byName.flatMap(each => find(each, context) ?? [])
    const namedBothWays = new Set(found.filter(({ id }) => ids.has(id)))
    const answers = distinct.map(async each => {
      const topic = find(each, context)
      if (repeated.has(keyOf(each))) return refuse(each, 'the request names this topic twice')
      const denied = denial(each, topic, context)
      if (denied !== undefined) return denied
      if (topic === undefined || !namedBothWays.has(topic)) return deleteOne(each, topic, context)
      // One answer for both.
      return isById(each) ? [] : refuse(bothNames(topic), 'the request names this topic and its id')
    })
    return { responses: (await Promise.all(answers)).flat() }
  },

  fail: (errorCode, request) => ({
    responses: (request.topics.length > 0 ? request.topics : wantedOf(request, 0)).map(topic => {
      return { ...topic, errorCode, errorMessage: null }
    }),
  }),
})

function wantedOf({ topics, topicNames }: Request, version: number): Wanted[] {
  if (version >= topicIdsSince) return topics
  return topicNames.map(name => ({ name, topicId: zeroUuid }))
}

const isByName = ({ name, topicId }: Wanted): boolean => name !== null && topicId === zeroUuid
const isById = ({ name, topicId }: Wanted): boolean => name === null && topicId !== zeroUuid

function find(wanted: Wanted, { topics }: Context): Topic | undefined {
  if (isByName(wanted)) return topics.get(wanted.name!)
  return isById(wanted) ? topics.getById(wanted.topicId) : undefined
}

/** What clients of this version know. */
function disabledError(version: number): ErrorName {
  return version < disabledErrorSince ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED'
}

/** What is no name of a topic is like nothing else. */
function keyOf(wanted: Wanted): unknown {
  const { name, topicId } = wanted
  return isByName(wanted) || isById(wanted) ? JSON.stringify([name, topicId]) : wanted
}

const bothNames = ({ name, id }: Topic): Wanted => ({ name, topicId: id })

function refuse(wanted: Wanted, errorMessage: string): Answer {
  return { ...wanted, errorCode: errors.INVALID_REQUEST, errorMessage }
}

/** Who may not see a topic does not learn its name from its id, nor whether the name is taken. */
function denial(wanted: Wanted, topic: Topic | undefined, context: Context): Answer | undefined {
  const { authorizer } = context
  const { anyTopic, describe, topic: topicRule } = requires.DeleteTopics
  const name = isByName(wanted) ? wanted.name! : isById(wanted) ? topic?.name : undefined
  if (name === undefined || authorizer.allows(context, anyTopic, clusterName)) return undefined
  const maySee = authorizer.allows(context, describe, name)
  const mayDelete = topic === undefined || authorizer.allows(context, topicRule, name)
  if (mayDelete && (maySee || isById(wanted))) return undefined
  const told = isById(wanted) && maySee ? bothNames(topic!) : wanted
  const { code: errorCode, message: errorMessage } = denialOf(topicRule)
  return { ...told, errorCode, errorMessage }
}

async function deleteOne(
  wanted: Wanted,
  topic: Topic | undefined,
  { topics, logger, throttle }: Context,
): Promise<Answer> {
  const { name, topicId } = wanted
  try {
    if (!isByName(wanted) && !isById(wanted)) {
      return refuse(wanted, 'a topic needs either a name or an id')
    }
    if (topic === undefined) {
      throw new KafkaError(name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION')
    }
    throttle?.mutates(topic.partitions.length)
    await topics.delete(topic)
    return { ...bothNames(topic), errorCode: errors.NONE, errorMessage: null }
  } catch (error) {
    const errorCode = errorCodeOf(error, logger, { api: 'DeleteTopics', topic: name ?? topicId })
    return { name, topicId, errorCode, errorMessage: error instanceof Error ? error.message : null }
  }
}
