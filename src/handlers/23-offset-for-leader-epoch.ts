/**
 * OffsetForLeaderEpoch: v0–4. v1 answers with the epoch as well (KIP-279); v2 the epoch that the
 * client believes to be current (KIP-320); v3 replica id, which makes no difference; v4 flexible.
 */
import { offsetForLeaderEpoch } from '../../protocol/apis/23-offset-for-leader-epoch.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { clusterName } from '../auth/acl-codes.ts'
import { splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'

type WantedTopic = Infer<typeof offsetForLeaderEpoch.request>['topics'][number]
type Wanted = WantedTopic['partitions'][number]
type Answer = Input<typeof offsetForLeaderEpoch.response>['topics'][number]['partitions'][number]

/** Of an epoch that is not known here. */
const undefinedEnd = { leaderEpoch: -1, endOffset: -1 }

export default handle(offsetForLeaderEpoch, {
  run({ topics }, context) {
    const { allowed, denied } = splitByRights(topics, context)
    const answers = allowed.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(wanted => answer(topic, wanted, context)),
    }))
    return { topics: [...answers, ...refuse(denied, errors.TOPIC_AUTHORIZATION_FAILED)] }
  },

  fail: (errorCode, { topics }) => ({ topics: refuse(topics, errorCode) }),
})

function refuse(topics: readonly WantedTopic[], errorCode: number) {
  return topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition, errorCode, ...undefinedEnd })),
  }))
}

/** Brokers ask, and clients that look for what became of their records (KIP-320). */
function splitByRights(topics: readonly WantedTopic[], context: Context) {
  const { anyTopic, topic } = requires.OffsetForLeaderEpoch
  if (context.authorizer.allows(context, anyTopic, clusterName))
    return { allowed: topics, denied: [] }
  return splitAllowed(context, topic, topics, wanted => wanted.topic)
}

function answer(topic: string, wanted: Wanted, { topics, nodeId, logger }: Context): Answer {
  const { partition: index, currentLeaderEpoch, leaderEpoch } = wanted
  try {
    const partition = topics.get(topic)?.partitions[index]
    if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    partition.checkLeader(nodeId, currentLeaderEpoch)
    const end = partition.epochEnd(leaderEpoch)
    const known = end && { leaderEpoch: end.epoch, endOffset: end.endOffset }
    return { partition: index, errorCode: errors.NONE, ...(known ?? undefinedEnd) }
  } catch (error) {
    const details = { api: 'OffsetForLeaderEpoch', topic, partition: index }
    return { partition: index, errorCode: errorCodeOf(error, logger, details), ...undefinedEnd }
  }
}
