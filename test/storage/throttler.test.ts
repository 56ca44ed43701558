import { describe, expect, it } from 'vitest'
import { Throttler } from '../../storage/file/throttler.ts'

/** When each of so many pieces has passed, of which each takes `workMs`. */
function pass(maxBytesPerSecond: number, pieceBytes: number, workMs: number, pieces = 100) {
  let nowMs = 5000
  const throttler = new Throttler(maxBytesPerSecond, nowMs)
  const rests: number[] = []
  for (let i = 0; i < pieces; i++) {
    nowMs += workMs
    const restMs = throttler.restMs(pieceBytes, nowMs)
    rests.push(restMs)
    nowMs += restMs
  }
  return { seconds: (nowMs - 5000) / 1000, rests }
}

describe('the throttler of compaction (Kafka: Throttler)', () => {
  it('brings what is too fast down to the rate', () => {
    const { seconds, rests } = pass(1_000_000, 100_000, 10)
    expect(seconds).toBeGreaterThan(9)
    expect(seconds).toBeLessThanOrEqual(10)
    // It looks each 300 ms, and rests for all of them.
    expect(rests.filter(restMs => restMs > 0)).toHaveLength(3)
    expect(rests[29]).toBe(2700)
  })

  it('leaves alone what is slow enough, and what has no limit', () => {
    expect(pass(1_000_000, 100_000, 101).rests.every(restMs => restMs === 0)).toBe(true)
    expect(pass(Number.MAX_VALUE, 100_000, 1).rests.every(restMs => restMs === 0)).toBe(true)
  })
})
