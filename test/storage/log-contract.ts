/** What every kind of log must do; each backend runs all of it. */
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { crcMatches } from '../../protocol/record-batch.ts'
import { encodeBatch } from '../../protocol/records.ts'
import {
  StorageError,
  type LogConfig,
  type LogStore,
  type PartitionLog,
} from '../../storage/partition-log.ts'
import {
  baseOffsets,
  batchAt,
  batchOf,
  largeSegments,
  readAll,
  readFrom,
  smallSegments,
  split,
  topicId,
} from './batches.ts'
import { compactionTests } from './log-compaction-contract.ts'
import { retentionTests } from './log-retention-contract.ts'
import { transactionTests } from './log-transactions-contract.ts'

export interface LogBackend {
  /** Opens the store, over the same data each time. */
  openStore(): Promise<LogStore>
  dispose(): Promise<void>
}

export function describeLog(name: string, createBackend: () => Promise<LogBackend>): void {
  describe(`a log ${name}`, () => {
    let backend: LogBackend
    let store: LogStore
    let log: PartitionLog

    const open = async (config = largeSegments, partition = 0): Promise<PartitionLog> =>
      (await store.open({ topic: 'orders', topicId, partition }, config)).log

    const reopen = async (config = largeSegments): Promise<{ truncated: boolean }> => {
      await log.close()
      await store.close()
      store = await backend.openStore()
      const opened = await store.open({ topic: 'orders', topicId, partition: 0 }, config)
      log = opened.log
      return opened
    }

    beforeEach(async () => {
      backend = await createBackend()
      store = await backend.openStore()
      log = await open()
    })

    afterEach(async () => {
      await log.close()
      await store.close()
      await backend.dispose()
    })

    const context: LogContext = {
      log: () => log,
      store: () => store,
      open,
      reopen,
      useSmallSegments: () => context.useConfig(smallSegments),
      useConfig: async config => {
        await log.close()
        log = await open(config)
      },
    }
    describe('append', () => appendTests(context))
    describe('read', () => readTests(context))
    describe('offsetForTimestamp', () => timestampTests(context))
    describe('trim', () => trimTests(context))
    describe('retain', () => retentionTests(context))
    describe('compact', () => compactionTests(context))
    describe('compact, with transactions', () => transactionTests(context))
    describe('open, close and delete', () => lifeTests(context))
  })
}

export interface LogContext {
  log(): PartitionLog
  store(): LogStore
  open(config?: typeof largeSegments, partition?: number): Promise<PartitionLog>
  reopen(config?: typeof largeSegments): Promise<{ truncated: boolean }>
  useSmallSegments(): Promise<void>
  useConfig(config: LogConfig): Promise<void>
}

