/** Cases after Kafka's SharePartitionTest: what is said of records, and what comes of it. */
import { describe, expect, it } from 'vitest'
import type { ErrorName } from '../../protocol/errors.ts'
import {
  accept,
  Driver,
  gap,
  reject,
  release,
  renew,
  type Range,
  type Said,
  errorOf,
} from './driver.ts'

/** Ten records in one batch, acquired by member a. */
function acquired(): Driver {
  const driver = new Driver()
  driver.acquire([[0, 9]])
  return driver
}

describe('an acknowledgement', () => {
  it.each<[string, Said[], Range[]]>([
    ['of a whole batch', [[0, 9, accept]], [[0, 9, 2]]],
    ['that rejects a batch', [[0, 9, reject]], [[0, 9, 4]]],
    ['that releases a batch', [[0, 9, release]], [[0, 9, 0]]],
    ['of one record', [[3, 3, accept]], [[3, 3, 2]]],
    [
      'of a gap',
      [[3, 4, gap]],
      [
        [3, 3, 4],
        [4, 4, 4],
      ],
    ],
    [
      'of each record on its own',
      [[2, 4, accept, reject, release]],
      [
        [2, 2, 2],
        [3, 3, 4],
        [4, 4, 0],
      ],
    ],
    [
      'in several parts',
      [
        [0, 0, accept],
        [5, 5, release],
      ],
      [
        [0, 0, 2],
        [5, 5, 0],
      ],
    ],
  ])('%s is stored', (_, said, stored) => {
    expect(acquired().acknowledge(said)).toEqual(stored)
  })

  it('of several batches at once', () => {
    const driver = new Driver()
    driver.acquire(
      [
        [0, 4],
        [5, 9],
        [10, 14],
      ],
      { batchSize: 5 },
    )
    expect(driver.acknowledge([[3, 11, accept]])).toEqual([
      [3, 3, 2],
      [4, 4, 2],
      [5, 9, 2],
      [10, 10, 2],
      [11, 11, 2],
    ])
  })

  it.each<[string, Said[], ErrorName]>([
    ['behind what was delivered', [[10, 12, accept]], 'INVALID_REQUEST'],
    ['that ends behind what was delivered', [[8, 10, accept]], 'INVALID_REQUEST'],
    [
      'of a record twice',
      [
        [0, 3, accept],
        [3, 4, accept],
      ],
      'INVALID_RECORD_STATE',
    ],
    [
      'with a wrong part at the end',
      [
        [0, 3, accept],
        [9, 11, accept],
      ],
      'INVALID_REQUEST',
    ],
  ])('%s changes nothing', (_, said, error) => {
    const driver = acquired()
    expect(errorOf(() => driver.begin(said))).toBe(error)
    expect(driver.states.every(([, , state]) => state === 'acquired')).toBe(true)
    expect(driver.acknowledge([[0, 9, accept]]).length).toBeGreaterThan(0)
    expect(driver.offsets).toEqual([10, 10, 10])
  })

  it('of somebody else’s records is refused', () => {
    const driver = acquired()
    expect(errorOf(() => driver.begin([[0, 9, accept]], 'b'))).toBe('INVALID_RECORD_STATE')
    driver.acknowledge([[2, 3, release]])
    driver.acquire([[0, 9]], { memberId: 'b' })
    expect(errorOf(() => driver.begin([[1, 2, accept]]))).toBe('INVALID_RECORD_STATE')
    expect(driver.acknowledge([[2, 3, accept]], 'b')).toHaveLength(2)
  })

  it('of records that are done, or came back, is refused', () => {
    const driver = acquired()
    driver.acknowledge([
      [5, 5, accept],
      [7, 7, release],
    ])
    for (const offset of [5, 7]) {
      expect(errorOf(() => driver.begin([[offset, offset, accept]]))).toBe('INVALID_RECORD_STATE')
    }
  })

  it('before another one of the same records is stored is refused', () => {
    const driver = acquired()
    const change = driver.begin([[0, 9, accept]])
    expect(errorOf(() => driver.begin([[0, 9, release]]))).toBe('INVALID_RECORD_STATE')
    driver.settle(change)
    expect(driver.offsets).toEqual([10, 10, 10])
  })

  it('where nothing is in flight is refused', () => {
    expect(errorOf(() => new Driver(5).begin([[5, 5, accept]]))).toBe('INVALID_RECORD_STATE')
  })

  it('of what lies before the start is no error', () => {
    const driver = acquired()
    driver.flight.moveStart(5)
    expect(driver.acknowledge([[0, 4, accept]])).toEqual([])
    expect(driver.acknowledge([[3, 6, accept]])).toEqual([
      [5, 5, 2],
      [6, 6, 2],
    ])
    expect(driver.offsets).toEqual([7, 10, 10])
  })

  it('that could not be stored leaves everything as it was', () => {
    const driver = acquired()
    const change = driver.begin([
      [0, 4, accept],
      [5, 9, release],
    ])
    change.undo()
    expect(driver.states.every(([, , state]) => state === 'acquired')).toBe(true)
    expect(driver.acknowledge([[0, 9, accept]])).toHaveLength(10)
  })
})

