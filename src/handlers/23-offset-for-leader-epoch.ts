/**
 * OffsetForLeaderEpoch: v0–4. v1 answers with the epoch as well (KIP-279); v2 the epoch that the
 * client believes to be current (KIP-320); v3 replica id, which makes no difference; v4 flexible.
 */
import { offsetForLeaderEpoch } from '../../protocol/apis/23-offset-for-leader-epoch.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'

type Wanted = Infer<typeof offsetForLeaderEpoch.request>['topics'][number]['partitions'][number]
type Answer = Input<typeof offsetForLeaderEpoch.response>['topics'][number]['partitions'][number]

/** Of an epoch that is not known here. */
const undefinedEnd = { leaderEpoch: -1, endOffset: -1 }

export default handle(offsetForLeaderEpoch, {
  run: ({ topics }, context) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(wanted => answer(topic, wanted, context)),
    })),
  }),

  fail: (errorCode, { topics }) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({ partition, errorCode, ...undefinedEnd })),
    })),
  }),
})

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
