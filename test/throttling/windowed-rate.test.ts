/** By the cases of Kafka's RateTest, SampledStatTest, QuotaUtilsTest and ClientQuotaManagerTest. */
import { describe, expect, it } from 'vitest'
import { WindowedRate } from '../../src/throttling/windowed-rate.ts'

const windows = { count: 11, sizeMs: 1000 }

describe('a rate', () => {
  it('is over all windows before this one, even where nothing was recorded in them', () => {
    const rate = new WindowedRate(windows)
    rate.record(2500, 0)
    expect(rate.perSecond(0)).toBe(250)
    expect(rate.perSecond(500)).toBeCloseTo(2500 / 10.5)
  })

  it('is over the time since the oldest window that counts, once there are enough', () => {
    const rate = new WindowedRate(windows)
    for (let second = 0; second < 10; second++) rate.record(400, second * 1000)
    rate.record(2300, 10_500)
    expect(rate.perSecond(10_500)).toBeCloseTo(600)
  })

  it('forgets a window when its last record is older than all windows', () => {
    const rate = new WindowedRate(windows)
    rate.record(100, 0)
    rate.record(100, 900)
    expect(rate.perSecond(11_899)).toBeCloseTo(200 / 11.899)
    expect(rate.isSpent(11_899)).toBe(false)
    expect(rate.perSecond(11_900)).toBe(0)
    expect(rate.isSpent(11_900)).toBe(true)
  })

  it('takes back what was recorded at the same time', () => {
    const rate = new WindowedRate(windows)
    rate.record(100, 0)
    rate.record(900, 10)
    rate.record(-900, 10)
    expect(rate.perSecond(10)).toBeCloseTo(100 / 10.01)
  })

  it('of a single window is over a millisecond at least', () => {
    const rate = new WindowedRate({ count: 1, sizeMs: 1000 })
    rate.record(5, 7)
    expect(rate.perSecond(7)).toBe(5000)
    expect(rate.perSecond(507)).toBe(10)
  })
})

describe('the throttle time', () => {
  it('is what brings the rate down to the limit', () => {
    const rate = new WindowedRate(windows)
    for (let second = 0; second < 10; second++) {
      rate.record(400, second * 1000)
      expect(rate.throttleMs(500, second * 1000)).toBe(0)
    }
    // 400 * 10 + 2300 in 10.5 s are 600/s; (600 - 500) / 500 * 10.5 s.
    rate.record(2300, 10_500)
    expect(rate.throttleMs(500, 10_500)).toBeCloseTo(2100)
  })

  it('is 0 at the limit', () => {
    const rate = new WindowedRate(windows)
    rate.record(5000, 0)
    expect(rate.throttleMs(500, 0)).toBe(0)
  })

  it('is over when a burst is', () => {
    const rate = new WindowedRate(windows)
    rate.record(10_000, 0)
    for (let second = 1; second <= 10; second++) rate.record(400, second * 1000)
    expect(rate.throttleMs(500, 10_999)).toBeGreaterThan(0)
    expect(rate.throttleMs(500, 11_000)).toBe(0)
  })
})
