/** Cases after Kafka's SharePartitionTest: who acquires what. */
import { describe, expect, it } from 'vitest'
import { Driver, accept, gap, release, type LogRange, type Range } from './driver.ts'

/** So many batches of so many records, from an offset on. */
function log(batches: number, records: number, from = 0): LogRange[] {
  return Array.from({ length: batches }, (_, i) => {
    return [from + i * records, from + (i + 1) * records - 1]
  })
}

describe('records that were never delivered', () => {
  it('are acquired as one range', () => {
    const driver = new Driver()
    expect(driver.acquire(log(3, 5))).toEqual([[0, 14, 1]])
    expect(driver.offsets).toEqual([0, 15, 15])
    expect(driver.states).toEqual([[0, 14, 'acquired', 1]])
  })

  it('are acquired from where the log begins, if that is later', () => {
    const driver = new Driver(5)
    expect(driver.acquire(log(1, 5, 10))).toEqual([[10, 14, 1]])
    expect(driver.offsets).toEqual([10, 15, 15])
  })

  it('are acquired from within a batch', () => {
    const driver = new Driver(7)
    expect(driver.acquire(log(1, 10))).toEqual([[7, 9, 1]])
    expect(driver.offsets).toEqual([7, 10, 10])
  })

  it('are none where nothing is asked for', () => {
    const driver = new Driver()
    expect(driver.acquire(log(1, 5), { maxRecords: 0 })).toEqual([])
    expect(driver.offsets).toEqual([0, 0, 0])
  })

  it('are none before the start', () => {
    const driver = new Driver(20)
    expect(driver.acquire(log(1, 5))).toEqual([])
  })

  it.each<[maxRecords: number, last: number]>([
    [1, 4],
    [5, 4],
    [6, 9],
    [10, 9],
    [11, 14],
    [15, 14],
    [500, 14],
  ])('are whole batches where %i are asked for', (maxRecords, last) => {
    expect(new Driver().acquire(log(3, 5), { maxRecords })).toEqual([[0, last, 1]])
  })

  it.each<[batchSize: number, ranges: Range[]]>([
    [
      1,
      [
        [0, 4, 1],
        [5, 9, 1],
        [10, 14, 1],
      ],
    ],
    [
      5,
      [
        [0, 4, 1],
        [5, 9, 1],
        [10, 14, 1],
      ],
    ],
    [
      6,
      [
        [0, 9, 1],
        [10, 14, 1],
      ],
    ],
    [
      10,
      [
        [0, 9, 1],
        [10, 14, 1],
      ],
    ],
    [14, [[0, 14, 1]]],
    [15, [[0, 14, 1]]],
    [
      0,
      [
        [0, 4, 1],
        [5, 9, 1],
        [10, 14, 1],
      ],
    ],
  ])('come in pieces of %i', (batchSize, ranges) => {
    expect(new Driver().acquire(log(3, 5), { batchSize })).toEqual(ranges)
  })

  it('go on behind those that were acquired', () => {
    const driver = new Driver()
    driver.acquire(log(1, 5))
    expect(driver.acquire(log(1, 5, 5), { memberId: 'b' })).toEqual([[5, 9, 1]])
    expect(driver.acquire(log(3, 5), { fetchOffset: 0 })).toEqual([[10, 14, 1]])
  })

  it('leave out what is not in the log (compaction)', () => {
    const driver = new Driver()
    driver.acquire(log(1, 5))
    expect(driver.acquire(log(1, 5, 20))).toEqual([[20, 24, 1]])
    driver.acknowledge([[0, 4, accept]])
    expect(driver.offsets).toEqual([20, 25, 25])
  })

  it('have holes within what is read at once, for the client to tell of', () => {
    const driver = new Driver()
    expect(
      driver.acquire([
        [0, 4],
        [20, 24],
      ]),
    ).toEqual([[0, 24, 1]])
    driver.acknowledge([
      [
        0,
        24,
        accept,
        accept,
        accept,
        accept,
        accept,
        ...Array<number>(15).fill(gap),
        ...Array<number>(5).fill(accept),
      ],
    ])
    expect(driver.offsets).toEqual([25, 25, 25])
  })
})

