import { describe, expect, it } from 'vitest'
import { cleanableRange, groupSegments } from '../../storage/compaction.ts'
import { KeyMap } from '../../storage/key-map.ts'
import type { LogConfig } from '../../storage/partition-log.ts'
import { mustRollBefore, type SegmentFacts } from '../../storage/segments.ts'
import { compacted } from './log-compaction-contract.ts'

const minute = 60_000

/** Segments of 10 offsets and 100 bytes each; the last one is written to. */
function segments(...latest: number[]): SegmentFacts[] {
  return latest.map((maxTimestamp, i) => {
    const firstTimestamp = maxTimestamp < 0 ? -1 : maxTimestamp
    const baseOffset = 10 * i
    const times = { openedMs: 500, modifiedMs: 700 }
    return {
      baseOffset,
      nextOffset: baseOffset + 10,
      bytes: 100,
      firstTimestamp,
      maxTimestamp,
      rollJitterMs: 0,
      ...times,
    }
  })
}

interface Now {
  cleanedTo?: number
  stableOffset?: number
  nowMs?: number
  config?: Partial<LogConfig>
}

function range(list: SegmentFacts[], options: Now = {}): [number, number] | undefined {
  const { cleanedTo = 0, stableOffset = Infinity, nowMs = minute, config } = options
  const state = { cleanedTo, stableOffset }
  const found = cleanableRange(list, state, { ...compacted, ...config }, nowMs)
  return found && [found.firstDirtyOffset, found.endOffset]
}

describe('what is cleanable (Kafka: LogCleanerManager.cleanableOffsets)', () => {
  it('is what lies before the active segment, from where it was cleaned last', () => {
    expect(range(segments(1, 2, 3, 4))).toEqual([0, 30])
    expect(range(segments(1, 2, 3, 4), { cleanedTo: 20 })).toEqual([20, 30])
    expect(range(segments(1, 2, 3, 4), { cleanedTo: 14 })).toEqual([14, 30])
    expect(range(segments(1, 2, 3, 4), { cleanedTo: 30 })).toBeUndefined()
    expect(range(segments(1))).toBeUndefined()
    expect(range(segments(1, 2, 3).slice(1), { cleanedTo: 5 })).toEqual([10, 20])
  })

  it('ends with the last segment that is stable as a whole', () => {
    const ends = [30, 29, 20, 19, 10].map(stableOffset => {
      return range(segments(1, 2, 3, 4), { stableOffset })?.[1]
    })
    expect(ends).toEqual([30, 20, 20, 10, 10])
    expect(range(segments(1, 2, 3, 4), { stableOffset: 9 })).toBeUndefined()
  })

  it('ends before the first segment with a record within min.compaction.lag.ms', () => {
    const config = { minCompactionLagMs: 1000 }
    const list = segments(1, minute - 1000, minute - 999, 5, 6)
    expect(range(list, { config })).toEqual([0, 20])
    expect(range(list, { config, cleanedTo: 30 })).toEqual([30, 40])
    // Without timestamps the clock counts.
    expect(range(segments(-1, 5), { config, nowMs: 1700 })).toEqual([0, 10])
    expect(range(segments(-1, 5), { config, nowMs: 1699 })).toBeUndefined()
  })

  it('is worth it above min.cleanable.dirty.ratio', () => {
    const config = { minCleanableDirtyRatio: 0.5 }
    const list = segments(1, 2, 3, 4, 5)
    expect(range(list, { config, cleanedTo: 10 })).toEqual([10, 40])
    expect(range(list, { config, cleanedTo: 20 })).toBeUndefined()
    expect(range(list, { config: { minCleanableDirtyRatio: 1 } })).toBeUndefined()
  })

  it('must be done past max.compaction.lag.ms, whatever the ratio', () => {
    const config = { minCleanableDirtyRatio: 0.5, maxCompactionLagMs: 1000 }
    const list = segments(1, 2, minute - 1001, 4)
    expect(range(list, { config, cleanedTo: 20 })).toEqual([20, 30])
    expect(range(list, { config, cleanedTo: 20, nowMs: minute - 1 })).toBeUndefined()
    const unknown = segments(1, 2, -1, 4)
    expect(range(unknown, { config, cleanedTo: 20 })).toBeUndefined()
  })

  it('is nothing where the policy is another', () => {
    expect(range(segments(1, 2), { config: { cleanupPolicy: ['delete'] } })).toBeUndefined()
  })
})

