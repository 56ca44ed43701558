/**
 * DeleteRecords: v0–2. v2 flexible. The records are gone for good when it is answered, at once, so
 * that its timeout is not needed. Kafka answers by topic and partition: of several offsets for the
 * same partition the last one counts.
 */
import { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { requires } from '../auth/required.ts'
import { handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'
import { isInternalTopic } from '../topic-names.ts'

type Request = Infer<typeof deleteRecords.request>

const noLowWatermark = -1

export default handle(deleteRecords, {
  async run(request, context) {
    const topics = Array.from(offsetsByTopic(request), async ([name, offsets]) => {
      if (!context.authorizer.allows(context, requires.DeleteRecords.topic, name)) {
        const code = errors.TOPIC_AUTHORIZATION_FAILED
        return { name, partitions: Array.from(offsets.keys(), index => refuse(index, code)) }
      }
      const partitions = Array.from(offsets, ([index, offset]) =>
        answer(name, index, offset, context),
      )
      return { name, partitions: await Promise.all(partitions) }
    })
    return { topics: await Promise.all(topics) }
  },

  fail: (errorCode, request) => ({
    topics: Array.from(offsetsByTopic(request), ([name, offsets]) => ({
      name,
      partitions: Array.from(offsets.keys(), index => refuse(index, errorCode)),
    })),
  }),
})

function offsetsByTopic({ topics }: Request): Map<string, Map<number, number>> {
  const byTopic = new Map<string, Map<number, number>>()
  for (const { name, partitions } of topics) {
    for (const { partitionIndex, offset } of partitions) {
      const offsets = byTopic.get(name) ?? new Map<number, number>()
      byTopic.set(name, offsets.set(partitionIndex, offset))
    }
  }
  return byTopic
}

async function answer(name: string, partitionIndex: number, offset: number, context: Context) {
  const { topics, nodeId, logger } = context
  try {
    const topic = topics.get(name)
    const partition = topic?.partitions[partitionIndex]
    if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    if (isInternalTopic(name)) throw new KafkaError('INVALID_TOPIC_EXCEPTION')
    partition.checkLeader(nodeId, -1)
    // Compaction alone decides what a compacted topic forgets.
    if (isCompactedOnly(topic!.config.cleanupPolicy)) throw new KafkaError('POLICY_VIOLATION')
    const lowWatermark = await partition.trim(offset)
    return { partitionIndex, lowWatermark, errorCode: errors.NONE }
  } catch (error) {
    const details = { api: 'DeleteRecords', topic: name, partition: partitionIndex }
    return refuse(partitionIndex, errorCodeOf(error, logger, details))
  }
}

const isCompactedOnly = (policy: readonly string[]): boolean =>
  policy.includes('compact') && !policy.includes('delete')

function refuse(partitionIndex: number, errorCode: number) {
  return { partitionIndex, lowWatermark: noLowWatermark, errorCode }
}
