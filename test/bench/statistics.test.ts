import { describe, expect, it } from 'vitest'
import { medianOf, ratios } from '../../bench/comparisons.ts'
import { median, percentile, reached } from '../../bench/statistics.ts'

describe('percentile', () => {
  it('is the value that so many are not above', () => {
    const values = Array.from({ length: 50 }, (_, i) => 50 - i)
    expect(percentile(values, 0.95)).toBe(48)
    expect(percentile(values, 1)).toBe(50)
    expect(percentile([7], 0.95)).toBe(7)
    expect(percentile([], 0.95)).toBe(NaN)
  })
})

describe('median', () => {
  it('is the value in the middle, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5)
    // As texts, 10 would come before 9.
    expect(median([10, 9, 100])).toBe(10)
  })

  it('is the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5)
  })

  it('is no number for no values', () => {
    expect(median([])).toBeNaN()
  })

  it('leaves the values in their order', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })
})

describe('a target', () => {
  it('is reached at its limit', () => {
    expect(reached(1.6, { atLeast: 1.6 })).toBe(true)
    expect(reached(0.25, { atMost: 0.25 })).toBe(true)
  })

  it('is missed on the other side', () => {
    expect(reached(1.59, { atLeast: 1.6 })).toBe(false)
    expect(reached(0.26, { atMost: 0.25 })).toBe(false)
  })
})

describe('ratios', () => {
  const round = (contender: 'os' | 'kafka', n: number, figures: Record<string, number>) => ({
    contender,
    round: n,
    figures,
  })
  const rounds = [
    round('os', 1, { 'produce MB/s': 300, 'ack p99 ms': 1, 'ack p99 ms, compacting': 1.5 }),
    round('kafka', 1, { 'produce MB/s': 200 }),
    round('os', 2, { 'produce MB/s': 400 }),
    round('kafka', 2, { 'produce MB/s': 300 }),
    round('os', 3, { 'produce MB/s': 1000 }),
    round('kafka', 3, { 'produce MB/s': 100 }),
  ]

  it('compare the medians of two brokers', () => {
    expect(ratios(rounds)).toContainEqual({
      title: 'produce MB/s: Odradek, os / Kafka',
      our: 400,
      their: 200,
      ratio: 2,
      target: '≥ 1.6',
      reached: true,
    })
  })

  it('compare a broker with itself', () => {
    expect(ratios(rounds)).toContainEqual({
      title: 'ack p99 ms, compacting: Odradek, os / Odradek, os (ack p99 ms)',
      our: 1.5,
      their: 1,
      ratio: 1.5,
      target: '≤ 2',
      reached: true,
    })
  })

  it('are there only for figures that both have', () => {
    expect(ratios(rounds)).toHaveLength(2)
    expect(medianOf(rounds, 'disk', 'produce MB/s')).toBeNaN()
  })
})
