import { expect, it } from 'vitest'
import { crc32c } from '../../protocol/crc32c.ts'
import { batchSize, crcMatches, lastOffset, parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import type { CompactionContext, LogConfig } from '../../storage/partition-log.ts'
import {
  baseOffsets,
  batchAt,
  keyedBatch,
  largeSegments,
  readAll,
  readFrom,
  recordsOf,
  split,
  type KeyedRecord,
} from './batches.ts'
import type { LogContext } from './log-contract.ts'

/** A segment for each append, which compaction merges. */
export const compacted: LogConfig = {
  ...largeSegments,
  segmentMs: -Infinity,
  cleanupPolicy: ['compact'],
  indexIntervalBytes: 0,
}
const day = 86_400_000
const compressions = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']

export function context(fields: Partial<CompactionContext> = {}): CompactionContext {
  return {
    nowMs: 0,
    stableOffset: Infinity,
    lastOffsets: new Map(),
    markedEpochs: new Map(),
    abortedTransactions: () => [],
    keyMapBytes: 1_000_000,
    maxBytesPerSecond: Infinity,
    ...fields,
  }
}

/** What compaction leaves of every kind of log. */
export function compactionTests({ log, reopen, useConfig }: LogContext): void {
  /** A segment for each batch, and an active one that holds 'end'. */
  async function fill(
    batches: readonly (Buffer | readonly KeyedRecord[])[],
    config: Partial<LogConfig> = {},
  ): Promise<void> {
    await useConfig({ ...compacted, ...config })
    for (const batch of [...batches, [['end', '.'] as const]]) {
      await log().append(Buffer.isBuffer(batch) ? batch : keyedBatch(batch), 'durable')
    }
  }

  const compact = (fields: Partial<CompactionContext> = {}): Promise<unknown> =>
    log().compact(context(fields))

  it('goes on behind a trim of all that there was', async () => {
    await useConfig(compacted)
    await log().append(keyedBatch([['a', '1']]), 'durable')
    await log().trim(1)
    await fill([[['a', '2']], [['a', '3']]], { segmentBytes: 1 })
    await compact()
    expect(await recordsOf(log())).toEqual(['2 a=3', '3 end=.'])
  })

  it('waits before it takes records away, and only then', async () => {
    await fill([[['a', '1']], [['a', '2']]])
    const { promise, resolve } = Promise.withResolvers<void>()
    const called = Promise.withResolvers<void>()
    log().beforeRemoval = () => {
      called.resolve()
      return promise
    }
    const compaction = compact()
    await called.promise
    expect(await recordsOf(log())).toEqual(['0 a=1', '1 a=2', '2 end=.'])
    resolve()
    await compaction
    expect(await recordsOf(log())).toEqual(['1 a=2', '2 end=.'])
    log().beforeRemoval = () => Promise.reject(new Error('there is nothing to remove'))
    await compact()
  })

  it('keeps the last record of each key, where it was (Kafka: LogCleaner)', async () => {
    await fill([
      [
        ['a', '1'],
        ['b', '1'],
        ['c', '1'],
      ],
      [['a', '2']],
      [
        ['b', '2'],
        ['a', '3'],
      ],
      [['d', '1']],
    ])
    await compact()
    const left = ['2 c=1', '4 b=2', '5 a=3', '6 d=1', '7 end=.']
    expect(await recordsOf(log())).toEqual(left)
    expect([log().startOffset, log().endOffset]).toEqual([0, 8])
    await reopen(compacted)
    expect(await recordsOf(log())).toEqual(left)
    expect(await log().append(keyedBatch([['a', '4']]), 'durable')).toEqual({ baseOffset: 8 })
  })

  it('leaves what is written to as it is, and cleans it when it is left', async () => {
    await fill([[['end', '1']]])
    await compact()
    expect(await recordsOf(log())).toEqual(['0 end=1', '1 end=.'])
    await log().append(keyedBatch([['other', '1']]), 'durable')
    await compact()
    expect(await recordsOf(log())).toEqual(['1 end=.', '2 other=1'])
  })

  it('cleans nothing at or above the stable offset', async () => {
    await fill([
      [['a', '1']],
      [['a', '2']],
      [
        ['a', '3'],
        ['b', '1'],
      ],
      [['a', '4']],
    ])
    await compact({ stableOffset: 3 })
    expect(await recordsOf(log())).toEqual(['1 a=2', '2 a=3', '3 b=1', '4 a=4', '5 end=.'])
  })

  it('reads in a gap what follows it, from every offset', async () => {
    await fill([
      [['a', '1']],
      [['b', '1']],
      [
        ['a', '2'],
        ['a', '3'],
      ],
      [['c', '1']],
      [['c', '2']],
    ])
    await compact()
    expect(await recordsOf(log(), 1)).toEqual(['1 b=1', '3 a=3', '5 c=2', '6 end=.'])
    const firsts: (number | undefined)[] = []
    for (let from = 0; from <= 7; from++) firsts.push((await readFrom(log(), from))[0])
    expect(firsts).toEqual([1, 1, 2, 2, 5, 5, 6, undefined])
    expect(baseOffsets(await log().read(0, 1, 1))).toEqual([])
  })

  it('keeps what clients count by: offsets, sequence and producer of a batch', async () => {
    const producer = { producerId: 7, producerEpoch: 2, baseSequence: 40, partitionLeaderEpoch: 3 }
    await fill([
      keyedBatch(
        [
          ['a', '1', 50],
          ['b', '1', 60],
          ['a', '2', 55],
        ],
        producer,
      ),
      [['b', '2']],
    ])
    const [before] = split([await readAll(log())])
    await compact()
    const [after] = split([await readAll(log())])
    const { crc, batchLength, recordCount, maxTimestamp, ...same } = parseBatchHeader(before!)
    expect([recordCount, maxTimestamp]).toEqual([3, 60])
    expect(parseBatchHeader(after!)).toMatchObject({ ...same, recordCount: 1, maxTimestamp: 55 })
    expect(parseBatchHeader(after!).crc).not.toBe(crc)
    expect(parseBatchHeader(after!).batchLength).toBeLessThan(batchLength)
  })

  it.each(compressions)('writes batches anew in their compression (%s)', async name => {
    const compression = compressions.indexOf(name)
    const value = 'v'.repeat(300)
    await fill([
      keyedBatch(
        [
          ['a', '1'],
          ['b', value, 1234],
          ['c', value],
        ],
        { compression },
      ),
      [['a', '2']],
    ])
    await compact()
    const [batch] = split([await readAll(log())])
    expect(parseBatchHeader(batch!).compression).toBe(compression)
    expect(crcMatches(batch!)).toBe(true)
    const left = [...decodeRecords(batch!, 10_000)]
    expect(left.map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
      [1, 1234],
      [2, 1000],
    ])
    expect(left[0]!.value!.toString()).toBe(value)
  })

  it('copies a batch of which nothing goes byte by byte', async () => {
    const batches = ['a', 'b', 'c', 'd'].map(key => keyedBatch([[key, '1']]))
    await fill(batches)
    const before = await readAll(log())
    await compact()
    expect((await readAll(log())).equals(before)).toBe(true)
  })

  it('merges no more than segment.bytes', async () => {
    const segmentBytes = 2 * keyedBatch([['a', '1']]).length
    await fill(
      ['a', 'b', 'c', 'd'].map(key => [[key, '1']] as const),
      { segmentBytes },
    )
    await compact()
    expect(await recordsOf(log())).toHaveLength(5)
    // Retention goes by segments.
    const { sizeBytes } = log()
    log().configure({ ...compacted, cleanupPolicy: ['delete'], retentionBytes: sizeBytes - 1 })
    await log().retain(0)
    expect(log().startOffset).toBe(0)
    log().configure({
      ...compacted,
      cleanupPolicy: ['compact', 'delete'],
      retentionBytes: sizeBytes - segmentBytes,
    })
    await log().retain(0)
    expect(log().startOffset).toBe(2)
    await reopen(compacted)
    expect(await recordsOf(log())).toEqual(['2 c=1', '3 d=1', '4 end=.'])
  })

  it('removes tombstones delete.retention.ms after it has first seen them (KIP-534)', async () => {
    const config = { deleteRetentionMs: day }
    await fill(
      [
        [
          ['a', '1', 500],
          ['b', '1', 600],
        ],
        [['a', null, 700]],
        [['c', '1']],
      ],
      config,
    )
    await compact({ nowMs: 5000 })
    expect(await recordsOf(log())).toEqual(['1 b=1', '2 a', '3 c=1', '4 end=.'])
    const [, tombstone] = split([await readAll(log())])
    const header = parseBatchHeader(tombstone!)
    expect([header.hasDeleteHorizon, header.baseTimestamp]).toEqual([true, 5000 + day])
    expect([...decodeRecords(tombstone!, 1000)][0]!.timestamp).toBe(700)
    expect([header.maxTimestamp, crcMatches(tombstone!)]).toEqual([700, true])

    // A compaction takes something new to compact.
    await log().append(keyedBatch([['c', '2']]), 'durable')
    await compact({ nowMs: 4999 + day })
    expect(await recordsOf(log())).toEqual(['1 b=1', '2 a', '3 c=1', '4 end=.', '5 c=2'])
    await log().append(keyedBatch([['c', '3']]), 'durable')
    await compact({ nowMs: 5000 + day })
    expect(await recordsOf(log())).toEqual(['1 b=1', '4 end=.', '5 c=2', '6 c=3'])
  })

  it('removes a tombstone that a later record replaces, at once', async () => {
    await fill([[['a', null]], [['a', '1']]], { deleteRetentionMs: day })
    await compact()
    expect(await recordsOf(log())).toEqual(['1 a=1', '2 end=.'])
  })

  it('drops records without a key', async () => {
    await fill([batchAt([1, 2]), [['a', '1']], batchAt([3])])
    await compact()
    expect(await recordsOf(log())).toEqual(['2 a=1', '4 end=.'])
  })

  it('keeps headers of batches that tell where an active producer is', async () => {
    const sent = (producerId: number, baseSequence: number) =>
      keyedBatch(
        [
          ['a', '1'],
          ['a', '2'],
        ],
        { producerId, producerEpoch: 1, baseSequence },
      )
    await fill([sent(1, 0), sent(1, 2), sent(2, 0), sent(3, 0), [['a', '3']]])
    await compact({
      lastOffsets: new Map([
        [1, 3],
        [2, 5],
      ]),
    })
    const headers = split([await readAll(log())]).map(batch => parseBatchHeader(batch))
    expect(
      headers.map(({ baseOffset, lastOffsetDelta, producerId, baseSequence, recordCount }) => {
        return [baseOffset, lastOffsetDelta, producerId, baseSequence, recordCount]
      }),
    ).toEqual([
      [2, 1, 1, 2, 0],
      [4, 1, 2, 0, 0],
      [8, 0, -1, -1, 1],
      [9, 0, -1, -1, 1],
    ])
    expect(await recordsOf(log())).toEqual(['8 a=3', '9 end=.'])
    await log().append(keyedBatch([['a', '4']]), 'durable')
    await log().append(keyedBatch([['a', '5']]), 'durable')
    await compact()
    expect(baseOffsets([await readAll(log())])).toEqual([9, 10, 11])
  })

  it('keeps the end of a segment of which nothing is left, for readers to get on', async () => {
    await fill([
      [['end', '1']],
      [
        ['end', '2'],
        ['end', '3'],
      ],
    ])
    await log().append(keyedBatch([['x', '1']]), 'durable')
    await compact()
    expect(await recordsOf(log())).toEqual(['3 end=.', '4 x=1'])
    // Stable up to 3 only, where the newest record of the key is not known yet.
    await fill([[['x', '1']], [['x', '2']]])
    await compact({ stableOffset: 7 })
    const batches = split([await readAll(log())])
    expect(batches.map(batch => lastOffset(batch)).slice(0, 2)).toEqual([3, 6])
    expect(batches.every(batch => batchSize(batch) === batch.length)).toBe(true)
  })

  it('stops where the memory for keys ends, and goes on the next time', async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `k${i % 20}`)
    await fill(keys.map(key => [[key, 'v']] as const))
    // Room for 9 keys of 24 bytes each.
    const few = { keyMapBytes: 24 * 10 }
    await compact(few)
    const first = await recordsOf(log())
    expect(first).toHaveLength(41)
    for (let i = 0; i < 10; i++) await compact(few)
    const last = (await recordsOf(log())).map(record => record.split(' ')[0])
    expect(last).toEqual(Array.from({ length: 21 }, (_, i) => `${20 + i}`))
  })

  it('finds records by time, over gaps', async () => {
    await fill([[['a', '1', 9000]], [['b', '1', 5000]], [['a', '2', 6000]], [['c', '1', 7000]]])
    expect(log().maxTimestamp).toBe(9000)
    await compact()
    expect(log().maxTimestamp).toBe(7000)
    expect(await log().offsetForTimestamp(0)).toEqual({ offset: 1, timestamp: 5000 })
    expect(await log().offsetForTimestamp(5001)).toEqual({ offset: 2, timestamp: 6000 })
    expect(await log().offsetForTimestamp(7000)).toEqual({ offset: 3, timestamp: 7000 })
    expect(await log().offsetForTimestamp(7001)).toBeUndefined()
    await reopen(compacted)
    expect(log().maxTimestamp).toBe(7000)
    expect(await log().offsetForTimestamp(5001)).toEqual({ offset: 2, timestamp: 6000 })
  })

  it('trims within what was compacted', async () => {
    await fill([[['a', '1']], [['b', '1']], [['a', '2']], [['c', '1']]])
    await compact()
    await log().trim(2)
    expect(await recordsOf(log())).toEqual(['2 a=2', '3 c=1', '4 end=.'])
    await reopen(compacted)
    expect(log().startOffset).toBe(2)
    await log().append(keyedBatch([['a', '3']]), 'durable')
    await log().append(keyedBatch([['a', '4']]), 'durable')
    await compact()
    expect(await recordsOf(log())).toEqual(['3 c=1', '4 end=.', '5 a=3', '6 a=4'])
  })

  it('leaves a batch alone that it cannot read', async () => {
    const damaged = keyedBatch(
      [
        ['a', '1'],
        ['b', '1'],
      ],
      { compression: 2 },
    )
    damaged.fill(0x55, 80)
    damaged.writeUInt32BE(crc32c(damaged.subarray(21)), 17)
    await fill([[['a', '0']], damaged, [['b', '2']]])
    await compact()
    expect(baseOffsets([await readAll(log())])).toEqual([0, 1, 3, 4])
  })

  it('does nothing where old segments are only deleted', async () => {
    await fill([[['a', '1']], [['a', '2']]], { cleanupPolicy: ['delete'] })
    await compact()
    expect(await recordsOf(log())).toHaveLength(3)
    log().configure(compacted)
    await compact()
    expect(await recordsOf(log())).toHaveLength(2)
  })

  it('takes appends and reads meanwhile', async () => {
    await fill(Array.from({ length: 30 }, (_, i) => [[`k${i % 3}`, `${i}`]] as const))
    const work = compact()
    for (let i = 30; i < 50; i++) {
      await log().append(keyedBatch([[`k${i % 3}`, `${i}`]]), 'durable')
      const records = await recordsOf(log())
      for (const key of ['k0', 'k1', 'k2']) {
        expect(records.some(record => record.includes(` ${key}=`))).toBe(true)
      }
    }
    await work
    await compact()
    const values = (await recordsOf(log())).map(record => record.split('=')[1])
    expect(values.filter(value => value !== '.')).toEqual(['46', '47', '48', '49'])
  })
}
