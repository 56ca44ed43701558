import { describe, expect, it } from 'vitest'
import { UnstableTransactions } from '../../src/partitions/unstable-transactions.ts'

describe('unstable transactions (rule 50)', () => {
  it('are those whose marker is not below the high watermark', () => {
    const unstable = new UnstableTransactions()
    expect(unstable.firstOffset(100)).toBe(Infinity)
    unstable.begin(10)
    unstable.begin(20)
    unstable.begin(29)
    unstable.end(10, 30)
    unstable.end(20, 31)
    expect(unstable.firstOpen).toBe(29)
    const at = (highWatermark: number) => unstable.firstOffset(highWatermark)
    expect([at(20), at(30), at(31), at(32)]).toEqual([10, 10, 20, 29])
    unstable.end(29, 50)
    expect([at(50), at(51)]).toEqual([29, Infinity])
  })

  it('may begin with those that were open, in any order', () => {
    const unstable = new UnstableTransactions([30, 10, 20])
    expect(unstable.firstOffset(100)).toBe(10)
    unstable.end(10, 40)
    expect([unstable.firstOpen, unstable.firstOffset(100)]).toEqual([20, 20])
  })
})
