/** What produced records must be, and what becomes of their header (Kafka: LogValidator). */
import { describe, expect, it } from 'vitest'
import { crc32c } from '../protocol/crc32c.ts'
import { KafkaError } from '../protocol/errors.ts'
import { crcMatches, parseBatchHeader, setCreateTime } from '../protocol/record-batch.ts'
import { encodeBatch, type NewBatch } from '../protocol/records.ts'
import { validateBatch, type BatchRules } from '../src/batch-validation.ts'
import { RejectedRecords } from '../src/record-validation.ts'

const nowMs = 1_700_000_000_000
const hourMs = 3_600_000
const defaults: BatchRules = {
  cleanupPolicy: ['delete'],
  logAppendTime: false,
  messageTimestampAfterMaxMs: hourMs,
  messageTimestampBeforeMaxMs: Infinity,
  maxMessageBytes: Infinity,
  segmentBytes: Infinity,
  compressionType: 'producer',
  compressionGzipLevel: -1,
  compressionZstdLevel: 3,
}
const compacted: BatchRules = { ...defaults, cleanupPolicy: ['compact'] }
const ofTheLastHour: BatchRules = { ...defaults, messageTimestampBeforeMaxMs: hourMs }
const brokersTime: BatchRules = { ...defaults, logAppendTime: true }
const compressions = [0, 1, 2, 3, 4]
const value = Buffer.from('value')

function batchAt(times: readonly number[], fields: Partial<NewBatch> = {}): Buffer {
  const records = times.map(timestamp => ({ timestamp, key: Buffer.from('key'), value }))
  return encodeBatch({ records, ...fields })
}

/** A batch with a checksum that fits, and as long as it says. */
function whole(bytes: Buffer): Buffer {
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}

async function outcome(batch: Buffer, rules = defaults, opensAll = false): Promise<string> {
  try {
    await validateBatch({ bytes: batch, header: parseBatchHeader(batch) }, rules, {
      nowMs,
      opensAll,
    })
    return 'accepted'
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    if (!(error instanceof RejectedRecords)) return error.error
    return `${error.error} ${error.recordErrors.map(({ batchIndex }) => batchIndex).join()}`
  }
}

describe('the time of a record', () => {
  const limits: [string, number, BatchRules, string][] = [
    ['an hour ahead', nowMs + hourMs, defaults, 'accepted'],
    ['more than an hour ahead', nowMs + hourMs + 1, defaults, 'INVALID_TIMESTAMP 1'],
    ['any time ago', 1, defaults, 'accepted'],
    ['an hour ago', nowMs - hourMs, ofTheLastHour, 'accepted'],
    ['more than an hour ago', nowMs - hourMs - 1, ofTheLastHour, 'INVALID_TIMESTAMP 1'],
    ['none', -1, ofTheLastHour, 'accepted'],
    ['far ahead, and not used', nowMs * 2, brokersTime, 'accepted'],
  ]
  const rows = compressions.flatMap(id => limits.map(limit => [id, ...limit] as const))
  it.each(rows)('compression %i: %s', async (compression, _, timestamp, rules, expected) => {
    const batch = batchAt([nowMs, timestamp, nowMs], { compression })
    expect(await outcome(batch, rules)).toBe(expected)
  })

  it.each(compressions)(
    'is not hidden by the header where records are read: %i',
    async compression => {
      const batch = batchAt([nowMs, nowMs + 2 * hourMs], { compression })
      setCreateTime(batch, 0, nowMs)
      expect(await outcome(batch, ofTheLastHour)).toBe('INVALID_TIMESTAMP 1')
    },
  )
})

