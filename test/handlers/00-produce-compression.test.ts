/** What compression.type makes of produced batches (Kafka: LogValidator, MemoryRecordsBuilder). */
import { describe, expect, it } from 'vitest'
import { compress } from '../../protocol/compression.ts'
import { batchSize, crcMatches, parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords, encodeBatch, type NewBatch } from '../../protocol/records.ts'
import { at, baseTimestamp, batchOf, changed } from './batches.ts'
import { ConfigClient, resource, SET } from './configs.ts'
import { fetchFrom, produceTo } from './requests.ts'
import { differs, uniqueName, useBroker, type TestTopic } from './wire.ts'

const wire = useBroker()
const configs = new ConfigClient(() => wire.client)
const types = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const ids = [0, 1, 2, 3, 4]
const limit = 10_000_000

const records = [7, 3, 5].map((ms, i) => ({
  timestamp: baseTimestamp + ms,
  key: Buffer.from(`key ${i}`),
  value: i === 1 ? null : Buffer.from('some text, '.repeat(50)),
  headers: [{ key: 'header', value: Buffer.from(`${i}`) }],
}))

function withType(type: string, others: Record<string, string> = {}): Promise<TestTopic> {
  return wire.newTopic({ configs: { 'compression.type': type, ...others } })
}

/** The batches of a topic, from an offset on. */
async function stored(topic: TestTopic, fetchOffset = 0) {
  const answer = await fetchFrom(wire.client, topic, { fetchOffset, partitionMaxBytes: 1e8 })
  const bytes = Buffer.concat(answer.records ?? [])
  const batches: Buffer[] = []
  for (let from = 0; from < bytes.length; from += batchSize(bytes, from)) {
    batches.push(bytes.subarray(from, from + batchSize(bytes, from)))
  }
  for (const batch of batches) expect(crcMatches(batch)).toBe(true)
  return batches.map(batch => ({
    bytes: batch.length,
    ...parseBatchHeader(batch),
    records: [...decodeRecords(batch, limit)],
  }))
}

describe.each(types)('compression.type %s', type => {
  it.each(ids)('stores a batch that comes with compression %i', async compression => {
    const topic = await withType(type)
    for (const baseOffset of [0, 3]) {
      const answer = await produceTo(wire.client, topic, encodeBatch({ records, compression }))
      expect(answer).toMatchObject({ error: 'NONE', baseOffset, logAppendTimeMs: -1 })
    }
    const [, second] = await stored(topic)
    expect(second).toMatchObject({
      baseOffset: 3,
      lastOffsetDelta: 2,
      compression: types.indexOf(type),
      timestampType: 'CreateTime',
      baseTimestamp: baseTimestamp + 7,
      maxTimestamp: baseTimestamp + 7,
      records: records.map((record, i) => ({ ...record, offset: 3 + i })),
    })
  })
})

