/**
 * OffsetCommit: v0–10. v0 knows no member; v1 a timestamp for each offset; v2–4 a retention in
 * place of the broker's; v6 leader epochs (KIP-320); v7 static membership (KIP-345); v8 flexible;
 * v9 GROUP_ID_NOT_FOUND; v10 topic ids instead of names (KIP-848). Answered when the offsets are as
 * durable as the durability mode promises. Unlike Kafka, offsets of 2^53 and above are refused.
 */
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { checkAllowed, splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'

type Request = Infer<typeof offsetCommit.request>

const topicIdsSince = 10

export default handle(offsetCommit, {
  async run(request, context) {
    const { groups, version, cluster, nodeId, topics } = context
    const { group, topic } = requires.OffsetCommit
    checkAllowed(context, group, request.groupId)
    const { allowed, denied } = splitAllowed(context, topic, request.topics, ({ name, topicId }) =>
      version < topicIdsSince ? name : topics.getById(topicId)?.name,
    )
    const refused = refuse(denied, errors.TOPIC_AUTHORIZATION_FAILED)
    if (denied.length > 0 && allowed.length === 0) return { topics: refused }
    cluster.checkCoordinator(request.groupId, nodeId)
    const committed = await groups.offsets.commit({ ...request, topics: allowed }, version)
    return { topics: [...refused, ...committed] }
  },

  fail: (errorCode, { topics }) => ({ topics: refuse(topics, errorCode) }),
})

function refuse(topics: readonly Request['topics'][number][], errorCode: number) {
  return topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }))
}
