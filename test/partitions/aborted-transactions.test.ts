import { describe, expect, it } from 'vitest'
import { AbortedTransactions } from '../../src/partitions/aborted-transactions.ts'
import type { AbortedTransaction } from '../../storage/partition-log.ts'
import type { AbortedTransactionsRow } from '../../storage/metadata-store.ts'
import { seededRandom } from '../doubles/random.ts'

interface Aborted extends AbortedTransaction {
  lastStableOffset: number
}

const transaction = (producerId: number, firstOffset: number, lastOffset: number) => ({
  producerId,
  firstOffset,
  lastOffset,
})

function of(all: readonly Aborted[]): AbortedTransactions {
  const aborted = new AbortedTransactions()
  for (const { lastStableOffset, ...each } of all) aborted.add(each, lastStableOffset)
  return aborted
}

function randomBelow(seed: number): (limit: number) => number {
  const random = seededRandom(seed)
  return limit => Math.floor(random() * limit)
}

/** Of transactions that overlap at random, as a log would have them. */
function randomTransactions(seed: number, count: number): Aborted[] {
  const below = randomBelow(seed)
  const open = new Map<number, number>()
  const ended: Aborted[] = []
  for (let offset = 0; ended.length < count; offset++) {
    const producerId = below(20)
    const firstOffset = open.get(producerId)
    if (firstOffset === undefined) {
      open.set(producerId, offset)
    } else if (below(3) === 0) {
      open.delete(producerId)
      const lastStableOffset = Math.min(offset + 1, ...open.values())
      ended.push({ producerId, firstOffset, lastOffset: offset, lastStableOffset })
    }
  }
  return ended
}

describe('aborted transactions (rule 51; Kafka: TransactionIndex)', () => {
  it('are told where a range has records of theirs, in the order of their markers', () => {
    const aborted = new AbortedTransactions()
    aborted.add(transaction(1, 10, 29), 15)
    aborted.add(transaction(2, 15, 39), 40)
    aborted.add(transaction(1, 50, 59), 60)
    const of = (from: number, to: number) =>
      aborted.overlapping(from, to).map(({ firstOffset }) => firstOffset)
    expect(of(0, 100)).toEqual([10, 15, 50])
    expect(of(0, 10)).toEqual([])
    expect(of(0, 11)).toEqual([10])
    expect(of(29, 50)).toEqual([10, 15])
    expect(of(30, 50)).toEqual([15])
    expect(of(40, 50)).toEqual([])
    expect(of(60, 100)).toEqual([])
  })

  it('are found as by looking at all of them, in many chunks', () => {
    const seed = Number(process.env['ODRADEK_TEST_SEED'] ?? 7)
    const all = randomTransactions(seed, 3000)
    const aborted = of(all)
    const below = randomBelow(seed + 1)
    const end = all.at(-1)!.lastOffset + 10
    for (let round = 0; round < 300; round++) {
      const from = below(end)
      const to = from + below(200)
      const expected = all
        .filter(each => each.lastOffset >= from && each.firstOffset < to)
        .map(({ producerId, firstOffset, lastOffset }) => ({ producerId, firstOffset, lastOffset }))
      const found = aborted.overlapping(from, to)
      expect(found, `seed ${seed}, [${from}, ${to})`).toEqual(expected)
    }
  })

  it('are the same after they were stored, row by row as they change', () => {
    const all = randomTransactions(3, 2000)
    const rows = new Map<number, AbortedTransactionsRow>()
    const store = (aborted: AbortedTransactions): number => {
      const changes = aborted.takeChanges()
      for (const [chunk, row] of structuredClone(changes)) {
        if (row === null) rows.delete(chunk)
        else rows.set(chunk, row)
      }
      return changes.length
    }
    const aborted = of(all.slice(0, 1500))
    expect(store(aborted)).toBe(3)
    expect(store(aborted)).toBe(0)
    for (const { lastStableOffset, ...each } of all.slice(1500)) {
      aborted.add(each, lastStableOffset)
    }
    expect(store(aborted)).toBe(2)
    const start = all[700]!.lastOffset
    aborted.removeBelow(start)
    // One chunk is gone, of another a part.
    expect(store(aborted)).toBe(2)
    expect([...rows.keys()]).toEqual([1, 2, 3])
    const after = new AbortedTransactions([...rows].toReversed())
    const found = after.overlapping(0, Infinity)
    expect(found).toEqual(aborted.overlapping(0, Infinity))
    expect(found).toHaveLength(1300)
    expect(after.hasChanges).toBe(false)
  })

  it('that a log has lost, or cut, do not come back with their rows', () => {
    const row = { transactions: [[1, 0, 5, 6] as [number, number, number, number]] }
    const cut = new AbortedTransactions([[4, row]], { startOffset: 0, endOffset: 5 })
    expect(cut.overlapping(0, 100)).toEqual([])
    expect(cut.takeChanges()).toEqual([[4, null]])
    const lost = new AbortedTransactions([[4, row]], { startOffset: 6, endOffset: 9 })
    expect(lost.overlapping(0, 100)).toEqual([])
    expect(lost.chunkNumbers()).toEqual(new Set([4]))
  })

  it('go when compaction has emptied them, and so do their rows', () => {
    const all = randomTransactions(5, 1300)
    const aborted = of(all)
    aborted.takeChanges()
    aborted.remove([])
    expect([aborted.removals, aborted.hasChanges]).toEqual([0, false])
    const isGone = (_: unknown, i: number): boolean => i >= 512 && (i < 1024 || i % 3 === 0)
    const before = aborted.overlapping(0, Infinity)
    aborted.remove(before.filter(isGone))
    expect(aborted.removals).toBe(1)
    expect(aborted.overlapping(0, Infinity)).toEqual(before.filter((_, i) => !isGone(_, i)))
    const changes = aborted.takeChanges()
    expect(changes.map(([chunk, row]) => [chunk, row?.transactions.length])).toEqual([
      [1, undefined],
      [2, 184],
    ])
    const next = { producerId: 1, firstOffset: 1e6, lastOffset: 1e6 + 1 }
    aborted.add(next, 1e6 + 2)
    expect(aborted.overlapping(1e6, Infinity)).toEqual([next])
  })

  it('tell that some were removed, and what could not be stored is stored later', () => {
    const aborted = of(randomTransactions(3, 600))
    const changes = aborted.takeChanges()
    expect([aborted.removals, aborted.hasChanges]).toEqual([0, false])
    aborted.giveBack(changes)
    expect(aborted.takeChanges()).toEqual(changes)
    aborted.removeBelow(0)
    expect(aborted.removals).toBe(0)
    aborted.removeBelow(Infinity)
    expect(aborted.removals).toBe(1)
    expect(aborted.takeChanges().map(([, row]) => row)).toEqual([null, null])
  })
})
