/** What the requests of brokers to the share coordinator have in common (KIP-932, APIs 83–87). */
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'
import { errorCodeOf } from '../errors.ts'
import type { Context } from '../handler.ts'
import type { SharePartitionKey } from './share-states.ts'

interface StateRequest<Wanted> {
  groupId: string
  topics: readonly { topicId: string; partitions: readonly Wanted[] }[]
}

/** What an answer says of a partition; `Fields` besides the error. */
type Answer<Fields> = Fields & {
  partition: number
  errorCode: number
  errorMessage: string | null
}

interface Results<Fields> {
  results: { topicId: string; partitions: Answer<Fields>[] }[]
}

/**
 * One answer for each partition, with `nothing` in it where there is an error. A request without a
 * group or with nothing in it is answered by nothing, as in Kafka (ShareCoordinatorService).
 */
export async function answerEach<Wanted extends { partition: number }, Fields extends object>(
  request: StateRequest<Wanted>,
  context: Context,
  nothing: Fields,
  answer: (key: SharePartitionKey, wanted: Wanted) => Promise<Fields>,
): Promise<Results<Fields>> {
  const { groupId, topics } = request
  if (groupId === '' || topics.some(({ partitions }) => partitions.length === 0)) {
    return { results: [] }
  }
  const answerOne = async (topicId: string, wanted: Wanted): Promise<Answer<Fields>> => {
    const { partition } = wanted
    try {
      const fields = await answer({ groupId, topicId, partition }, wanted)
      return { partition, errorCode: errors.NONE, errorMessage: null, ...fields }
    } catch (error) {
      const details = { api: 'the share coordinator', groupId, topicId, partition }
      const errorCode = errorCodeOf(error, context.logger, details)
      const message = error instanceof KafkaError ? error.message : undefined
      return refuse(partition, errorCode, nothing, message)
    }
  }
  const results = topics.map(async ({ topicId, partitions }) => {
    const answers = partitions.map(wanted => answerOne(topicId, wanted))
    return { topicId, partitions: await Promise.all(answers) }
  })
  return { results: await Promise.all(results) }
}

/** The answer where the request failed as a whole. */
export function refuseEach<Fields extends object>(
  errorCode: number,
  { topics }: StateRequest<{ partition: number }>,
  nothing: Fields,
): Results<Fields> {
  return {
    results: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partition }) => refuse(partition, errorCode, nothing)),
    })),
  }
}

/**
 * Throws where there is no such partition. Who needs it to be initialized need not ask: what is
 * initialized is there.
 */
export function checkPartition(
  { topicId, partition }: SharePartitionKey,
  { topics }: Context,
): void {
  if (partition < 0) throw new KafkaError('INVALID_REQUEST')
  const topic = topics.getById(topicId)
  if (topic?.partitions[partition] === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
  }
}

function refuse<Fields extends object>(
  partition: number,
  errorCode: number,
  nothing: Fields,
  errorMessage = new KafkaError(errorName(errorCode)).message,
): Answer<Fields> {
  return { partition, errorCode, errorMessage, ...nothing }
}
