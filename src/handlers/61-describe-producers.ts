/**
 * DescribeProducers: v0, flexible from the start (KIP-664). What partitions know of producers that
 * may go on; tools look for transactions that hang in it.
 */
import { describeProducers } from '../../protocol/apis/61-describe-producers.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import type { ProducerRow } from '../../storage/metadata-store.ts'
import { errorCodeOf, explainedFailureOf } from '../errors.ts'
import { handle, type Context } from '../handler.ts'
import { checkTopicName } from '../topic-names.ts'
import type { Topic } from '../topics.ts'

export default handle(describeProducers, {
  run({ topics }, context) {
    return {
      topics: topics.map(({ name, partitionIndexes }) => {
        const details = { api: 'DescribeProducers', topic: name }
        try {
          const topic = findTopic(name, context)
          const partitions = partitionIndexes.map(index => describe(topic, index, context))
          return { name, partitions }
        } catch (error) {
          const failure = explainedFailureOf(error, context.logger, details)
          return { name, partitions: partitionIndexes.map(index => refuse(index, failure)) }
        }
      }),
    }
  },

  fail: (errorCode, { topics }) => ({
    topics: topics.map(({ name, partitionIndexes }) => {
      const partitions = partitionIndexes.map(index => refuse(index, { errorCode }))
      return { name, partitions }
    }),
  }),
})

function findTopic(name: string, context: Context): Topic {
  checkTopicName(name)
  checkAllowed(context, requires.DescribeProducers.topic, name)
  const topic = context.topics.get(name)
  if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
  return topic
}

/** Errors of a partition come without a message, as in Kafka. */
function describe(topic: Topic, partitionIndex: number, { nodeId, logger }: Context) {
  try {
    const partition = topic.partitions[partitionIndex]
    if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    partition.checkReplica(nodeId, -1)
    const activeProducers = Array.from(partition.activeProducers(), producerState)
    return { partitionIndex, errorCode: errors.NONE, activeProducers }
  } catch (error) {
    const details = { api: 'DescribeProducers', topic: topic.name, partition: partitionIndex }
    return refuse(partitionIndex, { errorCode: errorCodeOf(error, logger, details) })
  }
}

function producerState(producer: Readonly<ProducerRow>) {
  const { producerId, epoch: producerEpoch, coordinatorEpoch, transactionStart } = producer
  const last = producer.batches.at(-1)
  // What a transactional producer wrote last is a marker, unless a transaction is open.
  const isMarked = coordinatorEpoch >= 0 && transactionStart === null
  return {
    producerId,
    producerEpoch,
    lastSequence: last?.lastSequence ?? -1,
    lastTimestamp: last === undefined || isMarked ? producer.lastTimestamp : last.timestamp,
    coordinatorEpoch,
    currentTxnStartOffset: transactionStart ?? -1,
  }
}

function refuse(
  partitionIndex: number,
  { errorCode, errorMessage = null }: { errorCode: number; errorMessage?: string | null },
) {
  return { partitionIndex, errorCode, errorMessage, activeProducers: [] }
}
