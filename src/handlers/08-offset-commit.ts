/**
 * OffsetCommit: v0–10. v0 knows no member; v1 a timestamp for each offset; v2–4 a retention in
 * place of the broker's; v6 leader epochs (KIP-320); v7 static membership (KIP-345); v8 flexible;
 * v9 GROUP_ID_NOT_FOUND; v10 topic ids instead of names (KIP-848). Answered when the offsets are as
 * durable as the durability mode promises. Unlike Kafka, offsets of 2^53 and above are refused.
 */
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { handle } from '../handler.ts'

export default handle(offsetCommit, {
  async run(request, { groups, version, cluster, nodeId }) {
    cluster.checkCoordinator(request.groupId, nodeId)
    return { topics: await groups.offsets.commit(request, version) }
  },

  fail: (errorCode, request) => ({
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }),
})
