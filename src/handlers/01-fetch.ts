/**
 * Fetch: v4–18. v4 isolation level; v5 log start offset; v7 sessions (KIP-227); v9 leader epochs
 * (KIP-320); v10 zstd; v11 also from followers (KIP-392); v12 flexible; v13 topic ids (KIP-516);
 * v16 the current leader (KIP-951). Versions 0–3 are missing: they expect older message formats.
 * Followers are refused: there is no replication of our own.
 */
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { handle, type Context } from '../handler.ts'
import type { FetchPartition, FetchPlan } from '../fetch-sessions.ts'
import { answersByTopic } from '../fetch-answer.ts'
import { fetchAllowed } from '../fetch-rights.ts'
import { leaderEndpoints } from '../leader-hints.ts'

type Request = Infer<typeof fetch.request>

const topicIdsSince = 13
export default handle(fetch, {
  async run(request, context) {
    const { isolationLevel, maxWaitMs, minBytes } = request
    if (isolationLevel !== 0 && isolationLevel !== 1) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    const plan = planOf(request, context)
    if (plan.errorCode !== errors.NONE) {
      return { errorCode: plan.errorCode, sessionId: 0, responses: [] }
    }
    const limits = {
      maxWaitMs,
      minBytes,
      maxBytes: Math.min(request.maxBytes, mostBytes(context)),
      readCommitted: isolationLevel === 1,
      byId: context.version >= topicIdsSince,
      asFollower: Math.max(request.replicaId, request.replicaState.replicaId) >= 0,
    }
    const fetched = await fetchAllowed(plan.partitions, limits, context)
    const hints = fetched.map(answer => answer.currentLeader)
    // Followers hear of leaders from the controller.
    const nodeEndpoints = limits.asFollower ? [] : leaderEndpoints(hints, context)
    // As in Kafka, who is throttled gets nothing now, and fetches the same again (KIP-219).
    if (context.throttle?.mayDeliver(sum(fetched.map(({ bytes }) => bytes))) === false) {
      return { errorCode: errors.NONE, ...plan.defer(), responses: [], nodeEndpoints }
    }
    return {
      errorCode: errors.NONE,
      sessionId: plan.sessionId,
      responses: answersByTopic(plan, fetched, limits.readCommitted, context.version),
      nodeEndpoints,
    }
  },

  // Before v7, only the partitions can tell of an error; Kafka leaves them out since v13.
  fail: (errorCode, { topics }, version) => ({
    errorCode,
    sessionId: 0,
    responses: (version < topicIdsSince ? topics : []).map(({ topic, topicId, partitions }) => ({
      topic,
      topicId,
      partitions: partitions.map(({ partition }) => refuse(partition, errorCode)),
    })),
  }),
})

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** Whatever the request says. */
function mostBytes({ config, throttle }: Context): number {
  return Math.min(config.fetchMaxBytes, throttle?.mostFetchedBytes ?? Infinity)
}

function refuse(partitionIndex: number, errorCode: number) {
  return { partitionIndex, errorCode, highWatermark: -1, abortedTransactions: [], records: [] }
}

function planOf(request: Request, { fetchSessions, clock, version }: Context): FetchPlan {
  const partitions = request.topics.flatMap(({ topic, topicId, partitions: wanted }) =>
    wanted.map((partition): FetchPartition => {
      return {
        topic,
        topicId,
        partition: partition.partition,
        currentLeaderEpoch: partition.currentLeaderEpoch,
        fetchOffset: partition.fetchOffset,
        lastFetchedEpoch: partition.lastFetchedEpoch,
        maxBytes: partition.partitionMaxBytes,
      }
    }),
  )
  const forgotten = request.forgottenTopicsData.flatMap(({ topic, topicId, partitions: gone }) =>
    gone.map(partition => ({ topic, topicId, partition })),
  )
  const { sessionId, sessionEpoch } = request
  const usesTopicIds = version >= topicIdsSince
  return fetchSessions.plan(
    { sessionId, sessionEpoch, usesTopicIds, partitions: distinct(partitions), forgotten },
    clock.monotonic(),
  )
}

/** Of a partition that is named twice, the last one counts (Kafka: FetchRequest.fetchData). */
function distinct(partitions: readonly FetchPartition[]): FetchPartition[] {
  const byKey = partitions.map(partition => {
    return [`${partition.topic}:${partition.topicId}:${partition.partition}`, partition] as const
  })
  return [...new Map(byKey).values()]
}
