/** The topics that a Produce request names, as far as the client may write to them. */
import type { produce } from '../protocol/apis/00-produce.ts'
import { KafkaError } from '../protocol/errors.ts'
import type { BatchHeader } from '../protocol/record-batch.ts'
import type { Infer } from '../protocol/schema.ts'
import { denialOf } from './auth/checks.ts'
import { requires } from './auth/required.ts'
import { onlyBatch } from './batch-validation.ts'
import type { Context } from './handler.ts'
import { isInternalTopic } from './topic-names.ts'
import type { Topic } from './topics.ts'

type Request = Infer<typeof produce.request>
type TopicData = Request['topicData'][number]

export interface ProduceTarget {
  data: TopicData
  /** Or why nothing is appended to it. */
  topic: Topic | KafkaError
}

const topicIdsSince = 13

export function targetsOf({ topicData }: Request, context: Context): ProduceTarget[] {
  return topicData.map(data => ({ data, topic: findTopic(data, context) }))
}

/** Of the batches that could be appended. */
export function* headersIn(
  targets: readonly ProduceTarget[],
  context: Context,
): Generator<BatchHeader> {
  for (const { data, topic } of targets) {
    if (topic instanceof KafkaError) continue
    for (const { index, records } of data.partitionData) {
      try {
        if (topic.partitions[index] === undefined) continue
        yield onlyBatch(records, context.version).header
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
      }
    }
  }
}

/** Whether there is a topic of this name is not for everybody to know. */
function findTopic(data: TopicData, context: Context): Topic | KafkaError {
  const { topics, version, authorizer } = context
  const byId = version >= topicIdsSince
  const topic = byId ? topics.getById(data.topicId) : topics.get(data.name)
  if (byId && topic === undefined) return new KafkaError('UNKNOWN_TOPIC_ID')
  const name = topic?.name ?? data.name
  if (!authorizer.allows(context, requires.Produce.topic, name)) {
    return denialOf(requires.Produce.topic)
  }
  if (topic === undefined) return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
  if (!isInternalTopic(name)) return topic
  return new KafkaError('INVALID_TOPIC_EXCEPTION', `topic '${name}' is internal`)
}
