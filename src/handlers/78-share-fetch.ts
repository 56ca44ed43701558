/**
 * ShareFetch: v1–2. Opens, uses and ends a session (KIP-932), and may bring acknowledgements along.
 * v2 a strict limit of records (KIP-1206) and renewal of acquisition locks, which fetches nothing
 * (KIP-1222). As in Kafka, who fetches need not be a member of the group.
 */
import { shareFetch } from '../../protocol/apis/78-share-fetch.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { requires } from '../auth/required.ts'
import { handle, type Context } from '../handler.ts'
import { fetchFor } from '../share-partitions/session-fetch.ts'
import { acknowledgeAll } from '../share-partitions/share-acknowledge.ts'
import { responses } from '../share-partitions/share-fetch-answer.ts'
import type { ShareFetched } from '../share-partitions/share-fetch.ts'
import { checkMember, type Member } from '../share-partitions/share-requests.ts'
import { finalEpoch, initialEpoch, type ShareSession } from '../share-partitions/share-sessions.ts'

type Request = Infer<typeof shareFetch.request>

export default handle(shareFetch, {
  async run(request, context) {
    const { group, topic: topicRule } = requires.ShareFetch
    const member = checkMember(request, group, context)
    const { sharePartitions, nodeId } = context
    const { shareSessionEpoch: epoch, isRenewAck: isRenewal, topics } = request
    if (isRenewal) checkRenewal(request)
    const hasAcknowledgements = topics.some(({ partitions }) =>
      partitions.some(({ acknowledgementBatches }) => acknowledgementBatches.length > 0),
    )
    if (epoch === initialEpoch && hasAcknowledgements) throw new KafkaError('INVALID_REQUEST')
    const session = await resume(member, request, context)
    const [acknowledged, fetched] = await Promise.all([
      hasAcknowledgements
        ? acknowledgeAll({ ...member, isRenewal, topics, topicRule }, context)
        : [],
      session === undefined || isRenewal ? [] : fetchFor(session, member, request, context),
    ])
    if (epoch === finalEpoch) sharePartitions.endSession(nodeId, member.groupId, member.memberId)
    // They are acquired, so that, other than in Kafka, even who is throttled gets them.
    const batches = fetched.flatMap(({ records }) => records)
    context.throttle?.delivers(batches.reduce((bytes, batch) => bytes + batch.length, 0))
    const told = fetched.filter(answer => isTold(session!, answer, epoch))
    return {
      errorCode: errors.NONE,
      acquisitionLockTimeoutMs: sharePartitions.configOf(member.groupId).shareRecordLockDurationMs,
      ...responses(told, acknowledged, context),
    }
  },

  fail: errorCode => ({
    errorCode,
    acquisitionLockTimeoutMs: 0,
    responses: [],
    nodeEndpoints: [],
  }),
})

/** Who renews wants an answer soon: the locks that it renews run (KIP-1222). */
function checkRenewal({ maxBytes, minBytes, maxRecords, maxWaitMs }: Request): void {
  const isEmpty = maxBytes === 0 && minBytes === 0 && maxRecords === 0 && maxWaitMs === 0
  if (!isEmpty) throw new KafkaError('INVALID_REQUEST', 'a renewal fetches nothing')
}

/** Undefined for the last request of a session. One too many waits: it would only come back. */
async function resume(
  { groupId, memberId }: Member,
  request: Request,
  context: Context,
): Promise<ShareSession | undefined> {
  const { sharePartitions, nodeId, closed } = context
  const partitions = request.topics.flatMap(({ topicId, partitions: asked }) =>
    asked.map(({ partitionIndex: partition }) => ({ topicId, partition })),
  )
  const forgotten = request.forgottenTopicsData.flatMap(({ topicId, partitions: gone }) =>
    gone.map(partition => ({ topicId, partition })),
  )
  const { shareSessionEpoch: epoch, maxWaitMs } = request
  const asked = { groupId, memberId, epoch, partitions, forgotten, connection: closed }
  try {
    return sharePartitions.resume(nodeId, asked)
  } catch (error) {
    const isFull = error instanceof KafkaError && error.error === 'SHARE_SESSION_LIMIT_REACHED'
    if (isFull) await waitOpen(maxWaitMs, context)
    throw error
  }
}

/** So long, or until nobody waits for the answer any more. */
function waitOpen(delayMs: number, { realClock, closed }: Context): Promise<void> {
  if (closed.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const timer = realClock.after(delayMs, resolve)
    const leave = (): void => {
      timer.cancel()
      resolve()
    }
    closed.addEventListener('abort', leave, { once: true })
  })
}

/** The first answer of a session names all that it knows of. */
function isTold(session: ShareSession, answer: ShareFetched, epoch: number): boolean {
  if (epoch === initialEpoch) return true
  const hasError = answer.errorCode !== errors.NONE
  return session.tell(answer, { hasError, hasRecords: answer.records.length > 0 })
}
