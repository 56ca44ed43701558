/**
 * WriteShareGroupState: v0–1. From broker to broker in Kafka (KIP-932): the leader of a partition
 * has what it knows of records stored. v1 how many need no further delivery (KIP-1226).
 */
import { writeShareGroupState } from '../../protocol/apis/85-write-share-group-state.ts'
import { handle } from '../handler.ts'
import { combined, type StateBatch } from '../share-partitions/state-batches.ts'
import { answerEach, refuseEach } from '../share-partitions/state-requests.ts'

export default handle(writeShareGroupState, {
  run: (request, context) =>
    answerEach(request, context, {}, async (key, { stateBatches, ...update }) => {
      const batches = inOrder(stateBatches, update.startOffset)
      await context.shareStates.write(key, { ...update, batches })
      return {}
    }),

  fail: (errorCode, request) => refuseEach(errorCode, request, {}),
})

/** Batches may come in any order, and overlap. */
function inOrder(batches: readonly StateBatch[], startOffset: number): readonly StateBatch[] {
  const none: readonly StateBatch[] = []
  return batches.reduce((known, batch) => combined(known, [batch], startOffset), none)
}