describe('the start', () => {
  it('moves over what is done', () => {
    const driver = acquired()
    driver.acknowledge([[0, 2, accept, reject, gap]])
    expect(driver.offsets).toEqual([3, 10, 10])
  })

  it('waits for what is not', () => {
    const driver = acquired()
    driver.acknowledge([[1, 9, accept]])
    expect(driver.offsets).toEqual([0, 10, 10])
    expect(driver.flight.doneCount).toBe(9)
    driver.acknowledge([[0, 0, release]])
    expect(driver.offsets).toEqual([0, 10, 0])
    driver.acquire([[0, 9]])
    driver.acknowledge([[0, 0, accept]])
    expect(driver.offsets).toEqual([10, 10, 10])
    expect(driver.flight.doneCount).toBe(0)
  })

  it('waits for what is being stored', () => {
    const driver = acquired()
    const first = driver.begin([[0, 4, accept]])
    driver.acknowledge([[5, 9, accept]])
    expect(driver.offsets).toEqual([0, 10, 10])
    expect(driver.flight.doneCount).toBe(10)
    driver.settle(first)
    expect(driver.offsets).toEqual([10, 10, 10])
  })

  it('moves over batches in any order', () => {
    const driver = new Driver()
    driver.acquire(
      [
        [0, 4],
        [5, 9],
        [10, 14],
      ],
      { batchSize: 5 },
    )
    driver.acknowledge([[10, 14, accept]])
    driver.acknowledge([[0, 4, accept]])
    expect(driver.offsets).toEqual([5, 15, 15])
    driver.acknowledge([[5, 9, reject]])
    expect(driver.offsets).toEqual([15, 15, 15])
  })

  it('moves with that of the log', () => {
    const driver = new Driver()
    driver.acquire(
      [
        [0, 4],
        [5, 9],
      ],
      { batchSize: 5 },
    )
    driver.acknowledge([[5, 9, release]])
    driver.flight.moveStart(7)
    expect(driver.offsets).toEqual([7, 10, 7])
    expect(driver.acquire([[5, 9]])).toEqual([[7, 9, 2]])
    driver.flight.moveStart(30)
    expect(driver.offsets).toEqual([30, 30, 30])
    expect(driver.flight.batches).toHaveLength(0)
  })

  it('moves with that of the log while an acknowledgement is being stored', () => {
    const driver = acquired()
    const change = driver.begin([[0, 9, release]])
    driver.flight.moveStart(4)
    expect(driver.offsets).toEqual([4, 10, 10])
    driver.settle(change)
    expect(driver.offsets).toEqual([4, 10, 4])
    expect(driver.acquire([[0, 9]])).toEqual([[4, 9, 2]])
  })

  it('never goes back', () => {
    const driver = acquired()
    driver.acknowledge([[0, 4, accept]])
    driver.flight.moveStart(2)
    expect(driver.offsets).toEqual([5, 10, 10])
  })
})

describe('a member that is gone', () => {
  it('gives back what it has, and nothing else', () => {
    const driver = acquired()
    driver.acknowledge([
      [0, 0, accept],
      [4, 5, release],
    ])
    driver.acquire([[0, 9]], { memberId: 'b' })
    driver.acquire([[10, 14]], { memberId: 'b' })
    expect(driver.releaseAll('b')).toEqual([
      [4, 4, 0],
      [5, 5, 0],
      [10, 14, 0],
    ])
    expect(driver.releaseAll('c')).toEqual([])
    expect(
      driver.acquire(
        [
          [0, 9],
          [10, 14],
        ],
        { memberId: 'c' },
      ),
    ).toEqual([
      [4, 5, 3],
      [10, 14, 2],
    ])
    expect(driver.acknowledge([[6, 6, accept]])).toHaveLength(1)
  })

  it('does not give back what was delivered as often as may be', () => {
    const driver = new Driver()
    driver.deliveryCountLimit = 2
    driver.acquire([[0, 9]])
    driver.releaseAll('a')
    driver.acquire([[0, 9]])
    expect(driver.releaseAll('a')).toEqual([[0, 9, 4]])
    expect(driver.offsets).toEqual([10, 10, 10])
  })
})