function appendTests({ log, open, reopen, useSmallSegments }: LogContext): void {
  it('numbers records in call order, without gaps', async () => {
    const appended = [batchOf(3), batchOf(1), batchOf(2)].map(b => log().append(b, 'durable'))
    expect(log().endOffset).toBe(6)
    expect(await Promise.all(appended)).toEqual([
      { baseOffset: 0 },
      { baseOffset: 3 },
      { baseOffset: 4 },
    ])
    expect(await readFrom(log(), 0)).toEqual([0, 3, 4])
  })

  it('counts bytes, also those of an earlier life', async () => {
    expect(log().sizeBytes).toBe(0)
    const batch = batchOf(3)
    const { length } = batch
    await log().append(batch, 'durable')
    await log().append(batchOf(3), 'durable')
    expect(log().sizeBytes).toBe(2 * length)
    await reopen()
    expect(log().sizeBytes).toBe(2 * length)
  })

  it('takes several batches in one buffer', async () => {
    await log().append(batchOf(1), 'durable')
    const batches = Buffer.concat([batchOf(2), batchOf(5), batchOf(1)])
    expect(await log().append(batches, 'durable')).toEqual({ baseOffset: 1 })
    expect(log().endOffset).toBe(9)
    expect(await readFrom(log(), 0)).toEqual([0, 1, 3, 8])
  })

  it('changes the base offset and nothing else (Kafka: DefaultRecordBatch)', async () => {
    await log().append(batchOf(4), 'durable')
    const batch = batchOf(2, 50)
    const before = Buffer.from(batch)
    await log().append(batch, 'durable')
    const [stored] = await log().read(4, 1, Infinity)
    expect(stored!.readBigInt64BE(0)).toBe(4n)
    expect(stored!.subarray(8).equals(before.subarray(8))).toBe(true)
    expect(crcMatches(stored!)).toBe(true)
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a part of a batch', batchOf(2).subarray(0, 70)],
    ['a batch and a part of one', Buffer.concat([batchOf(1), batchOf(2).subarray(0, 70)])],
  ])('refuses %s, and goes on', async (_, bytes) => {
    await expect(log().append(bytes, 'durable')).rejects.toThrow(RangeError)
    expect(log().endOffset).toBe(0)
    expect(await log().append(batchOf(1), 'durable')).toEqual({ baseOffset: 0 })
  })

  it.each(['written', 'durable'] as const)('moves durableOffset, %s or not', async until => {
    const moves: number[] = []
    const moved = new Promise<void>(resolve => {
      log().onProgress = () => {
        moves.push(log().durableOffset)
        if (log().durableOffset === 3) resolve()
      }
    })
    const appended = log().append(batchOf(3), until)
    expect(moves).toEqual([])
    await appended
    if (until === 'durable') expect(moves.at(-1)).toBe(3)
    await moved
    expect(log().durableOffset).toBe(3)
  })

  it('resolves in call order', async () => {
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        await log().append(batchOf(1, 1 + ((i * 7919) % 40_000)), 'durable')
        order.push(i)
      }),
    )
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })

  it('keeps logs apart', async () => {
    const other = await open(largeSegments, 1)
    await Promise.all([
      log().append(batchOf(3, 30, 'a'), 'durable'),
      other.append(batchOf(1, 10, 'b'), 'durable'),
      log().append(batchOf(1, 10, 'c'), 'durable'),
    ])
    expect([log().endOffset, other.endOffset]).toEqual([4, 1])
    expect((await readAll(other)).includes('bbbb')).toBe(true)
    expect((await readAll(log())).includes('bbbb')).toBe(false)
    await other.close()
  })

  it('takes a batch that is larger than a segment', async () => {
    await useSmallSegments()
    for (const bytes of [10, 5000, 10, 10]) await log().append(batchOf(1, bytes), 'durable')
    expect(baseOffsets([await readAll(log())])).toEqual([0, 1, 2, 3])
  })
}

