/**
 * DeleteTopics: v0–6. v4 flexible; v5 error messages; v6 by name or by id (KIP-516). A topic is
 * gone for ever when it is answered; its files follow.
 */
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { handle, type Context } from '../dispatch.ts'
import { errorCodeOf } from '../errors.ts'
import { repeatedKeys } from '../repeated.ts'

type Request = Infer<typeof deleteTopics.request>
type Wanted = Request['topics'][number]

const topicIdsSince = 6

export default handle(deleteTopics, {
  async run(request, context) {
    const wanted = wantedOf(request, context.version)
    for (const { name, topicId } of wanted) {
      if ((name === null) === (topicId === zeroUuid)) throw new KafkaError('INVALID_REQUEST')
    }
    const repeated = repeatedKeys(wanted, keyOf)
    const answers = wanted.map(topic => deleteOne(topic, repeated.has(keyOf(topic)), context))
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

const keyOf = ({ name, topicId }: Wanted): string => name ?? topicId

async function deleteOne(wanted: Wanted, isRepeated: boolean, context: Context) {
  const { topics, config, logger } = context
  const { name, topicId } = wanted
  try {
    if (isRepeated) throw new KafkaError('INVALID_REQUEST', 'the request names this topic twice')
    if (!config.deleteTopicEnable) throw new KafkaError('TOPIC_DELETION_DISABLED')
    const topic = name === null ? topics.getById(topicId) : topics.get(name)
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
