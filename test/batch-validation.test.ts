import { describe, expect, it } from 'vitest'
import { errorName, KafkaError } from '../protocol/errors.ts'
import { crc32c } from '../protocol/crc32c.ts'
import { encodeBatch, type NewBatch } from '../protocol/records.ts'
import { onlyBatch, validateBatch, type BatchRules } from '../src/batch-validation.ts'

const clock = { nowMs: 5000, opensAll: false }
const rules: BatchRules = {
  maxMessageBytes: 10_000,
  segmentBytes: 100_000,
  cleanupPolicy: ['delete'],
  logAppendTime: false,
  messageTimestampAfterMaxMs: 3_600_000,
  messageTimestampBeforeMaxMs: Infinity,
  compressionType: 'producer',
  compressionGzipLevel: -1,
  compressionZstdLevel: 3,
}

const at = {
  batchLength: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  recordCount: 57,
  firstRecord: 61,
}

function batch(fields: Partial<NewBatch> = {}): Buffer {
  const record = { timestamp: 1000, key: Buffer.from('k'), value: Buffer.from('value') }
  return encodeBatch({ records: [record, record], ...fields })
}

/** A batch that was changed, with a checksum that fits. */
function changed(change: (bytes: Buffer) => unknown, fields: Partial<NewBatch> = {}): Buffer {
  const bytes = batch(fields)
  change(bytes)
  bytes.writeUInt32BE(crc32c(bytes.subarray(at.attributes)), at.crc)
  return bytes
}

async function outcome(
  records: Buffer | null,
  { version = 13, ...changes }: Partial<BatchRules> & { version?: number } = {},
): Promise<string> {
  try {
    await validateBatch(onlyBatch(records, version), { ...rules, ...changes }, clock)
    return 'accepted'
  } catch (error) {
    if (error instanceof KafkaError) return errorName(error.code)
    throw error
  }
}

describe('a produced batch (Kafka: ProduceRequest.validateRecords, LogValidator)', () => {
  it.each([0, 1, 2, 3, 4])('is accepted with compression type %i', async compression => {
    expect(await outcome(batch({ compression }))).toBe('accepted')
  })

  it.each<[string, Buffer | null, string]>([
    ['null', null, 'INVALID_RECORD'],
    ['empty', Buffer.alloc(0), 'INVALID_RECORD'],
    ['a few bytes', batch().subarray(0, 16), 'INVALID_RECORD'],
    ['a few zeros', Buffer.alloc(16), 'CORRUPT_MESSAGE'],
    ['cut by a byte', batch().subarray(0, -1), 'INVALID_RECORD'],
    ['followed by another', Buffer.concat([batch(), batch()]), 'INVALID_RECORD'],
    ['of length 13', changed(b => b.writeInt32BE(13, at.batchLength)), 'CORRUPT_MESSAGE'],
    ['of negative length', changed(b => b.writeInt32BE(-1, at.batchLength)), 'CORRUPT_MESSAGE'],
    ['of length 48', changed(b => b.writeInt32BE(48, at.batchLength)), 'CORRUPT_MESSAGE'],
    ['of format 3', changed(b => b.writeInt8(3, at.magic)), 'CORRUPT_MESSAGE'],
    ['of format -1', changed(b => b.writeInt8(-1, at.magic)), 'CORRUPT_MESSAGE'],
    ['of format 1', changed(b => b.writeInt8(1, at.magic)), 'INVALID_RECORD'],
    ['of format 0', changed(b => b.writeInt8(0, at.magic)), 'INVALID_RECORD'],
    ['at offset 5', batch({ baseOffset: 5 }), 'INVALID_RECORD'],
    ['a control batch', batch({ isControl: true }), 'INVALID_RECORD'],
    ['idempotent without sequence', batch({ producerId: 1, producerEpoch: 0 }), 'INVALID_RECORD'],
    [
      'of an unknown compression',
      changed(b => b.writeInt16BE(5, at.attributes)),
      'UNSUPPORTED_COMPRESSION_TYPE',
    ],
    ['without records', changed(b => b.writeInt32BE(0, at.recordCount)), 'INVALID_RECORD'],
    ['of -1 records', changed(b => b.writeInt32BE(-1, at.recordCount)), 'INVALID_RECORD'],
    [
      'of a count that is not its offsets',
      changed(b => b.writeInt32BE(3, at.recordCount)),
      'INVALID_RECORD',
    ],
    ['of negative offsets', changed(b => b.writeInt32BE(-1, at.lastOffsetDelta)), 'INVALID_RECORD'],
    ['of more records than bytes', changed(setCount(10)), 'INVALID_RECORD'],
    ['of fewer records than bytes', changed(setCount(1)), 'INVALID_RECORD'],
    ['with a record of negative length', changed(b => (b[at.firstRecord] = 1)), 'INVALID_RECORD'],
    ['with a record past the end', changed(b => (b[at.firstRecord] = 0x7e)), 'INVALID_RECORD'],
  ])('is refused when it is %s', async (_, records, error) => {
    expect(await outcome(records)).toBe(error)
  })

  it('is refused when any byte that the checksum covers has changed', async () => {
    for (let i = at.attributes; i < batch().length; i++) {
      const bytes = batch()
      bytes[i]! ^= 0x80
      expect(await outcome(bytes)).not.toBe('accepted')
    }
  })

  it.each([1, 11, 16, 60])('is cut off what is no whole batch behind it: %i bytes', async bytes => {
    const cut = Buffer.concat([batch(), batch().subarray(0, bytes)])
    expect(onlyBatch(cut, 13).bytes).toEqual(batch())
  })

  it('must not be followed by what can be no batch', async () => {
    expect(await outcome(Buffer.concat([batch(), Buffer.alloc(12)]))).toBe('CORRUPT_MESSAGE')
  })

  it('is measured against max.message.bytes as it was sent', async () => {
    const value = Buffer.alloc(100_000, 'a')
    const compressed = encodeBatch({
      compression: 1,
      records: [{ timestamp: 0, key: null, value }],
    })
    expect(await outcome(compressed, { maxMessageBytes: compressed.length })).toBe('accepted')
    expect(await outcome(compressed, { maxMessageBytes: compressed.length - 1 })).toBe(
      'MESSAGE_TOO_LARGE',
    )
  })

  it('must fit in a segment', async () => {
    const bytes = batch()
    expect(await outcome(bytes, { segmentBytes: bytes.length })).toBe('accepted')
    expect(await outcome(bytes, { segmentBytes: bytes.length - 1 })).toBe('RECORD_LIST_TOO_LARGE')
  })

  it('may be compressed with zstd from Produce v7 on (KIP-110)', async () => {
    expect(await outcome(batch({ compression: 4 }), { version: 6 })).toBe(
      'UNSUPPORTED_COMPRESSION_TYPE',
    )
    expect(await outcome(batch({ compression: 4 }), { version: 7 })).toBe('accepted')
  })
})

function setCount(count: number) {
  return (bytes: Buffer): void => {
    bytes.writeInt32BE(count - 1, at.lastOffsetDelta)
    bytes.writeInt32BE(count, at.recordCount)
  }
}