function readTests({ log, useSmallSegments }: LogContext): void {
  it('begins with the batch that contains the offset (Kafka: LogSegment.read)', async () => {
    for (const count of [3, 4, 2]) await log().append(batchOf(count), 'durable')
    const offsets = []
    for (let from = 0; from <= 9; from++) offsets.push((await readFrom(log(), from))[0])
    expect(offsets).toEqual([0, 0, 0, 3, 3, 3, 3, 7, 7, undefined])
  })

  it('returns whole batches up to maxBytes, and at least one', async () => {
    for (let i = 0; i < 5; i++) await log().append(batchOf(1, 100), 'durable')
    const size = batchOf(1, 100).length
    for (const [maxBytes, count] of [
      [0, 1],
      [1, 1],
      [2 * size - 1, 1],
      [2 * size, 2],
      [3 * size + 1, 3],
      [100 * size, 5],
    ] as const) {
      expect(split(await log().read(0, maxBytes, Infinity)).length).toBe(count)
    }
  })

  it('returns a first batch that is larger than maxBytes', async () => {
    await log().append(batchOf(1, 300_000), 'durable')
    await log().append(batchOf(1), 'durable')
    expect(baseOffsets(await log().read(0, 1000, Infinity))).toEqual([0])
    expect(baseOffsets(await log().read(1, 1000, Infinity))).toEqual([1])
  })

  it('leaves out what begins at the limit or above', async () => {
    for (const count of [3, 3, 3]) await log().append(batchOf(count), 'durable')
    const upTo = async (limit: number): Promise<number[]> =>
      baseOffsets(await log().read(0, 1_000_000, limit))
    expect(await upTo(0)).toEqual([])
    expect(await upTo(1)).toEqual([0])
    expect(await upTo(3)).toEqual([0])
    expect(await upTo(4)).toEqual([0, 3])
    expect(await upTo(9)).toEqual([0, 3, 6])
  })

  it('refuses offsets that are not in the log', async () => {
    await log().append(batchOf(3), 'durable')
    for (const from of [-1, 4, NaN]) {
      await expect(log().read(from, 100, Infinity)).rejects.toThrow(RangeError)
    }
    expect(await log().read(3, 100, Infinity)).toEqual([])
  })

  it.each([1, 200, 1000, 1_000_000])('returns everything, %i bytes at a time', async maxBytes => {
    await useSmallSegments()
    const batches = Array.from({ length: 40 }, (_, i) => batchOf(1 + (i % 3), 3 + i * 5))
    for (const batch of batches) await log().append(batch, 'durable')
    expect((await readAll(log(), maxBytes)).equals(Buffer.concat(batches))).toBe(true)
  })

  it('finds each offset of many segments', async () => {
    await useSmallSegments()
    for (let i = 0; i < 40; i++) await log().append(batchOf(3, 100), 'durable')
    for (let from = 119; from >= 0; from--) {
      expect((await readFrom(log(), from))[0]).toBe(from - (from % 3))
    }
  })

  it('goes on while others append, and never sees a part of a batch', async () => {
    const batches = Array.from({ length: 300 }, (_, i) => batchOf(2, 10 + ((i * 7919) % 30_000)))
    const appended = Promise.all(batches.map(batch => log().append(batch, 'durable')))
    const read: Buffer[] = []
    let from = 0
    while (from < 600) {
      const found = split(await log().read(from, 100_000, Infinity))
      read.push(...found)
      from += 2 * found.length
      if (found.length === 0) await setImmediate()
    }
    await appended
    expect(Buffer.concat(read).equals(Buffer.concat(batches))).toBe(true)
  })
}