describe('a record without a key', () => {
  const records = [Buffer.from('key'), null, null].map(key => ({ timestamp: nowMs, key, value }))

  it.each(compressions)(
    'is refused where logs are compacted: compression %i',
    async compression => {
      const batch = encodeBatch({ compression, records })
      expect(await outcome(batch, compacted)).toBe('INVALID_RECORD 1,2')
      const both: BatchRules = { ...compacted, cleanupPolicy: ['delete', 'compact'] }
      expect(await outcome(batch, both)).toBe('INVALID_RECORD 1,2')
      expect(await outcome(batch)).toBe('accepted')
    },
  )

  it('counts less than a time that is out of range', async () => {
    const late = { ...records[0]!, timestamp: 2 * nowMs }
    expect(await outcome(encodeBatch({ records: [records[1]!, late] }), compacted)).toBe(
      'INVALID_TIMESTAMP 0,1',
    )
  })
})

describe('the header', () => {
  async function corrected(batch: Buffer, rules = defaults) {
    const { header } = await validateBatch(
      { bytes: batch, header: parseBatchHeader(batch) },
      rules,
      { nowMs, opensAll: false },
    )
    expect(crcMatches(batch)).toBe(true)
    const { timestampType, maxTimestamp } = parseBatchHeader(batch)
    expect(header).toMatchObject({ timestampType, maxTimestamp })
    return { timestampType, maxTimestamp }
  }

  it.each([0, nowMs + 1, -1])('tells the largest time of the records, not %i', async lie => {
    const batch = batchAt([nowMs - 1, nowMs, nowMs - 2])
    setCreateTime(batch, 0, lie)
    expect(await corrected(batch)).toEqual({ timestampType: 'CreateTime', maxTimestamp: nowMs })
  })

  it('is left as it is where it tells the truth', async () => {
    const batch = batchAt([nowMs - 1, nowMs])
    const before = Buffer.from(batch)
    await corrected(batch)
    expect(batch).toEqual(before)
  })

  it.each([1, 2, 3, 4])('is believed where compression %i hides the records', async compression => {
    const batch = batchAt([nowMs], { compression })
    setCreateTime(batch, 0, nowMs - 1)
    expect((await corrected(batch)).maxTimestamp).toBe(nowMs - 1)
    expect((await corrected(batch, compacted)).maxTimestamp).toBe(nowMs)
  })

  it('loses the mark of brokers, and keeps the time that came with it', async () => {
    const stamped = batchAt([1000, 2000], { timestampType: 'LogAppendTime' })
    expect(await corrected(stamped)).toEqual({ timestampType: 'CreateTime', maxTimestamp: 2000 })
  })

  it('must not have the mark of brokers without a time, or where brokers set it', async () => {
    const [stamped, timeless] = [2000, -1].map(time =>
      batchAt([time, time], { timestampType: 'LogAppendTime' }),
    )
    expect(await outcome(stamped!, brokersTime)).toBe('INVALID_TIMESTAMP 0,1')
    expect(await outcome(timeless!)).toBe('INVALID_TIMESTAMP 0,1')
  })
})

describe('compressed records', () => {
  const garbage = Buffer.from('this was never compressed')

  it.each([1, 3, 4])('must begin like compression %i', async compression => {
    const header = batchAt([nowMs], { compression }).subarray(0, 61)
    const batch = whole(Buffer.concat([header, garbage]))
    expect(await outcome(batch)).toBe('INVALID_RECORD')
  })

  it.each([1, 2, 3, 4])('must be whole where they are read: compression %i', async compression => {
    const batch = whole(batchAt([nowMs], { compression }).subarray(0, -9))
    expect(await outcome(batch, compacted)).toBe('INVALID_RECORD')
  })

  it.each([1, 2, 3, 4])('must be whole where all are read: compression %i', async compression => {
    const batch = whole(batchAt([nowMs], { compression }).subarray(0, -9))
    expect(await outcome(batch)).toBe('accepted')
    expect(await outcome(batch, defaults, true)).toBe('INVALID_RECORD')
  })

  it('must not become more than 64 MiB where they are read', async () => {
    const record = { timestamp: nowMs, key: value, value: Buffer.alloc(65 * 1024 * 1024) }
    const bomb = encodeBatch({ records: [record], compression: 4 })
    expect(await outcome(bomb)).toBe('accepted')
    expect(await outcome(bomb, compacted)).toBe('MESSAGE_TOO_LARGE')
  })
})
