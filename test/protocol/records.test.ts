import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../protocol/errors.ts'
import {
  batchHeaderBytes,
  batchSize,
  crcMatches,
  parseBatchHeader,
  setBaseOffset,
  setLogAppendTime,
} from '../../protocol/record-batch.ts'
import { checkRecords, decodeRecords, encodeBatch, type NewRecord } from '../../protocol/records.ts'

const limit = 1_000_000
const record: NewRecord = { timestamp: 1000, key: null, value: Buffer.from('value') }

/** A batch of one record whose bytes, length in front included, are given in hex. */
function batchOf(hex: string, recordCount = 1): Buffer {
  const empty = encodeBatch({ records: [record] }).subarray(0, batchHeaderBytes)
  const batch = Buffer.concat([empty, Buffer.from(hex.replaceAll(' ', ''), 'hex')])
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(recordCount, 57)
  return batch
}

function refusals(batch: Buffer): string[] {
  return [() => checkRecords(batch, limit), () => [...decodeRecords(batch, limit)]].map(run => {
    try {
      run()
      return 'accepted'
    } catch (error) {
      expect(error).toBeInstanceOf(KafkaError)
      const { error: name, message } = error as KafkaError
      return `${name}: ${message}`
    }
  })
}

const bytes = fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array))
const newRecord = fc.record(
  {
    timestamp: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2 ** 45 })),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.array(
      fc.record({ key: fc.string({ unit: 'grapheme' }), value: fc.option(bytes) }),
      { maxLength: 3 },
    ),
  },
  { noNullPrototype: true },
)
const newRecords = fc.array(newRecord, { minLength: 1, maxLength: 20 })

describe('a batch', () => {
  test('gives back the records it was made of, with offsets, whatever the compression', () => {
    const compression = fc.integer({ min: 0, max: 4 })
    const baseOffset = fc.maxSafeInteger().filter(offset => offset >= 0 && offset < 2 ** 53 - 20)
    const roundTrip = fc.property(newRecords, compression, baseOffset, (records, id, base) => {
      const batch = encodeBatch({ records, compression: id, baseOffset: base })
      const expected = records.map((one, i) => ({ ...one, offset: base + i }))
      expect([...decodeRecords(batch, limit)]).toEqual(expected)
      expect(crcMatches(batch)).toBe(true)
      const times = records.map(({ timestamp }) => timestamp)
      expect(checkRecords(batch, limit)).toEqual({
        minTimestamp: Math.min(...times),
        maxTimestamp: Math.max(...times),
        allHaveKeys: records.every(({ key }) => key !== null),
        isNumbered: true,
      })
    })
    fc.assert(roundTrip, { numRuns: 200 })
  })

  test('has the header that was asked for', () => {
    const batch = encodeBatch({
      records: [record, { ...record, timestamp: 3000 }, { ...record, timestamp: 2000 }],
      baseOffset: 7,
      partitionLeaderEpoch: 3,
      compression: 4,
      timestampType: 'LogAppendTime',
      producerId: 2 ** 40,
      producerEpoch: 5,
      baseSequence: 6,
      isTransactional: true,
      isControl: true,
    })
    expect(batchSize(batch)).toBe(batch.length)
    expect(parseBatchHeader(batch)).toMatchObject({
      baseOffset: 7,
      partitionLeaderEpoch: 3,
      magic: 2,
      compression: 4,
      timestampType: 'LogAppendTime',
      isTransactional: true,
      isControl: true,
      lastOffsetDelta: 2,
      baseTimestamp: 1000,
      maxTimestamp: 3000,
      producerId: 2 ** 40,
      producerEpoch: 5,
      baseSequence: 6,
      recordCount: 3,
    })
  })

  test('without a producer has -1 in its fields (KIP-98)', () => {
    expect(parseBatchHeader(encodeBatch({ records: [record] }))).toMatchObject({
      baseOffset: 0,
      partitionLeaderEpoch: -1,
      compression: 0,
      timestampType: 'CreateTime',
      isTransactional: false,
      isControl: false,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
    })
  })

  test('that the broker has numbered and timed gives that to its records', () => {
    const batch = encodeBatch({ records: [record, record] })
    setBaseOffset(batch, 0, 100)
    setLogAppendTime(batch, 0, 5000)
    expect([...decodeRecords(batch, limit)]).toMatchObject([
      { offset: 100, timestamp: 5000 },
      { offset: 101, timestamp: 5000 },
    ])
  })
})