function timestampTests({ log, reopen, useSmallSegments }: LogContext): void {
  it.each([
    ['uncompressed', 0],
    ['gzip', 1],
    ['snappy', 2],
    ['lz4', 3],
    ['zstd', 4],
  ])('finds the first record at a time or later (%s)', async (_, compression) => {
    for (const timestamps of [[100, 110, 120], [130], [140, 135, 150]]) {
      await log().append(batchAt(timestamps, { compression }), 'durable')
    }
    expect(await log().offsetForTimestamp(0)).toEqual({ offset: 0, timestamp: 100 })
    expect(await log().offsetForTimestamp(110)).toEqual({ offset: 1, timestamp: 110 })
    expect(await log().offsetForTimestamp(111)).toEqual({ offset: 2, timestamp: 120 })
    expect(await log().offsetForTimestamp(131)).toEqual({ offset: 4, timestamp: 140 })
    expect(await log().offsetForTimestamp(150)).toEqual({ offset: 6, timestamp: 150 })
    expect(await log().offsetForTimestamp(151)).toBeUndefined()
  })

  it('goes by offset where times go back', async () => {
    await useSmallSegments()
    const timestamps = [50, 500, 20, 90, 500, 10, 700, 30, 40, 650, 5, 5, 5, 5, 800]
    for (const timestamp of timestamps) await log().append(batchAt([timestamp]), 'durable')
    for (let ms = 0; ms <= 810; ms += 5) {
      const offset = timestamps.findIndex(timestamp => timestamp >= ms)
      const expected = offset < 0 ? undefined : { offset, timestamp: timestamps[offset]! }
      expect(await log().offsetForTimestamp(ms)).toEqual(expected)
    }
  })

  it('takes the time of the batch where the broker has set it', async () => {
    const batch = batchAt([100, 300], { timestampType: 'LogAppendTime' })
    await log().append(batch, 'durable')
    expect(await log().offsetForTimestamp(200)).toEqual({ offset: 0, timestamp: 300 })
  })

  it('finds nothing in records without a time', async () => {
    await log().append(batchAt([-1, -1]), 'durable')
    expect(log().maxTimestamp).toBe(-1)
    expect(await log().offsetForTimestamp(0)).toBeUndefined()
  })

  it('knows the largest of all timestamps', async () => {
    expect(log().maxTimestamp).toBe(-1)
    await useSmallSegments()
    for (const timestamp of [5, 900, 20, 30, 40, 50]) {
      await log().append(batchAt([timestamp, timestamp - 1]), 'durable')
    }
    expect(log().maxTimestamp).toBe(900)
    await reopen(smallSegments)
    expect(log().maxTimestamp).toBe(900)
    expect(await log().offsetForTimestamp(900)).toEqual({ offset: 2, timestamp: 900 })
    await log().trim(11)
    expect(log().maxTimestamp).toBe(50)
  })

  it('bears a timestamp that no number holds', async () => {
    const batch = encodeBatch({ records: [{ timestamp: Infinity, key: null, value: null }] })
    await log().append(batch, 'durable')
    expect(log().maxTimestamp).toBe(Number.MAX_SAFE_INTEGER)
    expect((await log().offsetForTimestamp(log().maxTimestamp))?.offset).toBe(0)
  })
}

function trimTests({ log, reopen, useSmallSegments }: LogContext): void {
  it('waits before it takes records away, and only then', async () => {
    for (const count of [1, 1, 1]) await log().append(batchOf(count), 'durable')
    const { promise, resolve } = Promise.withResolvers<void>()
    let calls = 0
    log().beforeRemoval = () => {
      calls++
      return promise
    }
    await log().trim(0)
    expect(calls).toBe(0)
    const trims = [log().trim(2), log().trim(1)]
    expect([calls, log().startOffset]).toEqual([2, 0])
    resolve()
    await Promise.all(trims)
    expect(log().startOffset).toBe(2)
  })

  it('moves the start offset, also into the middle of a batch', async () => {
    for (const count of [3, 3, 3]) await log().append(batchOf(count), 'durable')
    await log().trim(4)
    expect([log().startOffset, log().endOffset]).toEqual([4, 9])
    expect(await readFrom(log(), 4)).toEqual([3, 6])
    await expect(log().read(3, 100, Infinity)).rejects.toThrow(RangeError)
  })

  it('does nothing at or below the start offset', async () => {
    await log().append(batchOf(5), 'durable')
    await log().trim(3)
    await log().trim(2)
    await log().trim(3)
    expect(log().startOffset).toBe(3)
  })

  it('refuses what lies beyond the end', async () => {
    await log().append(batchOf(5), 'durable')
    await expect(log().trim(6)).rejects.toThrow(RangeError)
    expect(log().startOffset).toBe(0)
  })

  it('goes up to the end, where appends go on', async () => {
    await useSmallSegments()
    for (let i = 0; i < 10; i++) await log().append(batchOf(3, 60), 'durable')
    await log().trim(30)
    await reopen(smallSegments)
    expect([log().startOffset, log().endOffset]).toEqual([30, 30])
    expect(await log().append(batchOf(1), 'durable')).toEqual({ baseOffset: 30 })
    expect(await readFrom(log(), 30)).toEqual([30])
  })

  it('stays after closing', async () => {
    await useSmallSegments()
    for (let i = 0; i < 20; i++) await log().append(batchOf(3, 60), 'durable')
    await log().trim(40)
    await reopen(smallSegments)
    expect([log().startOffset, log().endOffset]).toEqual([40, 60])
    expect((await readFrom(log(), 40))[0]).toBe(39)
  })

  it('hides records from the search by time', async () => {
    await log().append(batchAt([10, 20, 30]), 'durable')
    await log().trim(1)
    expect(await log().offsetForTimestamp(5)).toEqual({ offset: 1, timestamp: 20 })
  })
}

