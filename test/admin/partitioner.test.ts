import { describe, expect, it } from 'vitest'
import { partitionForKey, partitionWithoutKey } from '../../src/admin/partitioner.ts'

/** Kafka's UtilsTest.testMurmur2. */
const hashes: [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

describe('the partition of a record', () => {
  it.each(hashes)('with the key %j is that of its hash', (key, hash) => {
    expect(partitionForKey(Buffer.from(key), 2 ** 31)).toBe(hash & 0x7fffffff)
    expect(partitionForKey(Buffer.from(key), 7)).toBe((hash & 0x7fffffff) % 7)
  })

  it('without a key is the one with the fewest records', () => {
    const partitions = [3, 1, 2, 1].map(endOffset => ({ endOffset }))
    expect(partitionWithoutKey(partitions)).toBe(1)
  })
})
