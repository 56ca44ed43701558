/**
 * ElectLeaders: v0–2. v0 elects preferred leaders only (KIP-183); v1 unclean elections and an error
 * of the whole answer (KIP-460); v2 flexible. The new leader leads when it is answered. Replicas
 * here share one log, so an unclean election finds a leader, or nobody who could be one. Who is
 * offline is led by nobody: an election of either type opens the log anew.
 */
import { electLeaders } from '../../protocol/apis/43-elect-leaders.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { checkTimeLeft } from '../controller-rules.ts'
import { electLeader, type ElectionType } from '../election.ts'
import { failureOf } from '../errors.ts'
import { handle, type Context } from '../handler.ts'
import { changePartitions } from '../partition-changes.ts'
import type { Topic } from '../topics.ts'

type Request = Infer<typeof electLeaders.request>
type Wanted = NonNullable<Request['topicPartitions']>[number]

/** Kafka: ElectionType. */
const electionTypes: readonly ElectionType[] = ['preferred', 'unclean']

export default handle(electLeaders, {
  async run(request, context) {
    const { topicPartitions, timeoutMs, electionType } = request
    if (topicPartitions?.length === 0) return { errorCode: errors.NONE, replicaElectionResults: [] }
    checkTimeLeft(timeoutMs)
    const type = electionTypes[electionType]
    if (type === undefined) {
      return refuse(request, errors.INVALID_REQUEST, `there is no election type ${electionType}`)
    }
    const wanted = topicPartitions ?? context.topics.all().map(allOf)
    const answers = wanted.map(each => answer(each, type, context))
    const results = await Promise.all(answers)
    // Who asks for all wants to know of those that there was something to do for.
    const replicaElectionResults = topicPartitions === null ? results.map(withoutIdle) : results
    return { errorCode: errors.NONE, replicaElectionResults }
  },

  fail: (errorCode, request, _version, _api, denial) => refuse(request, errorCode, denial),
})

function refuse({ topicPartitions }: Request, errorCode: number, errorMessage: string | null) {
  return {
    errorCode,
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map(partitionId => ({ partitionId, errorCode, errorMessage })),
    })),
  }
}

function allOf({ name, partitions }: Topic): Wanted {
  return { topic: name, partitions: partitions.map(({ index }) => index) }
}

async function answer({ topic: name, partitions }: Wanted, type: ElectionType, context: Context) {
  const { topics, logger } = context
  const topic = topics.get(name)
  if (topic === undefined) {
    const errorMessage = `there is no topic '${name}'`
    const errorCode = errors.UNKNOWN_TOPIC_OR_PARTITION
    const partitionResult = partitions.map(partitionId => ({
      partitionId,
      errorCode,
      errorMessage,
    }))
    return { topic: name, partitionResult }
  }
  const wanted = partitions.map(index => ({ index }))
  const reopened = await topics.reopen(topic, partitions)
  const results = await changePartitions(topics, topic, wanted, (row, partition, { index }) =>
    electLeader(row, partition, type, reopened.delete(index)),
  )
  return {
    topic: name,
    partitionResult: results.map(({ index, error }) => {
      const details = { api: 'ElectLeaders', topic: name, partition: index }
      const success = { errorCode: errors.NONE, errorMessage: null }
      return {
        partitionId: index,
        ...(error === undefined ? success : failureOf(error, logger, details)),
      }
    }),
  }
}

function withoutIdle({ topic, partitionResult }: Awaited<ReturnType<typeof answer>>) {
  return {
    topic,
    partitionResult: partitionResult.filter(
      ({ errorCode }) => errorCode !== errors.ELECTION_NOT_NEEDED,
    ),
  }
}
