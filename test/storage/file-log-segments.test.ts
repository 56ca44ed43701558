import { describe, expect, it } from 'vitest'
import type { LogConfig } from '../../storage/partition-log.ts'
import type { DiskDirectory } from '../doubles/faulty-disk.ts'
import { batchAt, batchOf, largeSegments, readFrom, smallSegments, topicId } from './batches.ts'
import {
  crash,
  fileIn,
  fileNames,
  openOnDisk,
  overwrite,
  partitionDirectory,
  resize,
} from './file-log-fixture.ts'

function segments(root: DiskDirectory): number[] {
  return fileNames(root)
    .filter(name => name.endsWith('.log'))
    .map(name => parseInt(name, 10))
}

async function segmentsAfter(config: Partial<LogConfig>, batches: Buffer[]): Promise<number[]> {
  const { log, root } = await openOnDisk({ config: { ...largeSegments, ...config } })
  for (const batch of batches) await log.append(batch, 'durable')
  return segments(root)
}

const size = batchOf(1, 100).length

describe('a segment is rolled (Kafka: LogSegment.shouldRoll)', () => {
  const four = (): Buffer[] => Array.from({ length: 4 }, () => batchOf(1, 100))

  it('before it grows past segment.bytes', async () => {
    expect(await segmentsAfter({ segmentBytes: 2 * size }, four())).toEqual([0, 2])
    expect(await segmentsAfter({ segmentBytes: 2 * size - 1 }, four())).toEqual([0, 1, 2, 3])
    expect(await segmentsAfter({ segmentBytes: 1 }, four())).toEqual([0, 1, 2, 3])
  })

  it('when records are more than segment.ms younger than the first one', async () => {
    const batches = [1000, 1500, 2000, 2001, 3001, 3002].map(timestamp => batchAt([timestamp]))
    expect(await segmentsAfter({ segmentMs: 1000 }, batches)).toEqual([0, 3, 5])
  })

  it('earlier by up to segment.jitter.ms, for each segment anew', async () => {
    const limits: number[] = []
    const jitters = [300, 0, 999]
    const randomBelow = (limit: number): number => {
      limits.push(limit)
      return jitters.shift() ?? 0
    }
    const config = { ...largeSegments, segmentMs: 1000, segmentJitterMs: 5000 }
    const { log, root } = await openOnDisk({ config, randomBelow })
    for (const timestamp of [0, 700, 701, 1701, 1702, 1703, 1704]) {
      await log.append(batchAt([timestamp]), 'durable')
    }
    expect(segments(root)).toEqual([0, 2, 4, 6])
    expect(new Set(limits)).toEqual(new Set([1000]))
  })

  it('by the clock when the first record has no time', async () => {
    let nowMs = 0
    const config = { ...largeSegments, segmentMs: 1000 }
    const { log, root } = await openOnDisk({ config, now: () => nowMs })
    for (nowMs of [0, 1000, 1001, 1500]) await log.append(batchAt([-1]), 'durable')
    expect(segments(root)).toEqual([0, 2])
  })

  it('when an index is full', async () => {
    const config = { indexIntervalBytes: 0, segmentIndexBytes: 36 }
    // Four entries fit into the offset index, and two into the time index, which keeps one free.
    const still = Array.from({ length: 8 }, () => batchAt([5]))
    expect(await segmentsAfter(config, still)).toEqual([0, 5])
    const rising = Array.from({ length: 8 }, (_, i) => batchAt([i]))
    expect(await segmentsAfter(config, rising)).toEqual([0, 3, 6])
  })

  it('when offsets are too far from its base (LogSegmentOffsetOverflowException)', async () => {
    const wide = (): Buffer => {
      const batch = batchOf(1)
      batch.writeInt32BE(2 ** 31 - 1, 23)
      return batch
    }
    expect(await segmentsAfter({}, [wide(), wide(), batchOf(1)])).toEqual([0, 2 ** 31, 2 ** 32])
  })

  it('with new settings from the next append on', async () => {
    const { log, root } = await openOnDisk()
    for (const batch of four()) await log.append(batch, 'durable')
    log.configure({ ...largeSegments, segmentBytes: 1 })
    await log.append(batchOf(1), 'durable')
    expect(segments(root)).toEqual([0, 4])
  })

  it('while appends wait, and no batch is split', async () => {
    const config = { ...largeSegments, segmentBytes: 100_000 }
    const { log, root } = await openOnDisk({ config })
    await Promise.all(Array.from({ length: 20 }, () => log.append(batchOf(1, 30_000), 'durable')))
    expect(segments(root)).toEqual([0, 3, 6, 9, 12, 15, 18])
  })

  it('and in os mode synced behind it, with a checkpoint', async () => {
    const disk = await openOnDisk({ durability: 'os', config: smallSegments })
    for (let i = 0; i < 5; i++) await disk.log.append(batchOf(1, 200), 'durable')
    await disk.log.close()
    const after = await crash(disk, 'power loss', { durability: 'os' })
    expect(after.log.endOffset).toBeGreaterThanOrEqual(0)
    expect(after.truncated).toBe(false)
  })
})