describe('with a strict limit (KIP-1206)', () => {
  const isRecordLimit = true

  it('no more are acquired than are asked for', () => {
    const driver = new Driver()
    expect(driver.acquire(log(2, 5), { isRecordLimit, maxRecords: 3 })).toEqual([[0, 2, 1]])
    expect(driver.offsets).toEqual([0, 5, 3])
    expect(driver.acquire(log(2, 5), { isRecordLimit, maxRecords: 4 })).toEqual([
      [3, 4, 1],
      [5, 6, 1],
    ])
  })

  it('the rest of the batch was not delivered', () => {
    const driver = new Driver()
    driver.acquire(log(1, 5), { isRecordLimit, maxRecords: 2 })
    expect(driver.states.slice(1, 3)).toEqual([
      [1, 1, 'acquired', 1],
      [2, 2, 'available', 0],
    ])
  })

  it('a batch that fits is acquired as a whole', () => {
    const driver = new Driver()
    expect(driver.acquire(log(2, 5), { isRecordLimit, maxRecords: 10 })).toEqual([[0, 9, 1]])
    expect(driver.states).toEqual([[0, 9, 'acquired', 1]])
  })

  it('batches are not cut into pieces', () => {
    const driver = new Driver()
    const asked = { isRecordLimit, maxRecords: 10, batchSize: 2 }
    expect(driver.acquire(log(2, 5), asked)).toEqual([[0, 9, 1]])
  })

  it('no more come back than are asked for', () => {
    const driver = new Driver()
    driver.acquire(log(1, 10))
    driver.acknowledge([[0, 9, release]])
    expect(driver.acquire(log(1, 10), { isRecordLimit, maxRecords: 4 })).toEqual([[0, 3, 2]])
    expect(driver.acquire(log(1, 10), { isRecordLimit, maxRecords: 9 })).toEqual([[4, 9, 2]])
  })
})

describe('records that came back', () => {
  it('are delivered once more, as a batch', () => {
    const driver = new Driver()
    driver.acquire(log(2, 5), { batchSize: 5 })
    driver.acknowledge([[0, 4, release]])
    expect(driver.offsets).toEqual([0, 10, 0])
    expect(driver.acquire(log(2, 5), { memberId: 'b' })).toEqual([[0, 4, 2]])
  })

  it('are delivered in ranges that were delivered as often', () => {
    const driver = new Driver()
    driver.acquire(log(1, 10))
    driver.acknowledge([[2, 3, release]])
    expect(driver.acquire(log(1, 10))).toEqual([[2, 3, 2]])
    driver.acknowledge([[1, 5, release]])
    expect(driver.acquire(log(1, 10))).toEqual([
      [1, 1, 2],
      [2, 3, 3],
      [4, 5, 2],
    ])
  })

  it('are delivered along with new ones', () => {
    const driver = new Driver()
    driver.acquire(log(2, 5))
    driver.acknowledge([[3, 3, release]])
    expect(driver.acquire(log(3, 5))).toEqual([
      [3, 3, 2],
      [10, 14, 1],
    ])
  })

  it('are delivered to those whose read reaches them', () => {
    const driver = new Driver()
    driver.acquire(log(1, 10))
    driver.acknowledge([[0, 9, release]])
    expect(driver.acquire([[0, 4]])).toEqual([[0, 4, 2]])
    expect(driver.acquire([[5, 9]])).toEqual([[5, 9, 2]])
  })

  it('are not delivered before that is stored', () => {
    const driver = new Driver()
    driver.acquire(log(1, 5))
    const change = driver.begin([[1, 2, release]])
    expect(driver.offsets).toEqual([0, 5, 5])
    expect(driver.acquire(log(1, 5), { fetchOffset: 1 })).toEqual([])
    driver.settle(change)
    expect(driver.acquire(log(1, 5))).toEqual([[1, 2, 2]])
  })

  it('are given up where the log has them no more (compaction)', () => {
    const driver = new Driver()
    driver.acquire(log(3, 5), { batchSize: 5 })
    driver.acknowledge([[0, 14, release]])
    expect(driver.acquire(log(1, 5, 10))).toEqual([[10, 14, 2]])
    expect(driver.offsets).toEqual([10, 15, 15])
  })

  it('are given up in part where a batch is gone in part', () => {
    const driver = new Driver()
    driver.acquire(log(2, 5))
    driver.acknowledge([[0, 9, release]])
    expect(driver.acquire(log(1, 5, 5))).toEqual([[5, 9, 2]])
    expect(driver.offsets).toEqual([5, 10, 10])
  })
})

describe('as many records as may be in flight', () => {
  it('are in flight, and as many as come with the last batch', () => {
    const driver = new Driver()
    driver.maxRecordLocks = 12
    expect(driver.acquire(log(4, 5))).toEqual([[0, 14, 1]])
    expect(driver.flight.canAcquire(12)).toBe(false)
    expect(driver.acquire(log(1, 5, 15))).toEqual([])
  })

  it('are fewer when the first are done', () => {
    const driver = new Driver()
    driver.maxRecordLocks = 10
    driver.acquire(log(2, 5))
    driver.acknowledge([[5, 9, accept]])
    expect(driver.flight.canAcquire(10)).toBe(false)
    driver.acknowledge([[0, 2, accept]])
    expect(driver.flight.canAcquire(10)).toBe(true)
    expect(driver.flight.count).toBe(7)
  })

  it('can be delivered again, without any that are new', () => {
    const driver = new Driver()
    driver.maxRecordLocks = 10
    driver.acquire(log(2, 5))
    driver.acknowledge([[7, 8, release]])
    expect(driver.flight.canAcquire(10)).toBe(true)
    expect(driver.acquire(log(3, 5, 5))).toEqual([[7, 8, 2]])
  })
})

