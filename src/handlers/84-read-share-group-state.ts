/**
 * ReadShareGroupState: v0. From broker to broker in Kafka (KIP-932): the leader of a partition gets
 * its state, and the leaders before are fenced.
 */
import { readShareGroupState } from '../../protocol/apis/84-read-share-group-state.ts'
import { handle } from '../handler.ts'
import type { StateBatch } from '../share-partitions/state-batches.ts'
import { answerEach, refuseEach } from '../share-partitions/state-requests.ts'

const nothing = { stateEpoch: 0, startOffset: 0, stateBatches: [] as readonly StateBatch[] }

export default handle(readShareGroupState, {
  run: (request, context) =>
    answerEach(request, context, nothing, async (key, { leaderEpoch }) => {
      const { stateEpoch, startOffset, batches } = await context.shareStates.read(key, leaderEpoch)
      return { stateEpoch, startOffset, stateBatches: batches }
    }),

  fail: (errorCode, request) => refuseEach(errorCode, request, nothing),
})