describe('what Kafka refuses (DefaultRecord, LogValidator) is INVALID_RECORD', () => {
  // Length, attributes, timestamp delta, offset delta, key, value, header count, headers.
  test.each([
    ['length that is negative', '01 00 00 00 01 01 00', /-1 bytes long/],
    ['length past the end', '10 00 00 00 01 01 00', /8 bytes long, 6 left/],
    ['length of 2^31-1', 'feffffff0f 00 00 00 01 01 00', /2147483647 bytes long/],
    ['length shorter than the fields', '0a 00 00 00 01 01 00', /0 headers in -1 bytes/],
    ['length longer than the fields', '0e 00 00 00 01 01 00 00', /end -1 bytes off/],
    ['key past the end', '0c 00 00 00 20 01 00', /./],
    ['key of 2^31-1', '14 00 00 00 feffffff0f 01 00', /./],
    ['value past the end', '0c 00 00 00 01 20 00', /./],
    ['header count that is negative', '0c 00 00 00 01 01 01', /-1 headers/],
    ['header count above the bytes left', '0c 00 00 00 01 01 04', /2 headers in 0 bytes/],
    ['header without a key', '10 00 00 00 01 01 02 01 01', /without a key/],
    ['header key past the end', '10 00 00 00 01 01 02 20 01', /./],
    ['header value past the end', '10 00 00 00 01 01 02 00 20', /./],
    ['varint of six bytes', '16 00 00 808080808000 01 01 00', /more than 5 bytes/],
    ['varint of eleven bytes', '20 00 8080808080808080808000 00 01 01 00', /more than 10 bytes/],
    ['no bytes at all', '', /./],
  ])('%s', (_, hex, message) => {
    for (const refusal of refusals(batchOf(hex))) {
      expect(refusal).toMatch(/^INVALID_RECORD: record 0: /)
      expect(refusal).toMatch(message)
    }
  })

  test('the record is the one that is named', () => {
    const valid = '0c 00 00 00 01 01 00'
    for (const refusal of refusals(batchOf(`${valid} ${valid} 01`, 3))) {
      expect(refusal).toMatch(/^INVALID_RECORD: record 2: /)
    }
  })

  test('more or fewer records than the header says', () => {
    const valid = '0c 00 00 00 01 01 00'
    expect(refusals(batchOf(valid))).toEqual(['accepted', 'accepted'])
    for (const refusal of refusals(batchOf(`${valid} ${valid}`, 1))) {
      expect(refusal).toBe('INVALID_RECORD: 7 bytes follow the last of 1 records')
    }
    for (const refusal of refusals(batchOf(valid, 2))) expect(refusal).toMatch(/record 1: /)
    for (const refusal of refusals(batchOf(valid, 0x7fffffff)))
      expect(refusal).toMatch(/record 1: /)
    for (const refusal of refusals(batchOf(valid, -1))) expect(refusal).toMatch(/7 bytes follow/)
  })

  test('what is not one whole batch of format v2', () => {
    const batch = encodeBatch({ records: [record] })
    const older = Buffer.from(batch)
    older.writeInt8(1, 16)
    for (const bad of [
      batch.subarray(0, 60),
      batch.subarray(0, -1),
      Buffer.concat([batch, batch]),
      older,
    ]) {
      for (const refusal of refusals(bad)) expect(refusal).toMatch(/^INVALID_RECORD/)
    }
  })

  test('a longer encoding of the same numbers is accepted, and null is any negative length', () => {
    expect(refusals(batchOf('12 00 80808000 00 03 01 00'))).toEqual(['accepted', 'accepted'])
    const [decoded] = decodeRecords(batchOf('12 00 80808000 00 03 01 00'), limit)
    expect(decoded).toMatchObject({ key: null, value: null, timestamp: 1000 })
  })
})

test('whatever the bytes, walking and decoding agree, and only a KafkaError is thrown', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 })
  const agree = fc.property(newRecords, changes, (records, list) => {
    const batch = encodeBatch({ records })
    for (const [at, byte] of list) {
      batch[batchHeaderBytes + (at % (batch.length - batchHeaderBytes))] = byte
    }
    const [walked, decoded] = refusals(batch)
    expect(walked).toBe(decoded)
  })
  fc.assert(agree, { numRuns: 500 })
})

test('a batch that inflates to very many records gives them one by one, up to the limit', () => {
  const many = Array.from({ length: 100_000 }, () => ({ timestamp: 0, key: null, value: null }))
  const batch = encodeBatch({ records: many, compression: 4 })
  const [first] = decodeRecords(batch, limit)
  expect(first).toMatchObject({ offset: 0 })
  expect(() => [...decodeRecords(batch, 1000)]).toThrow(/more than 1000 bytes/)
})
