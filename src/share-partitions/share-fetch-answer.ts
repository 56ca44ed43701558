/** The partitions in the answer to a ShareFetch. */
import { errors } from '../../protocol/errors.ts'
import type { Context } from '../handler.ts'
import { leaderEndpoints } from '../leader-hints.ts'
import { leaderOf, noLeader, type Acknowledged } from './share-acknowledge.ts'
import type { ShareFetched } from './share-fetch.ts'
import type { AskedPartition } from './share-sessions.ts'

/** Acknowledgements are told with what was fetched of the partition, or without. */
export function responses(
  fetched: readonly ShareFetched[],
  acknowledged: readonly Acknowledged[],
  context: Context,
) {
  const keyOf = ({ topicId, partition }: AskedPartition): string => `${topicId}:${partition}`
  const acknowledgements = new Map(acknowledged.map(each => [keyOf(each), each]))
  const named = new Map<string, AskedPartition>()
  for (const each of [...fetched, ...acknowledged]) named.set(keyOf(each), each)
  const byKey = new Map(fetched.map(each => [keyOf(each), each]))
  const answers = Array.from(named, ([key, { topicId, partition }]) => {
    const { errorCode, records, acquired } = byKey.get(key) ?? nothing
    const currentLeader = leaderOf(errorCode, {
      partition: context.topics.getById(topicId)?.partitions[partition],
    })
    const acknowledgement = acknowledgements.get(key)
    const acknowledgeErrorCode = acknowledgement?.errorCode ?? errors.NONE
    const acknowledgeErrorMessage = acknowledgement?.errorMessage ?? null
    const told = { acknowledgeErrorCode, acknowledgeErrorMessage, currentLeader, records }
    return { topicId, partitionIndex: partition, errorCode, acquiredRecords: acquired, ...told }
  })
  const hints = answers.map(({ currentLeader }) => currentLeader).filter(each => each !== noLeader)
  const byTopic = Map.groupBy(answers, ({ topicId }) => topicId)
  return {
    responses: Array.from(byTopic, ([topicId, partitions]) => ({ topicId, partitions })),
    nodeEndpoints: leaderEndpoints(hints, context),
  }
}

const nothing = { errorCode: errors.NONE, records: [], acquired: [] }
