import { expect, it } from 'vitest'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { encodeBatch } from '../../protocol/records.ts'
import { CleanedTransactions, packTransactions } from '../../storage/cleaned-transactions.ts'
import { seededRandom } from '../doubles/random.ts'

const [plain, transactional] = [false, true].map(isTransactional => {
  const records = [{ timestamp: 0, key: null, value: null }]
  return parseBatchHeader(encodeBatch({ records, isTransactional }))
})

it('finds the one that a batch belongs to among very many', () => {
  const random = seededRandom(7)
  const below = (limit: number): number => Math.floor(random() * limit)
  const owners = new Map<string, number>()
  const nextOffsets = new Map<number, number>()
  const list = Array.from({ length: 20_000 }, (_, i) => {
    const producerId = below(200)
    const firstOffset = (nextOffsets.get(producerId) ?? 0) + below(4)
    const lastOffset = firstOffset + 1 + below(3)
    nextOffsets.set(producerId, lastOffset + 1)
    for (let at = firstOffset; at <= lastOffset; at++) owners.set(`${producerId} ${at}`, i)
    return { producerId, firstOffset, lastOffset }
  })
  const transactions = new CleanedTransactions(packTransactions(list))
  const passed = new Set<number>()
  for (let i = 0; i < 20_000; i++) {
    const [producerId, baseOffset] = [below(202), below(500)]
    const header = { ...transactional!, producerId, baseOffset }
    const owner = owners.get(`${producerId} ${baseOffset}`)
    expect(transactions.isAborted(header)).toBe(owner !== undefined)
    expect(transactions.isAborted({ ...plain!, producerId, baseOffset })).toBe(false)
    if (owner === undefined) continue
    expect(transactions.passMarker(header)).toEqual({
      hasBatches: passed.has(owner),
      isListed: true,
    })
    transactions.passBatch(header)
    passed.add(owner)
  }
  expect(passed.size).toBeGreaterThan(1000)
  const numbers = [...list.keys()]
  expect(transactions.emptied(300).toSorted((a, b) => a - b)).toEqual(
    numbers.filter(i => list[i]!.lastOffset < 300 && !passed.has(i)),
  )
})