function lifeTests({ log, store, open, reopen, useSmallSegments }: LogContext): void {
  it('keeps everything over a close', async () => {
    await useSmallSegments()
    const batches = Array.from({ length: 20 }, (_, i) => batchOf(1 + (i % 4), 4 + i * 10))
    for (const batch of batches) await log().append(batch, 'durable')
    const { endOffset } = log()
    expect((await reopen(smallSegments)).truncated).toBe(false)
    expect([log().startOffset, log().endOffset]).toEqual([0, endOffset])
    expect(log().durableOffset).toBe(endOffset)
    expect((await readAll(log(), 100)).equals(Buffer.concat(batches))).toBe(true)
    expect(await log().append(batchOf(1), 'durable')).toEqual({ baseOffset: endOffset })
  })

  it('stores how far it is whole while others append and read', async () => {
    await useSmallSegments()
    const appends = Array.from({ length: 20 }, () => log().append(batchOf(1, 200), 'written'))
    const checkpoint = log().checkpoint()
    const more = Array.from({ length: 20 }, () => log().append(batchOf(1, 200), 'durable'))
    await appends[0]
    expect((await readFrom(log(), 0))[0]).toBe(0)
    await Promise.all([...appends, checkpoint, ...more])
    await log().checkpoint()
    expect([log().startOffset, log().durableOffset, log().endOffset]).toEqual([0, 40, 40])
    await log().close()
    await expect(log().checkpoint()).rejects.toThrow(StorageError)
    await reopen(smallSegments)
    expect([log().startOffset, log().endOffset]).toEqual([0, 40])
  })

  it('finishes what is pending before it closes, and takes nothing more', async () => {
    const appended = [1, 2, 3].map(count => log().append(batchOf(count, 30_000), 'written'))
    const closed = log().close()
    await expect(log().append(batchOf(1), 'durable')).rejects.toThrow(StorageError)
    await closed
    expect(await Promise.all(appended)).toHaveLength(3)
    await expect(log().read(0, 1, Infinity)).rejects.toThrow(StorageError)
    await log().close()
    await reopen()
    expect(log().endOffset).toBe(6)
  })

  it('deletes a topic, and begins anew under the same name and another id', async () => {
    await log().append(batchOf(5), 'durable')
    const otherId = 'othertopicothertopic12'
    const id = { topic: 'orders', topicId: otherId, partition: 0 }
    const second = (await store().open(id, largeSegments)).log
    expect(second.endOffset).toBe(0)
    await second.append(batchOf(1), 'durable')
    await log().close()
    await store().delete(topicId)
    expect(await readFrom(second, 0)).toEqual([0])
    await second.close()
    await store().delete('nosuchtopicnosuchtopic')
    const again = await open()
    expect([again.startOffset, again.endOffset]).toEqual([0, 0])
    await again.close()
    const kept = (await store().open(id, largeSegments)).log
    expect(kept.endOffset).toBe(1)
    await kept.close()
  })

  it('deletes all partitions of a topic', async () => {
    const second = await open(largeSegments, 1)
    await second.append(batchOf(1), 'durable')
    await log().append(batchOf(1), 'durable')
    await Promise.all([log().close(), second.close()])
    await store().delete(topicId)
    const logs = await Promise.all([open(largeSegments, 0), open(largeSegments, 1)])
    expect(logs.map(({ endOffset }) => endOffset)).toEqual([0, 0])
    await Promise.all(logs.map(each => each.close()))
  })
}
