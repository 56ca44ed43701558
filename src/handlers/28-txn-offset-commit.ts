/**
 * TxnOffsetCommit: v0–5. v2 leader epochs (KIP-320); v3 flexible, and who commits, so that members
 * that are no more are fenced (KIP-447); v4 TRANSACTION_ABORTABLE; v5 puts the group into the
 * transaction (KIP-890). Older versions are refused unless AddOffsetsToTxn has done so. Answered
 * when the offsets are durable; they count from the end of the transaction on. Unlike Kafka,
 * offsets of 2^53 and above are refused.
 */
import { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { checkAllowed, splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'

type Request = Infer<typeof txnOffsetCommit.request>

export default handle(txnOffsetCommit, {
  async run(request, context) {
    const { groups, transactions, version, cluster, nodeId } = context
    const { transactionalId, group, topic } = requires.TxnOffsetCommit
    checkAllowed(context, transactionalId, request.transactionalId)
    checkAllowed(context, group, request.groupId)
    const { allowed, denied } = splitAllowed(context, topic, request.topics, ({ name }) => name)
    const refused = refuse(denied, errors.TOPIC_AUTHORIZATION_FAILED)
    if (denied.length > 0 && allowed.length === 0) return { topics: refused }
    cluster.checkCoordinator(request.groupId, nodeId)
    const commit = {
      ...request,
      generationIdOrMemberEpoch: request.generationId,
      retentionTimeMs: -1,
      topics: allowed.map(({ name, partitions }) => ({
        name,
        topicId: zeroUuid,
        partitions: partitions.map(partition => ({ ...partition, commitTimestamp: -1 })),
      })),
    }
    const committed = await groups.offsets.commitInTransaction(commit, version, transactions)
    return { topics: [...refused, ...committed] }
  },

  fail: (errorCode, { topics }) => ({ topics: refuse(topics, errorCode) }),
})

function refuse(topics: readonly Request['topics'][number][], errorCode: number) {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }))
}
