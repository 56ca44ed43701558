import { batchesIn, parseBatchHeader } from '../../protocol/record-batch.ts'
import type { AbortedTransaction } from '../../storage/partition-log.ts'
import type { LogBatch } from './acquire.ts'

/**
 * Of batches that were read, those with records of the aborted transactions; their markers are not
 * among them (Kafka: SharePartition.fetchAbortedTransactionRecordBatches).
 */
export function abortedBatches(
  buffers: readonly Buffer[],
  aborted: readonly AbortedTransaction[],
): LogBatch[] {
  const byProducer = Map.groupBy(aborted, ({ producerId }) => producerId)
  return buffers.flatMap(buffer =>
    Array.from(batchesIn(buffer)).flatMap(at => {
      const { baseOffset, lastOffsetDelta, isTransactional, isControl, producerId } =
        parseBatchHeader(buffer, at)
      const lastOffset = baseOffset + lastOffsetDelta
      const isAborted = byProducer.get(producerId)?.some(transaction => {
        return transaction.firstOffset <= baseOffset && lastOffset <= transaction.lastOffset
      })
      return isTransactional && !isControl && isAborted ? [{ baseOffset, lastOffset }] : []
    }),
  )
}
