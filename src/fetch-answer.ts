/** The partitions in the answer to a Fetch. */
import { errors } from '../protocol/errors.ts'
import type { FetchPlan } from './fetch-sessions.ts'
import type { Fetched } from './fetch.ts'
import { noHint } from './leader-hints.ts'

/** The field is in the answer since v12; Kafka fills it from here on. */
const leadersSince = 16

/** Errors for which Kafka looks at no log. */
const unread: ReadonlySet<number> = new Set([
  errors.TOPIC_AUTHORIZATION_FAILED,
  errors.UNKNOWN_TOPIC_OR_PARTITION,
  errors.UNKNOWN_TOPIC_ID,
])

/** Neighbours of the same topic share an entry; the order of the partitions is kept. */
export function answersByTopic(
  plan: FetchPlan,
  fetched: readonly Fetched[],
  readCommitted: boolean,
  version: number,
) {
  const topics: {
    topic: string
    topicId: string
    partitions: ReturnType<typeof partitionData>[]
  }[] = []
  for (const answer of fetched) {
    if (!plan.tell(answer.request, answer)) continue
    const { topic, topicId } = answer.request
    let last = topics.at(-1)
    if (last?.topic !== topic || last.topicId !== topicId) {
      last = { topic, topicId, partitions: [] }
      topics.push(last)
    }
    last.partitions.push(partitionData(answer, readCommitted, version))
  }
  return topics
}

function partitionData(answer: Fetched, readCommitted: boolean, version: number) {
  return {
    partitionIndex: answer.request.partition,
    errorCode: answer.errorCode,
    highWatermark: answer.highWatermark,
    lastStableOffset: answer.lastStableOffset,
    logStartOffset: answer.logStartOffset,
    abortedTransactions: abortedTransactions(answer, readCommitted),
    divergingEpoch: answer.divergingEpoch,
    currentLeader: version < leadersSince ? noHint : answer.currentLeader,
    records: answer.batches,
  }
}

/** None, where committed records were asked for or nothing could be; else null, as Kafka has it. */
function abortedTransactions({ errorCode, aborted }: Fetched, readCommitted: boolean) {
  if (errorCode === errors.NONE) return readCommitted ? aborted : null
  return unread.has(errorCode) ? [] : null
}