describe('an index is a cache (Kafka: LogSegment.sanityCheck)', () => {
  const config = { ...largeSegments, indexIntervalBytes: 300 }

  async function closedLog() {
    const disk = await openOnDisk({ config: { ...config, segmentBytes: 5000 } })
    for (let i = 0; i < 100; i++) await disk.log.append(batchAt([i, i * 10]), 'durable')
    await disk.log.close()
    return disk
  }

  it.each(['index', 'timeindex'])('.%s: missing, short, empty, zeroed or nonsense', async kind => {
    const name = `00000000000000000000.${kind}`
    const entryBytes = kind === 'index' ? 8 : 12
    const whole = fileIn((await closedLog()).root, name).bytes
    const damages: [string, (root: DiskDirectory) => void][] = [
      ['missing', root => partitionDirectory(root).entries.delete(name)],
      ['short by an entry', root => resize(root, name, whole.length - entryBytes)],
      ['short by a byte', root => resize(root, name, whole.length - 1)],
      ['empty', root => resize(root, name, 0)],
      ['zeros', root => overwrite(root, name, 0, Buffer.alloc(whole.length))],
      ['ones', root => overwrite(root, name, 0, Buffer.alloc(whole.length, 0xff))],
      ['longer', root => resize(root, name, whole.length + 100)],
    ]
    for (const [damage, apply] of damages) {
      const disk = await closedLog()
      apply(disk.root)
      const after = await crash(disk, 'kill', { config })
      for (const from of [0, 33, 70, 111, 199]) {
        expect((await readFrom(after.log, from))[0], damage).toBe(from - (from % 2))
      }
      expect(await after.log.offsetForTimestamp(333), damage).toEqual({
        offset: 69,
        timestamp: 340,
      })
      expect(after.log.failure, damage).toBeUndefined()
      const rebuilt = fileIn(after.root, name).bytes.subarray(0, whole.length)
      expect(rebuilt.equals(whole), damage).toBe(true)
    }
  })

  it('with positions that are no batches: it is built anew', async () => {
    const disk = await closedLog()
    const name = '00000000000000000000.index'
    const shifted = Buffer.from(fileIn(disk.root, name).bytes)
    for (let at = 4; at < shifted.length; at += 8) {
      shifted.writeInt32BE(shifted.readInt32BE(at) + 1, at)
    }
    overwrite(disk.root, name, 0, shifted)
    const after = await crash(disk, 'kill', { config })
    expect(await readFrom(after.log, 41)).toContain(40)
    expect(after.log.failure).toBeUndefined()
  })

  it.each([
    ['offsets', 8, 2],
    ['offsets beyond the end', 8, 1000],
    ['times', 4, -200],
  ])('with other times than the batches have (%s): it is built anew', async (_, field, by) => {
    const disk = await closedLog()
    const name = '00000000000000000000.timeindex'
    const shifted = Buffer.from(fileIn(disk.root, name).bytes)
    for (let at = field; at < shifted.length; at += 12) {
      shifted.writeInt32BE(Math.max(0, shifted.readInt32BE(at) + by), at)
    }
    overwrite(disk.root, name, 0, shifted)
    const after = await crash(disk, 'kill', { config })
    for (const ms of [5, 100, 333]) {
      const first = Math.ceil(ms / 10)
      const expected = { offset: 2 * first + 1, timestamp: 10 * first }
      expect(await after.log.offsetForTimestamp(ms)).toEqual(expected)
    }
  })

  it('of the segment that is written to: it is built anew while appends go on', async () => {
    const disk = await openOnDisk({ config })
    for (let i = 0; i < 100; i++) await disk.log.append(batchAt([i, i * 10]), 'durable')
    await disk.log.close()
    partitionDirectory(disk.root).entries.delete('00000000000000000000.index')
    const { log } = await crash(disk, 'kill', { config })
    const appended = Array.from({ length: 50 }, () => log.append(batchAt([1, 2]), 'durable'))
    expect((await readFrom(log, 101))[0]).toBe(100)
    await Promise.all(appended)
    for (let from = 0; from < 300; from += 7) {
      expect((await readFrom(log, from))[0]).toBe(from - (from % 2))
    }
  })
})