describe('records that are delivered often', () => {
  /** Delivered so often, and released. */
  function delivered(times: number, records = 8): Driver {
    const driver = new Driver()
    for (let i = 0; i < times; i++) {
      driver.acquire(log(1, records))
      driver.acknowledge([[0, records - 1, release]])
    }
    return driver
  }

  it.each<[times: number, ranges: Range[]]>([
    [1, [[0, 7, 2]]],
    [2, [[0, 7, 3]]],
    [3, [[0, 3, 4]]],
  ])('come in smaller parts after %i deliveries of five', (times, ranges) => {
    expect(delivered(times).acquire(log(1, 8))).toEqual(ranges)
  })

  it('come alone the last time', () => {
    const driver = delivered(3)
    driver.acquire(log(1, 8))
    driver.acknowledge([[0, 3, release]])
    expect(driver.acquire(log(1, 8))).toEqual([[0, 0, 5]])
    expect(driver.acquire(log(1, 8))).toEqual([[1, 1, 5]])
  })

  it('come alone the last time also from within a batch', () => {
    const driver = new Driver()
    driver.acquire(log(1, 4))
    for (const count of [2, 3, 4]) {
      driver.acknowledge([[2, 2, release]])
      expect(driver.acquire(log(1, 4))).toEqual([[2, 2, count]])
    }
    driver.acknowledge([[0, 3, release]])
    expect(driver.acquire(log(1, 4))).toEqual([[0, 1, 2]])
    expect(driver.acquire(log(1, 4))).toEqual([[2, 2, 5]])
    expect(driver.acquire(log(1, 4))).toEqual([[3, 3, 2]])
  })

  it('do not come along with others', () => {
    const driver = delivered(3)
    expect(driver.acquire(log(2, 8))).toEqual([[0, 3, 4]])
    expect(driver.acquire(log(2, 8))).toEqual([[4, 7, 4]])
    expect(driver.acquire(log(2, 8))).toEqual([[8, 15, 1]])
  })

  it('come as a whole where two deliveries are all there are', () => {
    const driver = new Driver()
    driver.deliveryCountLimit = 2
    driver.acquire(log(1, 8))
    driver.acknowledge([[0, 7, release]])
    expect(driver.acquire(log(1, 8))).toEqual([[0, 7, 2]])
  })

  it('are given up after the last time', () => {
    const driver = new Driver()
    driver.deliveryCountLimit = 2
    for (const count of [1, 2]) {
      expect(driver.acquire(log(1, 8))).toEqual([[0, 7, count]])
      driver.acknowledge([[0, 7, release]])
    }
    expect(driver.offsets).toEqual([8, 8, 8])
  })
})

describe('records of aborted transactions (share.isolation.level=read_committed)', () => {
  const aborting = (...ranges: LogRange[]) => ({
    aborted: ranges.map(([baseOffset, lastOffset]) => ({ baseOffset, lastOffset })),
  })

  it('are given to nobody, and are done', () => {
    const driver = new Driver()
    expect(driver.acquire(log(3, 5), { ...aborting([5, 9]), batchSize: 5 })).toEqual([
      [0, 4, 1],
      [10, 14, 1],
    ])
    expect(driver.states).toEqual([
      [0, 4, 'acquired', 1],
      [5, 9, 'archived', 1],
      [10, 14, 'acquired', 1],
    ])
    expect(driver.acknowledge([[0, 4, accept]])).toEqual([[0, 4, 2]])
    expect(driver.offsets).toEqual([10, 15, 15])
  })

  it('may be all that was read: the next read is behind them', () => {
    const driver = new Driver()
    expect(driver.acquire(log(2, 5), aborting([0, 4], [5, 9]))).toEqual([])
    expect(driver.offsets).toEqual([10, 10, 10])
    expect(driver.acquire(log(1, 5, 10))).toEqual([[10, 14, 1]])
  })

  it('are left out at the ends of what was acquired, too', () => {
    const driver = new Driver()
    expect(driver.acquire(log(4, 5), aborting([0, 4], [15, 19]))).toEqual([[5, 14, 1]])
  })

  it('count as acquired, as in Kafka, which leaves them out at last', () => {
    const driver = new Driver()
    expect(driver.acquire(log(4, 5), { ...aborting([0, 4]), maxRecords: 10 })).toEqual([[5, 9, 1]])
    expect(driver.offsets).toEqual([5, 10, 10])
  })

  it('are done where a limit has cut their batch, and the rest of it with the next read', () => {
    const driver = new Driver()
    const strict = { isRecordLimit: true, maxRecords: 3, ...aborting([0, 4]) }
    expect(driver.acquire(log(2, 5), strict)).toEqual([])
    expect(driver.offsets).toEqual([3, 5, 3])
    expect(driver.acquire(log(2, 5), strict)).toEqual([[5, 5, 1]])
  })

  it('are taken from whoever got them as uncommitted ones', () => {
    const driver = new Driver()
    driver.acquire(log(1, 10), { memberId: 'b' })
    driver.acknowledge([[5, 9, release]], 'b')
    expect(driver.acquire(log(2, 5), aborting([0, 4]))).toEqual([[5, 9, 2]])
    expect(driver.offsets).toEqual([5, 10, 10])
  })
})