describe('an active segment', () => {
  it('is left past max.compaction.lag.ms, if it is compacted (LogConfig.maxSegmentMs)', () => {
    const [segment] = segments(1000)
    const append = { bytes: 1, lastOffset: 10, maxTimestamp: 3001 }
    const config = { ...compacted, segmentMs: 5000, maxCompactionLagMs: 2000 }
    expect(mustRollBefore(append, segment!, 0, config, 0)).toBe(true)
    expect(mustRollBefore({ ...append, maxTimestamp: 3000 }, segment!, 0, config, 0)).toBe(false)
    const kept = { ...config, cleanupPolicy: ['delete'] }
    expect(mustRollBefore(append, segment!, 0, kept, 0)).toBe(false)
  })
})

describe('segments are merged (Kafka: Cleaner.groupSegmentsBySize)', () => {
  const plain = { bytes: 100, offsetIndexBytes: 8, timeIndexBytes: 12 }
  const limits = { segmentBytes: 300, segmentIndexBytes: 1000 }

  function groups(changes: Partial<typeof plain & SegmentFacts>[], limit = limits): number[][] {
    const list = changes.map((change, i) => {
      return { ...plain, baseOffset: 10 * i, nextOffset: 10 * i + 10, ...change }
    })
    return groupSegments(list, limit).map(group => group.map(({ baseOffset }) => baseOffset))
  }

  it('up to segment.bytes; a larger one stays alone', () => {
    expect(groups([{}, {}, {}, {}])).toEqual([[0, 10, 20], [30]])
    expect(groups([{ bytes: 301 }, {}, { bytes: 201 }])).toEqual([[0], [10], [20]])
  })

  it('up to segment.index.bytes of each index', () => {
    expect(groups([{}, {}, {}], { ...limits, segmentIndexBytes: 24 })).toEqual([[0, 10], [20]])
  })

  it('while their offsets fit into an index', () => {
    const far = 2 ** 31
    expect(groups([{}, { nextOffset: far }])).toEqual([[0, 10]])
    expect(groups([{}, { nextOffset: far + 1 }])).toEqual([[0], [10]])
  })
})

describe('the map of keys', () => {
  const key = (n: number): Buffer => Buffer.from(`key ${n}`)

  it('knows the latest offset of each key', () => {
    const map = new KeyMap(1000, 1_000_000)
    for (let i = 0; i < 3000; i++) expect(map.put(key(i % 1000), i)).toBe(true)
    for (let i = 0; i < 1000; i++) expect(map.get(key(i))).toBe(2000 + i)
    expect(map.get(key(1000))).toBe(-1)
    expect(map.get(Buffer.alloc(0))).toBe(-1)
    expect(map.put(Buffer.alloc(0), 2 ** 52)).toBe(true)
    expect(map.get(Buffer.alloc(0))).toBe(2 ** 52)
  })

  it('takes as many keys as its memory holds, and further offsets of those', () => {
    const map = new KeyMap(1000, 24 * 100)
    const fits = Array.from({ length: 200 }, (_, i) => map.put(key(i), i))
    expect(fits.indexOf(false)).toBe(90)
    expect(map.put(key(89), 500)).toBe(true)
    expect([map.get(key(89)), map.get(key(90))]).toEqual([500, -1])
  })

  it('takes one key at least', () => {
    const map = new KeyMap(10, 0)
    expect([map.put(key(1), 1), map.put(key(2), 2)]).toEqual([true, false])
  })
})