describe('a read costs', () => {
  it('one system call when it goes on where the last one ended', async () => {
    const { log, count } = await openOnDisk()
    for (let i = 0; i < 200; i++) await log.append(batchOf(1, 1000), 'durable')
    await readFrom(log, 0)
    let from = 0
    for (let i = 0; i < 10; i++) {
      const [batches] = await log.read(from, 10_000, Infinity)
      from = Number(batches!.readBigInt64BE(0)) + Math.floor(batches!.length / 1000)
      if (i === 0) count('read')
    }
    expect(count('read')).toBe(9)
  })

  it.each([100, 1000, 50_000])('two anywhere else (batches of %i bytes)', async bytes => {
    const disk = await openOnDisk({ config: { ...largeSegments, segmentBytes: 2 ** 30 } })
    for (let i = 0; i < 100; i++) await disk.log.append(batchOf(1, bytes), 'durable')
    await disk.log.close()
    const { log, count } = await crash(disk)
    await log.read(3, 1000, Infinity)
    for (const from of [75, 20, 99, 50]) {
      count('read')
      await log.read(from, 60_000, Infinity)
      expect(count('read')).toBeLessThanOrEqual(2)
    }
  })

  it('nothing at the end of the log', async () => {
    const { log, count } = await openOnDisk()
    await log.append(batchOf(1), 'durable')
    count('read')
    expect(await log.read(1, 1000, Infinity)).toEqual([])
    expect(count('read')).toBe(0)
  })
})

describe('files', () => {
  it('of old segments are opened at need, and not too many', async () => {
    const { log, fs } = await openOnDisk({ config: smallSegments, maxOpenFiles: 10 })
    for (let i = 0; i < 100; i++) await log.append(batchOf(1, 200), 'durable')
    const offsets = Array.from({ length: 100 }, (_, i) => i)
    const reads = offsets.map(async from => {
      await log.read(from, 1, Infinity)
      // One more is that of a checkpoint, while it is written.
      expect(fs.machine.openFiles).toBeLessThanOrEqual(11)
    })
    await Promise.all(reads)
    await log.close()
    expect(fs.machine.openFiles).toBe(0)
  })

  it('of trimmed segments are removed, under a reader too', async () => {
    const { log, root } = await openOnDisk({ config: smallSegments })
    for (let i = 0; i < 10; i++) await log.append(batchOf(1, 200), 'durable')
    const reading = log.read(3, 1_000_000, Infinity)
    await log.trim(7)
    expect(await reading.catch((error: unknown) => error)).toSatisfy(
      result => result instanceof RangeError || Array.isArray(result),
    )
    expect(segments(root)).toEqual([7, 8, 9])
    expect(fileNames(root).every(name => /^0+[789]\.|^checkpoint$/.test(name))).toBe(true)
  })

  it('lie in a directory that a name of 249 characters fits into', async () => {
    const { store, root } = await openOnDisk()
    const topic = 't'.repeat(249)
    const id = { topic, topicId, partition: 2 ** 31 - 1 }
    const { log } = await store.open(id, largeSegments)
    await log.append(batchOf(1), 'durable')
    await log.close()
    await store.delete(topicId)
    const names = [...(root.entries.get('logs') as DiskDirectory).entries.keys()]
    expect(names.every(name => name.length + '-delete'.length < 255)).toBe(true)
  })

  it.each(['../escape', '', 'a/b'])('never lie outside: topic name %j', async topic => {
    const { store } = await openOnDisk()
    const opened = async () => store.open({ topic, topicId, partition: 0 }, largeSegments)
    await expect(opened()).rejects.toThrow(RangeError)
  })

  it('of a deletion that was interrupted go at the next start', async () => {
    const state = { isArmed: false }
    const disk = await openOnDisk({
      fail: (operation, path) =>
        state.isArmed && operation === 'unlink' && path.includes('-delete') ? 'EIO' : undefined,
    })
    await disk.log.append(batchOf(1), 'durable')
    await disk.log.close()
    state.isArmed = true
    await expect(disk.store.delete(topicId)).rejects.toThrow('EIO')
    const after = await crash(disk, 'power loss')
    expect(after.log.endOffset).toBe(0)
    const logs = after.root.entries.get('logs') as DiskDirectory
    expect([...logs.entries.keys()]).toEqual([])
  })
})
