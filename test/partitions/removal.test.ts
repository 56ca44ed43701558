/** What compaction, retention and DeleteRecords leave of transactions. */
import { describe, expect, it } from 'vitest'
import { batchesIn, parseBatchHeader } from '../../protocol/record-batch.ts'
import { encodeBatch } from '../../protocol/records.ts'
import type { Partition } from '../../src/partitions/partition.ts'
import type { LogConfig, PartitionLog } from '../../storage/partition-log.ts'
import { append, endTransaction, Fixture, id, logConfig } from './fixture.ts'

const limits = { keyMapBytes: 1e6, maxBytesPerSecond: Infinity }
/** Later than all that the manual clock has said. */
const nowMs = 5_000_000_000_000

/** A segment for each batch. */
async function open(fixture: Fixture, config: Partial<LogConfig> = {}) {
  const segments = { segmentMs: -Infinity, minCleanableDirtyRatio: 0 }
  const { log } = await fixture.logs.open(id, { ...logConfig, ...segments, ...config })
  return { log, partition: await fixture.open({ log }) }
}

const data = (partition: Partition, producerId: number, baseSequence: number, key: string) =>
  append(
    partition,
    encodeBatch({
      records: [{ timestamp: 1000, key: Buffer.from(key), value: Buffer.from('v') }],
      producerId,
      producerEpoch: 0,
      baseSequence,
      isTransactional: true,
    }),
  )

const end = (partition: Partition, producerId: number, type: 'commit' | 'abort') =>
  endTransaction(partition, { type, producerId })

async function offsets(partition: Partition): Promise<number[]> {
  const read = await partition.read(partition.startOffset, 1e6, partition.lastStableOffset)
  return read.flatMap(bytes =>
    Array.from(batchesIn(bytes), at => parseBatchHeader(bytes, at).baseOffset),
  )
}

const abortedIn = (partition: Partition) => partition.aborted.overlapping(0, Infinity)

/** As after a crash: what was stored, and the log. */
const reopened = (fixture: Fixture, log: PartitionLog) => fixture.open({ log })

describe('compaction', () => {
  it('takes an aborted transaction off the list when it is empty, then its marker', async () => {
    const fixture = new Fixture()
    const { log, partition } = await open(fixture, { cleanupPolicy: ['compact'] })
    await data(partition, 1, 0, 'a')
    await end(partition, 1, 'abort')
    await data(partition, 1, 1, 'b')
    await end(partition, 1, 'commit')
    const first = { producerId: 1, firstOffset: 0, lastOffset: 1 }
    const compact = async (): Promise<void> => {
      await append(partition, encodeBatch({ records: [keyed('end')] }))
      await partition.compact(nowMs, limits)
    }
    await compact()
    expect(await offsets(partition)).toEqual([1, 2, 3, 4])
    expect(abortedIn(partition)).toEqual([first])
    await compact()
    expect(abortedIn(partition)).toEqual([])
    expect((await offsets(partition))[0]).toBe(1)
    // The crash comes before that was stored: the list is as it was, and so its marker stays.
    const after = await reopened(fixture, log)
    expect(abortedIn(after)).toEqual([first])
    await append(after, encodeBatch({ records: [keyed('end')] }))
    await after.compact(nowMs, limits)
    expect(abortedIn(after)).toEqual([])
    expect((await offsets(after))[0]).toBe(1)
    await append(after, encodeBatch({ records: [keyed('end')] }))
    await after.compact(nowMs, limits)
    expect((await offsets(after))[0]).toBe(2)
    expect(abortedIn(await reopened(fixture, log))).toEqual([])
  })

  it('leaves alone what is not decided', async () => {
    const { partition } = await open(new Fixture(), { cleanupPolicy: ['compact'] })
    await data(partition, 1, 0, 'a')
    await data(partition, 2, 0, 'a')
    await end(partition, 1, 'commit')
    await data(partition, 1, 1, 'end')
    await partition.compact(nowMs, limits)
    expect(partition.lastStableOffset).toBe(1)
    await end(partition, 2, 'abort')
    await end(partition, 1, 'commit')
    await partition.compact(nowMs, limits)
    expect(await offsets(partition)).toEqual([0, 2, 3, 4, 5])
  })
})

const removals: [string, (partition: Partition, offset: number) => Promise<unknown>][] = [
  ['retention', partition => partition.retain(nowMs)],
  ['DeleteRecords', (partition, offset) => partition.trim(offset)],
]

describe.each(removals)('%s', (_, remove) => {
  /** What is new is kept. */
  const config = { retentionMs: 1000 }
  const keep = (partition: Partition) =>
    append(partition, encodeBatch({ records: [{ ...keyed('new'), timestamp: nowMs }] }))

  it('in the middle of an aborted transaction leaves what tells of the rest', async () => {
    const fixture = new Fixture()
    const { log, partition } = await open(fixture, config)
    await data(partition, 1, 0, 'a')
    await end(partition, 1, 'abort')
    await data(partition, 2, 0, 'b')
    await keep(partition)
    await data(partition, 2, 1, 'c')
    await end(partition, 2, 'abort')
    await remove(partition, 3)
    expect(partition.startOffset).toBe(3)
    const rest = [{ producerId: 2, firstOffset: 2, lastOffset: 5 }]
    expect(abortedIn(partition)).toEqual(rest)
    expect(abortedIn(await reopened(fixture, log))).toEqual(rest)
  })

  it('in the middle of an open transaction leaves it open, and it ends as any other', async () => {
    const fixture = new Fixture()
    const { log, partition } = await open(fixture, config)
    await data(partition, 1, 0, 'a')
    await keep(partition)
    await remove(partition, 1)
    expect([partition.startOffset, partition.lastStableOffset]).toEqual([1, 1])
    const after = await reopened(fixture, log)
    expect([after.startOffset, after.lastStableOffset]).toEqual([1, 1])
    await end(after, 1, 'abort')
    expect(after.lastStableOffset).toBe(3)
    expect(abortedIn(after)).toEqual([{ producerId: 1, firstOffset: 0, lastOffset: 2 }])
    expect(await offsets(after)).toEqual([1, 2])
  })
})

function keyed(key: string) {
  return { timestamp: 1000, key: Buffer.from(key), value: Buffer.from('v') }
}
