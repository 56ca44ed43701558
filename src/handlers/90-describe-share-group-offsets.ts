/**
 * DescribeShareGroupOffsets: v0–1 (KIP-932), of groups that this node coordinates. v1 the lag
 * (KIP-1226). As in Kafka, a group that does not exist has no offsets, which is no error.
 */
import { describeShareGroupOffsets } from '../../protocol/apis/90-describe-share-group-offsets.ts'
import { errors } from '../../protocol/errors.ts'
import { failureOf } from '../errors.ts'
import { describeOffsets } from '../groups/share/describe-offsets.ts'
import { checkProtocolEnabled } from '../groups/enabled-protocols.ts'
import { handle, type Context } from '../handler.ts'

interface Wanted {
  groupId: string
  topics: { topicName: string; partitions: number[] }[] | null
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
    cluster.checkCoordinator(groupId, nodeId)
    const described = await describeOffsets(groupId, wanted, topics, shareStates)
    return { groupId, topics: described, errorCode: errors.NONE }
  } catch (error) {
    return { groupId, topics: [], ...failureOf(error, logger, { groupId }) }
  }
}
