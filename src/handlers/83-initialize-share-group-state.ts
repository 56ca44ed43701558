/**
 * InitializeShareGroupState: v0. From broker to broker in Kafka (KIP-932); here, groups do the same
 * without a request.
 */
import { initializeShareGroupState } from '../../protocol/apis/83-initialize-share-group-state.ts'
import { handle } from '../handler.ts'
import { answerEach, checkPartition, refuseEach } from '../share-partitions/state-requests.ts'

export default handle(initializeShareGroupState, {
  run: (request, context) =>
    answerEach(request, context, {}, async (key, { stateEpoch, startOffset }) => {
      checkPartition(key, context)
      await context.shareStates.initialize(key, stateEpoch, startOffset)
      return {}
    }),

  fail: (errorCode, request) => refuseEach(errorCode, request, {}),
})
