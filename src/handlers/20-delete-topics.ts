/**
 * DeleteTopics: v0–6. v4 flexible; v5 error messages; v6 by name or by id (KIP-516). A topic is
 * gone for ever when it is answered; its files follow.
 */
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { errors, KafkaError, type ErrorName } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { checkTimeLeft } from '../controller-rules.ts'
import { handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'
import { repeatedKeys } from '../repeated.ts'
import type { Topic } from '../topics.ts'

type Request = Infer<typeof deleteTopics.request>
type Wanted = Request['topics'][number]

const disabledErrorSince = 3
const topicIdsSince = 6

export default handle(deleteTopics, {
  async run(request, context) {
    checkTimeLeft(request.timeoutMs)
    const wanted = wantedOf(request, context.version)
    const keyOf = (topic: Wanted): unknown => find(topic, context)?.id ?? keyOfUnknown(topic)
    const repeated = repeatedKeys(wanted, keyOf)
    const byKey = new Map(wanted.map(topic => [keyOf(topic), topic]))
    const answers = Array.from(byKey, ([key, topic]) =>
      deleteOne(topic, repeated.has(key), context),
    )
    return { responses: await Promise.all(answers) }
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

/** What names no topic is like nothing else. */
function keyOfUnknown(wanted: Wanted): unknown {
  if (isByName(wanted)) return wanted.name
  return isById(wanted) ? `id ${wanted.topicId}` : wanted
}

async function deleteOne(wanted: Wanted, isRepeated: boolean, context: Context) {
  const { topics, config, logger } = context
  const { name, topicId } = wanted
  try {
    if (isByName(wanted) === isById(wanted)) {
      throw new KafkaError('INVALID_REQUEST', 'a topic needs either a name or an id')
    }
    if (isRepeated) throw new KafkaError('INVALID_REQUEST', 'the request names this topic twice')
    if (!config.deleteTopicEnable) throw new KafkaError(disabledError(context.version))
    const topic = find(wanted, context)
    if (topic === undefined) {
      throw new KafkaError(name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION')
    }
    await topics.delete(topic)
    return { name: topic.name, topicId: topic.id, errorCode: errors.NONE, errorMessage: null }
  } catch (error) {
    const errorCode = errorCodeOf(error, logger, { api: 'DeleteTopics', topic: name ?? topicId })
    return { name, topicId, errorCode, errorMessage: error instanceof Error ? error.message : null }
  }
}
