import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { combined, type StateBatch } from '../../src/share-partitions/state-batches.ts'

type Fate = Pick<StateBatch, 'deliveryState' | 'deliveryCount'>

/** Batches of records that lie between 0 and 40, in order. */
const batchesOf = fc
  .array(
    fc.record({
      gap: fc.nat(3),
      length: fc.integer({ min: 1, max: 5 }),
      deliveryState: fc.constantFrom(0, 2, 4),
      deliveryCount: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 8 },
  )
  .map(pieces => {
    let offset = 0
    return pieces.map(({ gap, length, ...fate }): StateBatch => {
      const firstOffset = offset + gap
      offset = firstOffset + length
      return { ...fate, firstOffset, lastOffset: offset - 1 }
    })
  })

function byOffset(batches: readonly StateBatch[]): Map<number, Fate> {
  const fates = new Map<number, Fate>()
  for (const { firstOffset, lastOffset, ...fate } of batches) {
    for (let offset = firstOffset; offset <= lastOffset; offset++) fates.set(offset, fate)
  }
  return fates
}

describe('two lists of batches', () => {
  it('become one that says of each record what is newer', () => {
    fc.assert(
      fc.property(batchesOf, batchesOf, fc.nat(20), (known, news, startOffset) => {
        const result = combined(known, news, startOffset)
        const [before, after] = [byOffset(known), byOffset(news)]
        const expected = new Map<number, Fate>()
        for (let offset = startOffset; offset < 100; offset++) {
          const fates = [before.get(offset), after.get(offset)].filter(fate => fate !== undefined)
          const newest = fates.toSorted(
            (a, b) => b.deliveryCount - a.deliveryCount || b.deliveryState - a.deliveryState,
          )[0]
          if (newest !== undefined) expected.set(offset, newest)
        }
        expect(byOffset(result)).toEqual(expected)
      }),
    )
  })

  it('become the shortest list, in order', () => {
    fc.assert(
      fc.property(batchesOf, batchesOf, (known, news) => {
        const result = combined(known, news, 0)
        for (const [i, batch] of result.entries()) {
          expect(batch.firstOffset).toBeLessThanOrEqual(batch.lastOffset)
          const next = result[i + 1]
          if (next === undefined) continue
          expect(next.firstOffset).toBeGreaterThan(batch.lastOffset)
          const isNeighbour = next.firstOffset === batch.lastOffset + 1
          const isAlike =
            next.deliveryState === batch.deliveryState && next.deliveryCount === batch.deliveryCount
          expect(isNeighbour && isAlike).toBe(false)
        }
      }),
    )
  })
})
