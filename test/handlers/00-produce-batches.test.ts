/** Which batches Produce takes, and how it refuses others. */
import { describe, expect, it } from 'vitest'
import { produce } from '../../protocol/apis/00-produce.ts'
import { encodeBatch } from '../../protocol/records.ts'
import { at, batchOf, changed, withBody } from './batches.ts'
import { fetchFrom, produceTo } from './requests.ts'
import { differs, onKafka, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const batch = batchOf(['one', 'two'])
const [none, gzip, snappy, lz4, zstd] = [0, 1, 2, 3, 4] as const
const controlBit = 0x20
const transactionalBit = 0x10
const logAppendTimeBit = 0x08

const int8 = (position: number, value: number): Buffer =>
  changed(batch, b => b.writeInt8(value, position))
const int16 = (position: number, value: number): Buffer =>
  changed(batch, b => b.writeInt16BE(value, position))
const int32 = (position: number, value: number): Buffer =>
  changed(batch, b => b.writeInt32BE(value, position))
const int64 = (position: number, value: bigint): Buffer =>
  changed(batch, b => b.writeBigInt64BE(value, position))

/** The batch, with a count and offsets that agree with one another. */
function counted(count: number, bytes = batch): Buffer {
  return changed(bytes, b => {
    b.writeInt32BE(count - 1, at.lastOffsetDelta)
    b.writeInt32BE(count, at.recordCount)
  })
}

/** A batch that says that these bytes are one record. */
const record = (...bytes: number[]): Buffer => counted(1, withBody(batch, Buffer.from(bytes)))

/** A small number as a varint. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)

/** A record's fields, as varints of a byte each, behind their length and its attributes. */
function fields(...values: number[]): Buffer {
  return record(zigzag(values.length + 1), 0, ...values.map(zigzag))
}

const garbage = Buffer.from('this was never compressed')

function compressed(compression: number, body: Buffer): Buffer {
  return changed(withBody(batch, body), b => b.writeInt16BE(compression, at.attributes))
}

describe('a produced batch is refused (Kafka: ProduceRequest, LogValidator)', () => {
  it.each<[string, Buffer, string]>([
    ['empty', Buffer.alloc(0), 'INVALID_RECORD'],
    ['a few bytes', batch.subarray(0, 16), 'INVALID_RECORD'],
    ['cut within the header', batch.subarray(0, 60), 'INVALID_RECORD'],
    ['cut by a byte', batch.subarray(0, -1), 'INVALID_RECORD'],
    ['followed by another', Buffer.concat([batch, batch]), 'INVALID_RECORD'],
    ['of length 13', int32(at.batchLength, 13), 'CORRUPT_MESSAGE'],
    ['of length 14', int32(at.batchLength, 14), 'CORRUPT_MESSAGE'],
    ['of length 48', int32(at.batchLength, 48), 'CORRUPT_MESSAGE'],
    ['of length -1', int32(at.batchLength, -1), 'CORRUPT_MESSAGE'],
    ['of length -2^31', int32(at.batchLength, -(2 ** 31)), 'CORRUPT_MESSAGE'],
    ['of format 3', int8(at.magic, 3), 'CORRUPT_MESSAGE'],
    ['of format -1', int8(at.magic, -1), 'CORRUPT_MESSAGE'],
    ['of format 1', int8(at.magic, 1), 'INVALID_RECORD'],
    ['of format 0', int8(at.magic, 0), 'INVALID_RECORD'],
    ['with another checksum', Buffer.from(batch).fill(1, at.crc, at.attributes), 'CORRUPT_MESSAGE'],
    ['with another byte', Buffer.from(batch).fill(1, batch.length - 1), 'CORRUPT_MESSAGE'],
    ['at offset 5', int64(at.baseOffset, 5n), 'INVALID_RECORD'],
    ['at offset -1', int64(at.baseOffset, -1n), 'INVALID_RECORD'],
    ['of last offset delta -1', int32(at.lastOffsetDelta, -1), 'INVALID_RECORD'],
    ['of last offset delta 2', int32(at.lastOffsetDelta, 2), 'INVALID_RECORD'],
    ['of 0 records', int32(at.recordCount, 0), 'INVALID_RECORD'],
    ['of -1 records', int32(at.recordCount, -1), 'INVALID_RECORD'],
    ['of 3 records in 2 offsets', int32(at.recordCount, 3), 'INVALID_RECORD'],
    ['of more records than there are', counted(10), 'INVALID_RECORD'],
    ['of 2^31-1 records', counted(2 ** 31 - 1), 'INVALID_RECORD'],
    ['of fewer records than there are', counted(1), 'INVALID_RECORD'],
    ['with a record of length -1', record(zigzag(-1), 0, 0, 0, 1, 1, 0), 'INVALID_RECORD'],
    ['with a record of length 0', record(0), 'INVALID_RECORD'],
    ['with a record past the end', record(zigzag(20), 0, 0, 0, 1, 1, 0), 'INVALID_RECORD'],
    ['with a byte after the fields', record(zigzag(7), 0, 0, 0, 1, 1, 0, 9), 'INVALID_RECORD'],
    ['with -1 headers', fields(0, 0, -1, -1, -1), 'INVALID_RECORD'],
    ['with more headers than bytes', fields(0, 0, -1, -1, 5), 'INVALID_RECORD'],
    ['with a header without a key', fields(0, 0, -1, -1, 1, -1, -1), 'INVALID_RECORD'],
    ['with a key past the end', fields(0, 0, 60, -1, 0), 'INVALID_RECORD'],
    ['with a value past the end', fields(0, 0, -1, 60, 0), 'INVALID_RECORD'],
    ['a control batch', int16(at.attributes, controlBit), 'INVALID_RECORD'],
    [
      'transactional without a transactional id',
      int16(at.attributes, transactionalBit),
      'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    ],
  ])('when it is %s', async (_, records, error) => {
    const topic = await wire.newTopic()
    const answer = await produceTo(wire.client, topic, records)
    expect(answer).toMatchObject({ error, baseOffset: -1, logAppendTimeMs: -1 })
    expect((await fetchFrom(wire.client, topic)).highWatermark).toBe(0)
  })

  it.each<[string, Buffer, here: string, kafka: string]>([
    [
      'of compression 5',
      compressed(5, garbage),
      'UNSUPPORTED_COMPRESSION_TYPE',
      'UNKNOWN_SERVER_ERROR',
    ],
    [
      'of compression 7',
      compressed(7, garbage),
      'UNSUPPORTED_COMPRESSION_TYPE',
      'UNKNOWN_SERVER_ERROR',
    ],
    [
      'of length 2^31-1',
      int32(at.batchLength, 2 ** 31 - 1),
      'INVALID_RECORD',
      'UNKNOWN_SERVER_ERROR',
    ],
    [
      'with a varint of 6 bytes',
      record(0x8c, 128, 128, 128, 128, 0, 0, 0, 0, 1, 1, 0),
      'INVALID_RECORD',
      'UNKNOWN_SERVER_ERROR',
    ],
    ['garbage as gzip', compressed(gzip, garbage), 'INVALID_RECORD', 'UNKNOWN_SERVER_ERROR'],
    ['garbage as lz4', compressed(lz4, garbage), 'INVALID_RECORD', 'UNKNOWN_SERVER_ERROR'],
    ['garbage as zstd', compressed(zstd, garbage), 'INVALID_RECORD', 'UNKNOWN_SERVER_ERROR'],
    // Without framing, snappy begins like anything else; records are not opened to see.
    ['garbage as snappy', compressed(snappy, garbage), 'NONE', 'UNKNOWN_SERVER_ERROR'],
  ])('in another way than Apache Kafka does, when it is %s', async (_, records, here, kafka) => {
    const { error } = await produceTo(wire.client, await wire.newTopic(), records)
    expect(error).toBe(differs({ here, kafka }))
  })

  it.skipIf(onKafka)('when it is null (skipped on Apache Kafka: it never answers)', async () => {
    const { error } = await produceTo(wire.client, await wire.newTopic(), null)
    expect(error).toBe('INVALID_RECORD')
  })

  it('when it is stamped by a broker and the topic is, too', async () => {
    const configs = { 'message.timestamp.type': 'LogAppendTime' }
    const stamped = int16(at.attributes, logAppendTimeBit)
    const { error } = await produceTo(wire.client, await wire.newTopic({ configs }), stamped)
    expect(error).toBe('INVALID_TIMESTAMP')
  })
})

describe('a produced batch is taken', () => {
  it('when it is transactional, but of no producer', async () => {
    const records = int16(at.attributes, transactionalBit)
    const options = { transactionalId: 'orders' }
    const { error } = await produceTo(wire.client, await wire.newTopic(), records, options)
    expect(error).toBe('NONE')
  })

  it.each<[string, Buffer]>([
    ['with headers', record(zigzag(14), 0, 0, 0, 2, 107, 2, 118, 4, 2, 104, 2, 119, 0, 1)],
    ['with varints longer than needed', record(0x8e, 0, 0, 0, 0, 1, 0x81, 0, 0)],
    ['with offset deltas that do not count up', fields(0, 5, -1, -1, 0)],
    ['with any negative length as null', fields(0, 0, -3, -2, 0)],
    ['with attributes that mean nothing', int16(at.attributes, 0x140)],
    ['with record attributes', record(zigzag(6), 0x7f, 0, 0, 1, 1, 0)],
    ['with a leader epoch', int32(at.leaderEpoch, 77)],
    ['with a sequence but no producer id', int32(at.baseSequence, 4)],
    ['with producer id -2', int64(at.producerId, -2n)],
  ])('%s', async (_, records) => {
    const topic = await wire.newTopic()
    expect(await produceTo(wire.client, topic, records)).toMatchObject({ error: 'NONE' })
    expect(await stored(topic)).toEqual(changed(records, b => b.writeInt32BE(0, at.leaderEpoch)))
  })

  it.each([none, gzip, snappy, lz4, zstd])('and stored as it is in compression %i', async id => {
    const topic = await wire.newTopic()
    const records = batchOf(['one', 'two'.repeat(1000)], {
      compression: id,
      partitionLeaderEpoch: 0,
    })
    expect(await produceTo(wire.client, topic, records)).toMatchObject({ error: 'NONE' })
    expect(await stored(topic)).toEqual(records)
  })

  it.each<[string, Buffer]>([
    ['what is cut behind it', Buffer.concat([batch, batch.subarray(0, 60)])],
    ['the mark of brokers', int16(at.attributes, logAppendTimeBit)],
    ['a largest time that is not that of its records', int64(at.maxTimestamp, 5n)],
  ])('without %s', async (_, records) => {
    const topic = await wire.newTopic()
    expect(await produceTo(wire.client, topic, records)).toMatchObject({ error: 'NONE' })
    expect(await stored(topic)).toEqual(changed(batch, b => b.writeInt32BE(0, at.leaderEpoch)))
  })

  it.each(versionsOf(produce))('v%i in zstd, from v7 on (KIP-110)', async version => {
    const records = batchOf(['one'], { compression: zstd })
    const { error } = await produceTo(wire.client, await wire.newTopic(), records, { version })
    expect(error).toBe(version < 7 ? 'UNSUPPORTED_COMPRESSION_TYPE' : 'NONE')
  })

  async function stored(topic: Awaited<ReturnType<typeof wire.newTopic>>): Promise<Buffer> {
    return Buffer.concat([...(await fetchFrom(wire.client, topic)).records!])
  }
})

describe('a produced batch must not be larger than (Kafka: UnifiedLog.append)', () => {
  const large = batchOf(['incompressible', 'x'.repeat(2000)])

  it('max.message.bytes of its topic', async () => {
    const limitedTo = (bytes: number) =>
      wire.newTopic({ configs: { 'max.message.bytes': String(bytes) } })
    const fits = await produceTo(wire.client, await limitedTo(large.length), large)
    expect(fits.error).toBe('NONE')
    const topic = await limitedTo(large.length - 1)
    expect(await produceTo(wire.client, topic, large)).toMatchObject({
      error: 'MESSAGE_TOO_LARGE',
      baseOffset: -1,
    })
    expect((await fetchFrom(wire.client, topic)).highWatermark).toBe(0)
  })

  it('max.message.bytes in its compressed form', async () => {
    const topic = await wire.newTopic({ configs: { 'max.message.bytes': '1000' } })
    const records = batchOf(['x'.repeat(100_000)], { compression: gzip })
    expect((await produceTo(wire.client, topic, records)).error).toBe('NONE')
  })

  it('message.max.bytes of the broker, which is 1 MiB and 12 bytes', async () => {
    const topic = await wire.newTopic()
    expect((await produceTo(wire.client, topic, sized(1_048_588))).error).toBe('NONE')
    const { error } = await produceTo(wire.client, topic, sized(1_048_589))
    expect(error).toBe('MESSAGE_TOO_LARGE')
  })

  it('segment.bytes of its topic', async () => {
    const configs = { 'segment.bytes': '1048576', 'max.message.bytes': '2000000' }
    const topic = await wire.newTopic({ configs })
    expect((await produceTo(wire.client, topic, sized(1_048_576))).error).toBe('NONE')
    const { error } = await produceTo(wire.client, topic, sized(1_048_577))
    expect(error).toBe('RECORD_LIST_TOO_LARGE')
  })

  /** A batch of so many bytes. */
  function sized(bytes: number): Buffer {
    const ofValue = (valueBytes: number): Buffer =>
      encodeBatch({ records: [{ timestamp: 0, key: null, value: Buffer.alloc(valueBytes) }] })
    // The overhead is the same for all values of around a megabyte.
    return ofValue(bytes - (ofValue(1_000_000).length - 1_000_000))
  }
})

describe.skipIf(onKafka)(
  'a broker with message.max.bytes (skipped on Apache Kafka: has its own)',
  () => {
    const limited = useBroker({ 'message.max.bytes': 100 })

    it('holds topics to it that have no limit of their own', async () => {
      const large = batchOf(['x'.repeat(100)])
      const inherited = await limited.newTopic()
      const own = await limited.newTopic({ configs: { 'max.message.bytes': '1000' } })
      expect((await produceTo(limited.client, inherited, batch)).error).toBe('NONE')
      expect((await produceTo(limited.client, inherited, large)).error).toBe('MESSAGE_TOO_LARGE')
      expect((await produceTo(limited.client, own, large)).error).toBe('NONE')
    })
  },
)
