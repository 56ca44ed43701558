/** A few kilobytes that hold millions of records, for those who open batches while others wait. */
import { describe, expect, it } from 'vitest'
import { compress } from '../../protocol/compression.ts'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { maxOpenedRecords, openRecords } from '../../protocol/opened-records.ts'
import { eachRecord, encodeBatch } from '../../protocol/records.ts'
import { errorName } from '../../protocol/errors.ts'
import { at, baseTimestamp, changed, withBody } from '../handlers/batches.ts'
import { produceTo } from '../handlers/requests.ts'
import { useBroker } from '../handlers/wire.ts'

const wire = useBroker()
const zstd = 4

/** A record of a key and nothing else. */
const record = Buffer.from([14, 0, 0, 0, 2, 65, 1, 0])

function bombOf(body: Buffer, recordCount: number): Buffer {
  const timestamp = baseTimestamp
  const one = encodeBatch({ records: [{ timestamp, key: null, value: null }], compression: zstd })
  return changed(withBody(one, compress(zstd, body)), bytes => {
    bytes.writeInt32BE(recordCount, at.recordCount)
    bytes.writeInt32BE(recordCount - 1, at.lastOffsetDelta)
  })
}

const many = bombOf(
  Buffer.alloc(record.length * (maxOpenedRecords + 1), record),
  maxOpenedRecords + 1,
)

/** A record with more headers than any has, each of an empty name and value. */
function withHeaders(count: number): Buffer {
  const varint = (value: number): number[] =>
    value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
  const headers = Buffer.alloc(2 * count, Buffer.from([0, 1]))
  const inner = Buffer.concat([record.subarray(1, -1), Buffer.from(varint(2 * count)), headers])
  return Buffer.concat([Buffer.from(varint(2 * inner.length)), inner])
}

describe('a batch of more records than any client sends', () => {
  it.each([{ 'cleanup.policy': 'compact' }, { 'compression.type': 'gzip' }])(
    'is refused where it is opened, and is small: %o',
    async configs => {
      expect(many.length).toBeLessThan(2000)
      const answer = await produceTo(wire.client, await wire.newTopic({ configs }), many)
      expect(answer.error).toBe('MESSAGE_TOO_LARGE')
    },
  )

  it('is stored where nobody opens it, and not opened for ListOffsets', async () => {
    const topic = await wire.newTopic()
    expect((await produceTo(wire.client, topic, many)).error).toBe('NONE')
    const { topics } = await wire.client.request(listOffsets, 7, {
      replicaId: -1,
      topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, timestamp: baseTimestamp }] }],
    })
    expect(errorName(topics[0]!.partitions[0]!.errorCode)).toBe('MESSAGE_TOO_LARGE')
  })
})

it('a record of too many headers is refused', async () => {
  const topic = await wire.newTopic({ configs: { 'cleanup.policy': 'compact' } })
  const [few, more] = [100_000, 100_001].map(count => bombOf(withHeaders(count), 1))
  expect((await produceTo(wire.client, topic, few!)).error).toBe('NONE')
  expect((await produceTo(wire.client, topic, more!)).error).toBe('INVALID_RECORD')
})

it('what is opened leaves turns to others', async () => {
  const half = bombOf(Buffer.alloc(record.length * 500_000, record), 500_000)
  let turns = 0
  let records = 0
  const count = (): void => {
    turns++
    next = setImmediate(count)
  }
  let next = setImmediate(count)
  await openRecords(half, (opened, header) =>
    eachRecord(header, opened, reader => {
      reader.skipRecord()
      if (records++ === 0) turns = 0
      return false
    }),
  )
  clearImmediate(next)
  expect(records).toBe(500_000)
  expect(turns).toBeGreaterThanOrEqual(5)
})

it('an answer names no more than a thousand records that are wrong', async () => {
  const topic = await wire.newTopic({ configs: { 'cleanup.policy': 'compact' } })
  const keyless = Buffer.from([12, 0, 0, 0, 1, 1, 0])
  const answer = await produceTo(wire.client, topic, bombOf(Buffer.alloc(7 * 2000, keyless), 2000))
  expect(answer).toMatchObject({ error: 'INVALID_RECORD', recordErrors: { length: 1000 } })
})
