/**
 * DescribeShareGroupOffsets: v0–1 (KIP-932), of groups that this node coordinates. v1 the lag
 * (KIP-1226). As in Kafka, a group that does not exist has no offsets, which is no error.
 */
import { describeShareGroupOffsets } from '../../protocol/apis/90-describe-share-group-offsets.ts'
import { errors } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { checkAllowed, denialOf, splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { failureOf } from '../errors.ts'
import { describeOffsets } from '../groups/share/describe-offsets.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { handle, type Context } from '../handler.ts'

interface WantedTopic {
  topicName: string
  partitions: number[]
}

interface Wanted {
  groupId: string
  topics: WantedTopic[] | null
}

export default handle(describeShareGroupOffsets, {
  run: async ({ groups }, context) => ({
    groups: await Promise.all(groups.map(wanted => describe(wanted, context))),
  }),

  fail: (errorCode, { groups }) => ({
    groups: groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })),
  }),
})

async function describe({ groupId, topics: wanted }: Wanted, context: Context) {
  const { topics, shareStates, cluster, nodeId, logger } = context
  try {
    checkProtocolEnabled('share', context)
    const { group, topic, listed } = requires.DescribeShareGroupOffsets
    checkAllowed(context, group, groupId)
    cluster.checkCoordinator(groupId, nodeId)
    if (wanted === null) {
      const begun = await describeOffsets(groupId, null, topics, shareStates)
      const { allowed } = splitAllowed(context, listed, begun, ({ topicName }) => topicName)
      return { groupId, topics: allowed, errorCode: errors.NONE }
    }
    const { allowed, denied } = splitAllowed(context, topic, wanted, ({ topicName }) => topicName)
    const described = await describeOffsets(groupId, allowed, topics, shareStates)
    return { groupId, topics: [...described, ...denied.map(refuse)], errorCode: errors.NONE }
  } catch (error) {
    return { groupId, topics: [], ...failureOf(error, logger, { groupId }) }
  }
}

function refuse({ topicName, partitions }: WantedTopic) {
  const denial = denialOf(requires.DescribeShareGroupOffsets.topic)
  const nothing = { startOffset: -1, leaderEpoch: 0, lag: -1 }
  return {
    topicName,
    topicId: zeroUuid,
    partitions: partitions.map(partitionIndex => {
      return { partitionIndex, ...nothing, errorCode: denial.code, errorMessage: denial.message }
    }),
  }
}