describe('a lock', () => {
  it('runs out', () => {
    const driver = acquired()
    driver.nowMs = 29_999
    expect(driver.expire()).toEqual([])
    driver.nowMs = 30_000
    expect(driver.flight.nextExpiryMs).toBe(30_000)
    expect(driver.expire()).toEqual([[0, 9, 0]])
    expect(driver.flight.nextExpiryMs).toBe(Infinity)
    expect(errorOf(() => driver.begin([[0, 9, accept]]))).toBe('INVALID_RECORD_STATE')
    expect(driver.acquire([[0, 9]])).toEqual([[0, 9, 2]])
  })

  it('runs out for each record on its own', () => {
    const driver = acquired()
    driver.acknowledge([[0, 1, accept]])
    driver.nowMs = 10_000
    driver.acquire([[10, 14]])
    driver.nowMs = 30_000
    expect(driver.expire()).toEqual(Array.from({ length: 8 }, (_, i) => [i + 2, i + 2, 0]))
    expect(driver.flight.nextExpiryMs).toBe(40_000)
  })

  it('gives up what was delivered as often as may be', () => {
    const driver = new Driver()
    driver.deliveryCountLimit = 2
    for (let i = 1; i <= 2; i++) {
      driver.acquire([[0, 9]])
      driver.nowMs += 30_000
      driver.expire()
    }
    expect(driver.offsets).toEqual([10, 10, 10])
  })

  it('is not for what is being stored', () => {
    const driver = acquired()
    const change = driver.begin([[0, 9, accept]])
    driver.nowMs = 30_000
    expect(driver.expire()).toEqual([])
    driver.settle(change)
    expect(driver.offsets).toEqual([10, 10, 10])
  })

  it('has run out where what was to be stored was not', () => {
    const driver = acquired()
    const change = driver.begin([[0, 9, accept]])
    driver.nowMs = 30_000
    change.undo()
    expect(driver.expire()).toEqual([[0, 9, 0]])
  })

  it('is renewed, of all records or of some (KIP-1222)', () => {
    const driver = acquired()
    driver.nowMs = 20_000
    expect(driver.acknowledge([[0, 9, renew]])).toEqual([])
    driver.nowMs = 40_000
    expect(driver.acknowledge([[0, 2, renew, accept, renew]])).toEqual([[1, 1, 2]])
    driver.nowMs = 50_000
    expect(driver.expire()).toEqual(Array.from({ length: 7 }, (_, i) => [i + 3, i + 3, 0]))
    driver.nowMs = 70_000
    expect(driver.expire()).toEqual([
      [0, 0, 0],
      [2, 2, 0],
    ])
  })

  it('is not renewed where that is not allowed, nor of records that one has not', () => {
    const driver = acquired()
    expect(errorOf(() => driver.begin([[0, 9, renew]], 'b'))).toBe('INVALID_RECORD_STATE')
    driver.mayRenew = false
    expect(errorOf(() => driver.begin([[0, 9, renew]]))).toBe('INVALID_RECORD_STATE')
    expect(errorOf(() => driver.begin([[0, 1, accept, renew]]))).toBe('INVALID_RECORD_STATE')
    expect(driver.acknowledge([[0, 9, accept]]).length).toBeGreaterThan(0)
  })
})

describe('what was stored', () => {
  it('goes on: done, available, and what was out for delivery', () => {
    const driver = new Driver(5, [
      [5, 9, 2, 1],
      [12, 14, 0, 3],
      [20, 24, 4, 5],
    ])
    expect(driver.offsets).toEqual([10, 25, 10])
    expect(driver.states).toEqual([
      [10, 11, 'available', 0],
      [12, 14, 'available', 3],
      [15, 19, 'available', 0],
      [20, 24, 'archived', 5],
    ])
    expect(driver.acquire([[0, 29]])).toEqual([[10, 11, 1]])
    expect(driver.acquire([[0, 29]])).toEqual([[12, 12, 4]])
    expect(driver.acquire([[0, 29]])).toEqual([[13, 13, 4]])
    expect(driver.acquire([[0, 29]])).toEqual([[14, 14, 4]])
    expect(driver.acquire([[0, 29]])).toEqual([
      [15, 19, 1],
      [25, 29, 1],
    ])
  })

  it('is nothing where all of it is done', () => {
    const driver = new Driver(0, [
      [0, 4, 2, 1],
      [5, 9, 4, 2],
    ])
    expect(driver.offsets).toEqual([10, 10, 10])
    expect(driver.flight.batches).toHaveLength(0)
  })

  it('has a gap that the log has not (compaction)', () => {
    const driver = new Driver(0, [[10, 14, 0, 1]])
    expect(driver.offsets).toEqual([0, 15, 0])
    expect(driver.acquire([[10, 14]])).toEqual([[10, 14, 2]])
    expect(driver.offsets).toEqual([10, 15, 15])
  })
})
