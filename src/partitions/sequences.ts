/** The numbers by which a partition knows a producer's next batch, and its retries (KIP-98). */
import { KafkaError } from '../../protocol/errors.ts'
import type { BatchHeader } from '../../protocol/record-batch.ts'
import type { ProducerRow } from '../../storage/metadata-store.ts'

const sequenceLimit = 2 ** 31

/** A batch that had been appended before, and where. */
export interface Duplicate {
  baseOffset: number
  lastOffset: number
  timestamp: number
}

/** A sequence is an int32 that continues at 0 after its maximum. */
function advance(sequence: number, by: number): number {
  return (sequence + by) % sequenceLimit
}

export function lastSequence(batch: BatchHeader): number {
  return advance(batch.baseSequence, batch.lastOffsetDelta)
}

/** The same epoch, first and last sequence (Kafka: ProducerStateEntry.findDuplicateBatch). */
export function findDuplicate(producer: ProducerRow, batch: BatchHeader): Duplicate | undefined {
  if (producer.epoch !== batch.producerEpoch) return undefined
  const last = lastSequence(batch)
  const found = producer.batches.find(
    known => known.firstSequence === batch.baseSequence && known.lastSequence === last,
  )
  if (found === undefined) return undefined
  const { lastOffset, timestamp } = found
  return { baseOffset: lastOffset - batch.lastOffsetDelta, lastOffset, timestamp }
}

/**
 * Throws OUT_OF_ORDER_SEQUENCE_NUMBER unless the batch follows the producer's last one. A new epoch
 * starts at 0, and so does what follows the marker of one.
 */
export function checkNext(producer: ProducerRow, batch: BatchHeader): void {
  const last = producer.epoch === batch.producerEpoch ? producer.batches.at(-1) : undefined
  const expected = last === undefined ? 0 : advance(last.lastSequence, 1)
  if (batch.baseSequence !== expected) throw outOfOrder(batch, `expected ${expected}`)
}

export function outOfOrder({ baseSequence, producerId }: BatchHeader, why: string): KafkaError {
  const message = `sequence ${baseSequence} of producer ${producerId}, ${why}`
  return new KafkaError('OUT_OF_ORDER_SEQUENCE_NUMBER', message)
}
