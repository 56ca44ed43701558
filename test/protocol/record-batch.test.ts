import { describe, expect, it } from 'vitest'
import {
  baseOffset,
  batchesIn,
  batchHeaderBytes,
  batchSize,
  crcMatches,
  isWhole,
  lastOffset,
  logOverheadBytes,
  parseBatchHeader,
  partitionLeaderEpoch,
  setBaseOffset,
  setLogAppendTime,
  setPartitionLeaderEpoch,
} from '../../protocol/record-batch.ts'
import { encodeBatch } from '../../protocol/records.ts'

const record = { timestamp: 1000, key: null, value: Buffer.from('value') }

/** Field by field, in the order of Kafka's DefaultRecordBatch. */
const fields = [
  '0000000000000007', // base offset
  '00000031', // batch length
  '00000005', // partition leader epoch
  '02', // magic
  'fedcba98', // CRC
  '0053', // attributes
  '00000009', // last offset delta
  '0000018bcfe56800', // base timestamp
  '0000018bcfe56801', // max timestamp
  '000000000000000b', // producer id
  '000c', // producer epoch
  '0000000d', // base sequence
  '0000000a', // record count
]
const header = Buffer.from(fields.join(''), 'hex')

describe('a batch header (Kafka: DefaultRecordBatch)', () => {
  it('is 61 bytes, of which 12 are not counted by the batch length', () => {
    expect([batchHeaderBytes, logOverheadBytes]).toEqual([61, 12])
    const batch = encodeBatch({ records: [record] })
    expect(batchSize(batch)).toBe(batch.length)
    expect(parseBatchHeader(batch).batchLength).toBe(batch.length - 12)
  })

  it('has each field where Kafka has it', () => {
    expect(header.length).toBe(batchHeaderBytes)
    expect(parseBatchHeader(header)).toEqual({
      baseOffset: 7,
      batchLength: 49,
      partitionLeaderEpoch: 5,
      magic: 2,
      crc: 0xfedcba98,
      compression: 3,
      timestampType: 'CreateTime',
      isTransactional: true,
      isControl: false,
      hasDeleteHorizon: true,
      lastOffsetDelta: 9,
      baseTimestamp: 1700000000000,
      maxTimestamp: 1700000000001,
      producerId: 11,
      producerEpoch: 12,
      baseSequence: 13,
      recordCount: 10,
    })
  })

  it.each([
    [0x00, { compression: 0, timestampType: 'CreateTime' }],
    [0x04, { compression: 4 }],
    [0x07, { compression: 7 }],
    [0x08, { timestampType: 'LogAppendTime', compression: 0 }],
    [0x10, { isTransactional: true, isControl: false }],
    [0x20, { isControl: true, isTransactional: false }],
    [0x40, { hasDeleteHorizon: true, isControl: false }],
  ])('reads attributes %i', (attributes, expected) => {
    const batch = encodeBatch({ records: [record] })
    batch.writeInt16BE(attributes, 21)
    expect(parseBatchHeader(batch)).toMatchObject(expected)
  })

  it('lies anywhere in a buffer', () => {
    const batch = encodeBatch({ records: [record, record], baseOffset: 40, producerId: 9 })
    const buffer = Buffer.concat([Buffer.alloc(13, 0xff), batch])
    expect(parseBatchHeader(buffer, 13)).toEqual(parseBatchHeader(batch))
    expect(lastOffset(buffer, 13)).toBe(41)
  })

  it.each([0, 1, -1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1])('takes the base offset %i', offset => {
    const batch = encodeBatch({ records: [record] })
    setBaseOffset(batch, 0, offset)
    expect(batch.readBigInt64BE(0)).toBe(BigInt(offset))
    expect(baseOffset(batch)).toBe(offset)
  })
})

describe('the checksum', () => {
  it('leaves out base offset, length and leader epoch', () => {
    const batch = encodeBatch({ records: [record] })
    setBaseOffset(batch, 0, 123456789)
    setPartitionLeaderEpoch(batch, 0, 77)
    expect(partitionLeaderEpoch(batch)).toBe(77)
    expect(crcMatches(batch)).toBe(true)
  })

  it('covers every byte from the attributes on', () => {
    const batch = Buffer.concat([encodeBatch({ records: [record] }), Buffer.alloc(5)])
    for (let at = 17; at < batchSize(batch); at++) {
      batch[at]! ^= 1
      expect(crcMatches(batch), `byte ${at}`).toBe(false)
      batch[at]! ^= 1
    }
    expect(crcMatches(batch)).toBe(true)
  })

  it('is computed anew for the log append time (KIP-32)', () => {
    const batch = encodeBatch({ records: [record] })
    setLogAppendTime(batch, 0, 5000)
    expect(crcMatches(batch)).toBe(true)
    const { timestampType, baseTimestamp, maxTimestamp } = parseBatchHeader(batch)
    expect([timestampType, baseTimestamp, maxTimestamp]).toEqual(['LogAppendTime', 1000, 5000])
  })
})

describe('batches in a buffer', () => {
  const one = encodeBatch({ records: [record] })
  const two = encodeBatch({ records: [record, record] })

  it('are found one behind the other', () => {
    expect([...batchesIn(Buffer.concat([one, two, one]))]).toEqual([
      0,
      one.length,
      one.length + two.length,
    ])
  })

  it('end before one that is cut, wherever', () => {
    const both = Buffer.concat([one, two])
    for (let length = one.length; length < both.length; length++) {
      expect([...batchesIn(both.subarray(0, length))]).toEqual([0])
    }
    for (let length = 0; length < one.length; length++) {
      expect([...batchesIn(one.subarray(0, length))]).toEqual([])
    }
  })

  it.each([-(2 ** 31), -12, -1, 0, 48, 2 ** 31 - 1])('end before one of length %i', length => {
    const bad = Buffer.from(one)
    bad.writeInt32BE(length, 8)
    expect(isWhole(bad)).toBe(false)
    expect([...batchesIn(Buffer.concat([two, bad]))]).toEqual([0])
  })
})
