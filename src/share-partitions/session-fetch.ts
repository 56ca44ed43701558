/** From the session and limits of a ShareFetch to what is read (Kafka: SharePartitionManager). */
import type { shareFetch } from '../../protocol/apis/78-share-fetch.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import type { Context } from '../handler.ts'
import { fetchShared, type ShareFetched } from './share-fetch.ts'
import type { Member } from './share-requests.ts'
import type { AskedPartition, ShareSession } from './share-sessions.ts'

type Request = Infer<typeof shareFetch.request>

const acquireModes = { batchOptimized: 0, recordLimit: 1 }

/** What a ShareFetch gets of the partitions of its session. */
export async function fetchFor(
  session: ShareSession,
  { groupId, memberId }: Member,
  request: Request,
  context: Context,
): Promise<ShareFetched[]> {
  const { maxWaitMs, minBytes, maxRecords, batchSize, shareAcquireMode } = request
  const mostBytes = context.throttle?.mostFetchedBytes ?? Infinity
  const maxBytes = Math.min(request.maxBytes, context.config.fetchMaxBytes, mostBytes)
  const asked = rotated(session.partitions, request.shareSessionEpoch)
  const unknown = asked
    .filter(({ isKnown }) => !isKnown)
    .map(each => refusal(each, errors.UNKNOWN_TOPIC_ID))
  const { allowed: known, denied } = splitAllowed(
    context,
    requires.ShareFetch.topic,
    asked.filter(({ isKnown }) => isKnown),
    ({ topicId }) => context.topics.getById(topicId)?.name,
  )
  const refused = [
    ...unknown,
    ...denied.map(each => refusal(each, errors.TOPIC_AUTHORIZATION_FAILED)),
  ]
  if (known.length === 0 || maxRecords === 0 || maxBytes === 0) return refused
  if (maxBytes < 0) {
    return [...refused, ...known.map(each => refusal(each, errors.UNKNOWN_SERVER_ERROR))]
  }
  if (!Object.values(acquireModes).includes(shareAcquireMode)) {
    throw new KafkaError('UNKNOWN_SERVER_ERROR', `there is no acquire mode ${shareAcquireMode}`)
  }
  const { shareIsolationLevel } = context.sharePartitions.configOf(groupId)
  const limits = { maxWaitMs, minBytes, maxBytes, maxRecords, batchSize }
  const isRecordLimit = shareAcquireMode === acquireModes.recordLimit
  const readCommitted = shareIsolationLevel === 'read_committed'
  const asConsumer = { groupId, memberId, ...limits, isRecordLimit, readCommitted }
  return [...refused, ...(await fetchShared(known, asConsumer, context))]
}

/** Each request begins with another partition, so that each gets its turn. */
function rotated<T>(partitions: readonly T[], epoch: number): T[] {
  const at = partitions.length === 0 ? 0 : epoch % partitions.length
  return [...partitions.slice(at), ...partitions.slice(0, at)]
}

function refusal({ topicId, partition }: AskedPartition, errorCode: number): ShareFetched {
  return { topicId, partition, errorCode, records: [], acquired: [] }
}