describe('a batch that is compressed anew', () => {
  const producer = { producerId: 4321, producerEpoch: 2 }

  it('is still that of its producer, whose retries are recognised', async () => {
    const topic = await withType('zstd')
    const batches = [0, 3].map(baseSequence =>
      encodeBatch({ records, compression: 1, ...producer, baseSequence }),
    )
    for (const batch of [...batches, ...batches]) {
      expect(await produceTo(wire.client, topic, batch)).toMatchObject({ error: 'NONE' })
    }
    const gap = encodeBatch({ records, compression: 1, ...producer, baseSequence: 9 })
    expect((await produceTo(wire.client, topic, gap)).error).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    const found = await stored(topic)
    expect(found).toMatchObject([
      { ...producer, baseSequence: 0 },
      { ...producer, baseSequence: 3 },
    ])
    expect(found).toHaveLength(2)
  })

  it('has the time of the log, where that counts', async () => {
    const topic = await withType('zstd', { 'message.timestamp.type': 'LogAppendTime' })
    const answer = await produceTo(wire.client, topic, encodeBatch({ records }))
    const time = answer.logAppendTimeMs
    expect(Math.abs(Date.now() - time)).toBeLessThan(60_000)
    const [batch] = await stored(topic)
    expect(batch).toMatchObject({ timestampType: 'LogAppendTime', maxTimestamp: time })
    expect(batch!.records.map(({ timestamp }) => timestamp)).toEqual([time, time, time])
  })

  it('gives its records the time that a client has stamped on it', async () => {
    const topic = await withType('lz4')
    await produceTo(wire.client, topic, encodeBatch({ records, timestampType: 'LogAppendTime' }))
    const [batch] = await stored(topic)
    expect(batch).toMatchObject({ timestampType: 'CreateTime', maxTimestamp: baseTimestamp + 7 })
    expect(new Set(batch!.records.map(({ timestamp }) => timestamp))).toEqual(
      new Set([baseTimestamp + 7]),
    )
  })

  it.each([
    ['lz4', 'zstd'],
    ['snappy', 'uncompressed'],
    ['uncompressed', 'gzip'],
  ])('has its records numbered anew: %s to %s', async (source, type) => {
    const topic = await withType(type)
    const compression = types.findIndex(name => name === source)
    const answer = await produceTo(wire.client, topic, misnumbered(compression))
    expect(answer).toMatchObject({ error: 'NONE', baseOffset: 0 })
    const [batch] = await stored(topic)
    expect(batch!.records.map(({ offset }) => offset)).toEqual([0, 1, 2])
    expect(batch!.records.map(({ timestamp }) => timestamp)).toEqual(
      records.map(({ timestamp }) => timestamp),
    )
  })

  it('has its records numbered anew also where its compression stays', async () => {
    const topic = await withType('zstd', { 'cleanup.policy': 'compact' })
    const { error } = await produceTo(wire.client, topic, misnumbered(4))
    // Kafka means to, and fails: it has read the records without their keys and values.
    expect(error).toBe(differs({ here: 'NONE', kafka: 'UNKNOWN_SERVER_ERROR' }))
    const offsets = (await stored(topic)).flatMap(batch =>
      batch.records.map(({ offset }) => offset),
    )
    expect(offsets).toEqual(differs({ here: [0, 1, 2], kafka: [] }))
  })

  it('is refused when that makes it larger than max.message.bytes', async () => {
    const topic = await withType('uncompressed', { 'max.message.bytes': '1000' })
    const answer = await produceTo(wire.client, topic, encodeBatch({ records, compression: 4 }))
    expect(answer).toMatchObject({
      error: 'MESSAGE_TOO_LARGE',
      baseOffset: -1,
      logStartOffset: -1,
    })
    expect(await stored(topic)).toEqual([])
  })

  it('is refused for its size as it came, though it would become smaller', async () => {
    const topic = await withType('zstd', { 'max.message.bytes': '1000' })
    const { error } = await produceTo(wire.client, topic, encodeBatch({ records }))
    expect(error).toBe('MESSAGE_TOO_LARGE')
  })

  it('is refused when that makes it larger than a segment', async () => {
    const topic = await withType('uncompressed', {
      'max.message.bytes': '4000000',
      'segment.bytes': '1048576',
    })
    const answer = await produceTo(wire.client, topic, compressible(200_000, { compression: 4 }))
    expect(answer.error).toBe('RECORD_LIST_TOO_LARGE')
  })

  it('must hold what its compression says', async () => {
    const topic = await withType('zstd')
    const garbage = changed(encodeBatch({ records, compression: 1 }), bytes => bytes.fill(7, 80))
    expect((await produceTo(wire.client, topic, garbage)).error).toBe('INVALID_RECORD')
  })

  it.each([
    ['gzip', '1', '9'],
    ['zstd', '-100', '19'],
  ])('is compressed at the level of the topic: %s', async (type, fast, small) => {
    const sizes: number[] = []
    for (const level of [fast, small]) {
      const topic = await withType(type, { [`compression.${type}.level`]: level })
      await produceTo(wire.client, topic, compressible(10_000))
      sizes.push((await stored(topic))[0]!.bytes)
    }
    expect(sizes[1]).toBeLessThan(sizes[0]!)
  })
})

describe('compression.type', () => {
  it('acts on what comes after it has changed', async () => {
    const name = uniqueName()
    const topic = await wire.newTopic({ name })
    await produceTo(wire.client, topic, encodeBatch({ records, compression: 1 }))
    await configs.change(resource.topic, name, [['compression.type', SET, 'zstd']])
    await expect
      .poll(async () => {
        await produceTo(wire.client, topic, encodeBatch({ records, compression: 1 }))
        return (await stored(topic)).map(({ compression }) => compression)
      })
      .toContain(4)
    expect((await stored(topic))[0]!.compression).toBe(1)
  })

  it('keeps requests of a connection in order, whatever they cost', async () => {
    const topic = await withType('gzip')
    const producer = { producerId: 99, producerEpoch: 0 }
    const slow = compressible(50_000, { ...producer, baseSequence: 0 })
    const small = [1, 2, 3, 4].map(baseSequence =>
      batchOf(['small'], { ...producer, baseSequence, compression: baseSequence % 2 }),
    )
    const answers = await Promise.all(
      [slow, ...small].map(batch => produceTo(wire.client, topic, batch)),
    )
    expect(answers.map(({ error, baseOffset }) => `${error} ${baseOffset}`)).toEqual(
      [0, 1, 2, 3, 4].map(offset => `NONE ${offset}`),
    )
  })
})

/** Records with offset deltas 3, 1 and 2. */
function misnumbered(compression: number): Buffer {
  const plain = encodeBatch({ records })
  // Two bytes of length, attributes and time lie in front of it.
  plain[at.records + 4] = 6
  const body = compress(compression, plain.subarray(at.records))
  return changed(Buffer.concat([plain.subarray(0, at.records), body]), bytes => {
    bytes.writeInt32BE(bytes.length - at.leaderEpoch, at.batchLength)
    bytes.writeInt16BE(compression, at.attributes)
  })
}

/** So many words, of six bytes each, that become much less. */
function compressible(count: number, fields: Partial<NewBatch> = {}): Buffer {
  let seed = 1
  const words = Array.from({ length: count }, () => {
    seed = (seed * 48_271) % 2_147_483_647
    return `w${seed % 5000} `
  })
  return batchOf([words.join('')], fields)
}
