/** What of a Fetch request the client may read (Kafka: KafkaApis.handleFetchRequest). */
import { errors } from '../protocol/errors.ts'
import { clusterName } from './auth/acl-codes.ts'
import { splitAllowed, type Split } from './auth/checks.ts'
import { requires } from './auth/required.ts'
import type { FetchPartition } from './fetch-sessions.ts'
import { failedFetch, fetchRecords, type Fetched, type FetchLimits } from './fetch.ts'
import type { Context } from './handler.ts'

/**
 * Reads what the client may read; of the rest the answer says last that it may not. Costs nothing
 * where nobody needs to ask.
 */
export function fetchAllowed(
  partitions: readonly FetchPartition[],
  limits: FetchLimits,
  context: Context,
): Promise<Fetched[]> {
  const read = context.authorizer.isEnabled ? readAllowed : fetchRecords
  return read(partitions, limits, context)
}

async function readAllowed(
  partitions: readonly FetchPartition[],
  limits: FetchLimits,
  context: Context,
): Promise<Fetched[]> {
  const { allowed, denied } = splitByRights(partitions, limits, context)
  const fetched = await fetchRecords(allowed, limits, context)
  if (denied.length === 0) return fetched
  const code = errors.TOPIC_AUTHORIZATION_FAILED
  return [...fetched, ...denied.map(request => failedFetch(request, code))]
}

/** Clients are asked by topic, those that pose as brokers for all of them (CVE-2018-1288). */
function splitByRights(
  partitions: readonly FetchPartition[],
  { byId, asFollower }: FetchLimits,
  context: Context,
): Split<FetchPartition> {
  const { follower, topic } = requires.Fetch
  if (asFollower) {
    const mayFollow = context.authorizer.allows(context, follower, clusterName)
    return mayFollow ? { allowed: partitions, denied: [] } : { allowed: [], denied: partitions }
  }
  return splitAllowed(context, topic, partitions, ({ topic: name, topicId, foundName }) =>
    byId ? (context.topics.getById(topicId)?.name ?? foundName) : name,
  )
}
