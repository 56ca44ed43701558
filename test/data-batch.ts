import type { BatchHeader } from '../protocol/record-batch.ts'

/** The header of a batch of one record, of producer 7 in epoch 0. */
export function dataBatch(baseSequence: number, fields: Partial<BatchHeader> = {}): BatchHeader {
  return {
    baseOffset: 0,
    batchLength: 100,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    compression: 0,
    timestampType: 'CreateTime',
    isTransactional: false,
    isControl: false,
    hasDeleteHorizon: false,
    lastOffsetDelta: 0,
    baseTimestamp: 0,
    maxTimestamp: 0,
    producerId: 7,
    producerEpoch: 0,
    baseSequence,
    recordCount: (fields.lastOffsetDelta ?? 0) + 1,
    ...fields,
  }
}
