/** Cases of Kafka's SharePartitionTest.testFetchAbortedTransactionRecordBatches…. */
import { expect, it } from 'vitest'
import { encodeMarker } from '../../protocol/control-records.ts'
import { setBaseOffset } from '../../protocol/record-batch.ts'
import { encodeBatch } from '../../protocol/records.ts'
import { abortedBatches } from '../../src/share-partitions/aborted-batches.ts'

const record = { timestamp: 0, key: null, value: Buffer.from('x') }

function data(baseOffset: number, producerId: number, isTransactional = true): Buffer {
  const producer = { producerId, producerEpoch: 0, baseSequence: 0 }
  const records = [record, record, record]
  return at(baseOffset, encodeBatch({ ...producer, isTransactional, records }))
}

function marker(baseOffset: number, producerId: number, type: 'abort' | 'commit'): Buffer {
  return at(
    baseOffset,
    encodeMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0 }, 0),
  )
}

function at(baseOffset: number, batch: Buffer): Buffer {
  setBaseOffset(batch, 0, baseOffset)
  return batch
}

const aborted = (producerId: number, firstOffset: number, lastOffset: number) => {
  return { producerId, firstOffset, lastOffset }
}

it('are those of the producer between its first one and its marker', () => {
  const log = [
    data(0, 1),
    data(3, 2),
    data(6, 1),
    marker(9, 1, 'abort'),
    data(10, 1),
    marker(13, 2, 'commit'),
    marker(14, 1, 'commit'),
  ]
  expect(abortedBatches([Buffer.concat(log)], [aborted(1, 0, 9)])).toEqual([
    { baseOffset: 0, lastOffset: 2 },
    { baseOffset: 6, lastOffset: 8 },
  ])
})

it('are found also where the read begins within the transaction, over several buffers', () => {
  const log = [data(3, 1), data(6, 2), marker(9, 2, 'abort'), data(10, 1), marker(13, 1, 'abort')]
  expect(abortedBatches(log, [aborted(2, 6, 9), aborted(1, 0, 13)])).toEqual([
    { baseOffset: 3, lastOffset: 5 },
    { baseOffset: 6, lastOffset: 8 },
    { baseOffset: 10, lastOffset: 12 },
  ])
})

it('are two transactions of one producer apart', () => {
  const log = [data(0, 1), marker(3, 1, 'abort'), data(4, 1), marker(7, 1, 'commit'), data(8, 1)]
  expect(abortedBatches(log, [aborted(1, 0, 3), aborted(1, 8, 11)])).toEqual([
    { baseOffset: 0, lastOffset: 2 },
    { baseOffset: 8, lastOffset: 10 },
  ])
})

it('are none that no transaction is for', () => {
  expect(abortedBatches([data(0, 1, false)], [aborted(1, 0, 9)])).toEqual([])
})
