/**
 * DeleteShareGroupState: v0. From broker to broker in Kafka (KIP-932); here, groups do the same
 * without a request.
 */
import { deleteShareGroupState } from '../../protocol/apis/86-delete-share-group-state.ts'
import { handle } from '../handler.ts'
import { answerEach, checkPartition, refuseEach } from '../share-partitions/state-requests.ts'

export default handle(deleteShareGroupState, {
  run: (request, context) =>
    answerEach(request, context, {}, async key => {
      checkPartition(key, context)
      await context.shareStates.delete(key)
      return {}
    }),

  fail: (errorCode, request) => refuseEach(errorCode, request, {}),
})
