/** Records for which Produce refuses their batch (KIP-467; Kafka: LogValidator). */
import { describe, expect, it } from 'vitest'
import { produce } from '../../protocol/apis/00-produce.ts'
import { encodeBatch, type NewRecord } from '../../protocol/records.ts'
import { fetchFrom, produceTo } from './requests.ts'
import { at, withBody } from './batches.ts'
import { differs, newTopic, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const hourMs = 3_600_000
const compressions = [0, 1, 2, 3, 4]
const withoutKey: NewRecord = { timestamp: Date.now(), key: null, value: Buffer.from('value') }
const good: NewRecord = { ...withoutKey, key: Buffer.from('key') }
const ahead = { ...good, timestamp: Date.now() + 2 * hourMs }
const behind = { ...good, timestamp: Date.now() - 2 * hourMs }

async function refused(configs: Record<string, string>, records: Buffer, version = 13) {
  const topic = await wire.newTopic({ configs })
  const answer = await produceTo(wire.client, topic, records, { version })
  expect((await fetchFrom(wire.client, topic)).highWatermark).toBe(0)
  expect(answer).toMatchObject({ baseOffset: -1, logAppendTimeMs: -1 })
  const { error, recordErrors } = answer
  return { error, records: recordErrors.map(({ batchIndex }) => batchIndex) }
}

describe('Produce refuses a batch with', () => {
  it.each(compressions)('records without a key for a compacted topic: compression %i', async id => {
    for (const policy of ['compact', 'compact,delete']) {
      const records = encodeBatch({ compression: id, records: [withoutKey, good, withoutKey] })
      expect(await refused({ 'cleanup.policy': policy }, records)).toEqual({
        error: 'INVALID_RECORD',
        records: [0, 2],
      })
    }
  })

  it.each(compressions)('records of more than an hour ahead: compression %i', async id => {
    const records = encodeBatch({ compression: id, records: [good, ahead] })
    expect(await refused({}, records)).toEqual({ error: 'INVALID_TIMESTAMP', records: [1] })
  })

  it.each(compressions)('records from before the limit of the topic: compression %i', async id => {
    const configs = { 'message.timestamp.before.max.ms': String(hourMs) }
    const records = encodeBatch({ compression: id, records: [good, good, behind] })
    expect(await refused(configs, records)).toEqual({ error: 'INVALID_TIMESTAMP', records: [2] })
  })

  it('both, and tells of the time', async () => {
    const records = encodeBatch({ records: [withoutKey, { ...ahead, key: null }, ahead] })
    expect(await refused({ 'cleanup.policy': 'compact' }, records)).toEqual({
      error: 'INVALID_TIMESTAMP',
      records: [0, 1, 2],
    })
  })

  it.each(versionsOf(produce))('v%i, naming the records since v8', async version => {
    const records = encodeBatch({ records: [withoutKey] })
    expect(await refused({ 'cleanup.policy': 'compact' }, records, version)).toEqual({
      error: 'INVALID_RECORD',
      records: version >= 8 ? [0] : [],
    })
  })
})

describe('with compressed.record.validation, Produce refuses', () => {
  const strict = useBroker({ 'compressed.record.validation': true })

  it.each([1, 2, 3, 4])('records that end too early: compression %i', async compression => {
    const topic = await newTopic(strict.client)
    const batch = encodeBatch({ records: [good], compression })
    const cut = withBody(batch, batch.subarray(at.records, -9))
    // Kafka reads records on from what it could decompress, and fails.
    const error = differs({ here: 'INVALID_RECORD', kafka: 'UNKNOWN_SERVER_ERROR' })
    expect((await produceTo(strict.client, topic, cut)).error).toBe(error)
    expect((await produceTo(strict.client, topic, batch)).error).toBe('NONE')
  })
})

describe('Produce takes', () => {
  const limited = { 'message.timestamp.before.max.ms': '1000' }
  it.each<[string, Record<string, string>, NewRecord]>([
    ['a record without a time', limited, { ...good, timestamp: -1 }],
    ['a record of less than an hour ahead', {}, { ...good, timestamp: Date.now() + hourMs / 2 }],
    ['any time ahead if so configured', { 'message.timestamp.after.max.ms': '99999999' }, ahead],
    ['any time where the broker sets it', { 'message.timestamp.type': 'LogAppendTime' }, ahead],
    [
      'a tombstone for a compacted topic',
      { 'cleanup.policy': 'compact' },
      { ...good, value: null },
    ],
    ['an empty key', { 'cleanup.policy': 'compact' }, { ...good, key: Buffer.alloc(0) }],
  ])('%s', async (_, configs, record) => {
    const topic = await wire.newTopic({ configs })
    const answer = await produceTo(wire.client, topic, encodeBatch({ records: [record] }))
    expect(answer).toMatchObject({ error: 'NONE', baseOffset: 0, recordErrors: [] })
  })
})
