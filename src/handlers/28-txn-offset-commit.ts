/**
 * TxnOffsetCommit: v0–5. v2 leader epochs (KIP-320); v3 flexible, and who commits, so that members
 * that are no more are fenced (KIP-447); v4 TRANSACTION_ABORTABLE; v5 puts the group into the
 * transaction (KIP-890). Older versions are refused unless AddOffsetsToTxn has done so. Answered
 * when the offsets are durable; they count from the end of the transaction on. Unlike Kafka,
 * offsets of 2^53 and above are refused.
 */
import { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { handle } from '../handler.ts'

export default handle(txnOffsetCommit, {
  async run(request, { groups, transactions, version, cluster, nodeId }) {
    cluster.checkCoordinator(request.groupId, nodeId)
    const commit = {
      ...request,
      generationIdOrMemberEpoch: request.generationId,
      retentionTimeMs: -1,
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        topicId: zeroUuid,
        partitions: partitions.map(partition => ({ ...partition, commitTimestamp: -1 })),
      })),
    }
    return { topics: await groups.offsets.commitInTransaction(commit, version, transactions) }
  },

  fail: (errorCode, request) => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }),
})
