import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchHeaderBytes, crcMatches, parseBatchHeader } from '../../protocol/record-batch.ts'
import { batchOfStored, emptyBatch, storedRecords } from '../../protocol/rewritten-batch.ts'
import { checkRecords, decodeRecords, encodeBatch, type NewRecord } from '../../protocol/records.ts'

const limit = 1_000_000
const bytes = fc.uint8Array({ maxLength: 50 }).map(array => Buffer.from(array))
const newRecord = fc.record(
  {
    timestamp: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2 ** 45 })),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.array(fc.record({ key: fc.string(), value: fc.option(bytes) }), { maxLength: 2 }),
  },
  { noNullPrototype: true },
)
const fields = {
  baseOffset: 70,
  partitionLeaderEpoch: 5,
  producerId: 9,
  producerEpoch: 1,
  baseSequence: 30,
  isTransactional: true,
} as const

/** A batch with these records, of which those remain whose bit is set. */
function rewritten(
  records: NewRecord[],
  mask: readonly boolean[],
  compression: number,
  horizonMs: number | undefined,
) {
  const batch = encodeBatch({ records, compression, ...fields })
  const kept = storedRecords(batch, limit)!.filter((_, i) => mask[i] === true)
  return { batch, kept, result: batchOfStored(batch, kept, horizonMs) }
}

describe('a batch without some of its records', () => {
  it('has the others as they were, with and without a new delete horizon', () => {
    const horizon = fc.option(fc.integer({ min: 0, max: 2 ** 45 }), { nil: undefined })
    const records = fc.array(newRecord, { minLength: 1, maxLength: 10 })
    const mask = fc.array(fc.boolean(), { minLength: 10, maxLength: 10 })
    const compression = fc.integer({ min: 0, max: 4 })
    fc.assert(
      fc.property(records, mask, compression, horizon, (all, mask, compression, horizonMs) => {
        const { batch, kept, result } = rewritten(all, mask, compression, horizonMs)
        const before = [...decodeRecords(batch, limit)]
        expect([...decodeRecords(result, limit)]).toEqual(before.filter((_, i) => mask[i]))
        checkRecords(result, limit)
        const header = parseBatchHeader(batch)
        expect(parseBatchHeader(result)).toEqual({
          ...header,
          crc: expect.any(Number),
          batchLength: result.length - 12,
          hasDeleteHorizon: horizonMs !== undefined,
          baseTimestamp: horizonMs ?? header.baseTimestamp,
          maxTimestamp: Math.max(-1, ...all.filter((_, i) => mask[i]).map(r => r.timestamp)),
          recordCount: kept.length,
        })
        expect(crcMatches(result)).toBe(true)
      }),
    )
  })

  it('keeps the delete horizon that it has, and bytes that are no text', () => {
    const records = ['a', 'b'].map((key, i) => {
      return { timestamp: 10 + i, key: Buffer.from(key), value: null, headers: [] }
    })
    const { result } = rewritten(records, [true, true], 0, 5000)
    const again = batchOfStored(result, storedRecords(result, limit)!.slice(1), undefined)
    expect(parseBatchHeader(again)).toMatchObject({ hasDeleteHorizon: true, baseTimestamp: 5000 })
    expect([...decodeRecords(again, limit)].map(({ timestamp }) => timestamp)).toEqual([11])
  })

  it('has the time that the broker gave it', () => {
    const record = { timestamp: 10, key: null, value: null }
    const batch = encodeBatch({ records: [record, record], timestampType: 'LogAppendTime' })
    const after = batchOfStored(batch, storedRecords(batch, limit)!.slice(1), 7000)
    expect(parseBatchHeader(after)).toMatchObject({ maxTimestamp: 10, baseTimestamp: 7000 })
    expect([...decodeRecords(after, limit)][0]!.timestamp).toBe(10)
  })

  it('may have times that no number holds', () => {
    const records = [2 ** 62, 5].map(timestamp => ({ timestamp, key: null, value: null }))
    for (const horizonMs of [undefined, 1000]) {
      const { result } = rewritten(records, [true, false], 0, horizonMs)
      checkRecords(result, limit)
      expect(parseBatchHeader(result).maxTimestamp).toBe(Number.MAX_SAFE_INTEGER)
    }
  })

  it('may have none: its header is left', () => {
    const records = [{ timestamp: 10, key: null, value: Buffer.alloc(100) }]
    const batch = encodeBatch({ records, compression: 1, ...fields })
    const empty = emptyBatch(batch)
    expect(empty.length).toBe(batchHeaderBytes)
    expect(crcMatches(empty)).toBe(true)
    expect(parseBatchHeader(empty)).toEqual({
      ...parseBatchHeader(batch),
      crc: expect.any(Number),
      batchLength: batchHeaderBytes - 12,
      compression: 0,
      baseTimestamp: -1,
      recordCount: 0,
    })
    expect([...decodeRecords(empty, limit)]).toEqual([])
    expect(storedRecords(empty, limit)).toEqual([])
  })
})

describe('stored records', () => {
  const batch = encodeBatch({ records: [{ timestamp: 1, key: null, value: Buffer.from('v') }] })

  it('are not told of a batch that cannot be read', () => {
    const tooMany = Buffer.from(batch)
    tooMany.writeInt32BE(2, 57)
    const tooFew = Buffer.from(batch)
    tooFew.writeInt32BE(0, 57)
    const notGzip = Buffer.from(batch)
    notGzip.writeInt16BE(1, 21)
    for (const bad of [tooMany, tooFew, notGzip]) expect(storedRecords(bad, limit)).toBeUndefined()
    expect(storedRecords(batch, limit)).toHaveLength(1)
  })

  it('are not told of a batch that becomes too large', () => {
    const records = [{ timestamp: 1, key: null, value: Buffer.alloc(5000) }]
    const zipped = encodeBatch({ records, compression: 1 })
    expect(storedRecords(zipped, 1000)).toBeUndefined()
    expect(storedRecords(zipped, 10_000)).toHaveLength(1)
  })
})
