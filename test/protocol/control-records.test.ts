import { expect, it } from 'vitest'
import { encodeMarker, parseMarker } from '../../protocol/control-records.ts'
import { crcMatches, parseBatchHeader } from '../../protocol/record-batch.ts'
import { emptyBatch } from '../../protocol/rewritten-batch.ts'
import { decodeRecords, encodeBatch } from '../../protocol/records.ts'

const producer = { producerId: 7, producerEpoch: 3, coordinatorEpoch: 5 }

it.each([
  ['commit', '00000001'],
  ['abort', '00000000'],
] as const)('a %s is a control batch of one record', (type, key) => {
  const batch = encodeMarker({ type, ...producer }, 1234)
  expect(crcMatches(batch)).toBe(true)
  expect(parseBatchHeader(batch)).toMatchObject({
    isControl: true,
    isTransactional: true,
    producerId: 7,
    producerEpoch: 3,
    baseSequence: -1,
    recordCount: 1,
    maxTimestamp: 1234,
  })
  const [record] = decodeRecords(batch, 1000)
  expect(record!.key!.toString('hex')).toBe(key)
  expect(record!.value!.toString('hex')).toBe('000000000005')
  expect(parseMarker(batch)).toEqual({ type, ...producer })
})

it('what is no marker is none', () => {
  const marker = encodeMarker({ type: 'abort', ...producer }, 1234)
  const control = (key: string | null, value: string | null): Buffer =>
    encodeBatch({
      isControl: true,
      records: [
        {
          timestamp: 0,
          key: key === null ? null : Buffer.from(key, 'hex'),
          value: value === null ? null : Buffer.from(value, 'hex'),
        },
      ],
    })
  const others = [
    emptyBatch(marker),
    encodeBatch({ records: [{ timestamp: 0, key: null, value: null }] }),
    control('00000002', '000000000005'),
    control('000000', '000000000005'),
    control(null, '000000000005'),
    control('00000001', null),
    control('00000001', '0000'),
  ]
  const damaged = encodeMarker({ type: 'abort', ...producer }, 1234)
  damaged.fill(0xff, 61)
  for (const batch of [...others, damaged]) expect(parseMarker(batch)).toBeUndefined()
})
