/**
 * ReadShareGroupStateSummary: v0–1. From broker to broker in Kafka (KIP-932): how far a group
 * is. v1 how many records need no further delivery (KIP-1226).
 */
import * as summaries from '../../protocol/apis/87-read-share-group-state-summary.ts'
import { handle } from '../handler.ts'
import { unknownStartOffset } from '../share-partitions/share-states.ts'
import { answerEach, checkPartition, refuseEach } from '../share-partitions/state-requests.ts'

const nothing = { stateEpoch: 0, leaderEpoch: 0, startOffset: 0, deliveryCompleteCount: -1 }
/** Of a partition that the group has not begun with. */
const unknown = { ...nothing, startOffset: unknownStartOffset }

export default handle(summaries.readShareGroupStateSummary, {
  run: (request, context) =>
    answerEach(request, context, nothing, async key => {
      checkPartition(key, context)
      const { stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount } =
        context.shareStates.get(key) ?? unknown
      return { stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount }
    }),

  fail: (errorCode, request) => refuseEach(errorCode, request, nothing),
})
