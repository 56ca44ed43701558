import { expect, it } from 'vitest'
import { readCommitted } from '../../src/partitions/committed-read.ts'
import type { Partition } from '../../src/partitions/partition.ts'
import { append, batch, endTransaction, errorOf, Fixture } from './fixture.ts'

const data = (producerId: number, baseSequence: number, count = 1) =>
  batch({ producerId, producerEpoch: 0, baseSequence, isTransactional: true }, count)

const abort = (partition: Partition, producerId: number) =>
  endTransaction(partition, { type: 'abort', producerId })

/** Producer 1 aborts [0, 6] and [7, 8], producer 2 [3, 5]. */
async function filled(): Promise<Partition> {
  const partition = await new Fixture().open()
  await append(partition, data(1, 0, 3))
  await append(partition, data(2, 0))
  await append(partition, batch())
  await abort(partition, 2)
  await abort(partition, 1)
  await append(partition, data(1, 3))
  await abort(partition, 1)
  return partition
}

const firstOffsets = async (partition: Partition, offset: number, maxBytes = 1e6) => {
  const limit = partition.lastStableOffset
  const { aborted } = await readCommitted(partition, offset, maxBytes, limit)
  return aborted.map(({ producerId, firstOffset }) => [producerId, firstOffset])
}

it('names whom to skip in what is read, and nobody else (rule 51)', async () => {
  const partition = await filled()
  const [first, second, third] = [
    [1, 0],
    [2, 3],
    [1, 7],
  ]
  expect(await firstOffsets(partition, 0)).toEqual([second, first, third])
  // One batch only, from its middle on.
  expect(await firstOffsets(partition, 1, 1)).toEqual([first])
  expect(await firstOffsets(partition, 3, 1)).toEqual([second, first])
  expect(await firstOffsets(partition, 6, 1)).toEqual([first])
  expect(await firstOffsets(partition, 7)).toEqual([third])
  expect(await firstOffsets(partition, 9)).toEqual([])
})

it('reads again what was forgotten while it read', async () => {
  const partition = await filled()
  const { read } = partition
  let reads = 0
  partition.read = async (...args) => {
    reads++
    const batches = await read.apply(partition, args)
    if (reads === 1) await partition.trim(7)
    return batches
  }
  expect(await errorOf(firstOffsets(partition, 0))).toBe('OFFSET_OUT_OF_RANGE')
  expect(reads).toBe(2)
})
