/**
 * Record batches, and requests that carry them (Kafka: ProduceRequest, LogValidator, UnifiedLog).
 * Single fields of a batch are in test/handlers/00-produce-batches.test.ts.
 */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe } from 'vitest'
import { produce } from '../../protocol/apis/00-produce.ts'
import { crc32c } from '../../protocol/crc32c.ts'
import { encodeBatch, type NewBatch } from '../../protocol/records.ts'
import { at, batchOf, changed, withBody } from '../handlers/batches.ts'
import { produceRequest, type ProduceOptions } from '../handlers/requests.ts'
import { differs, newTopic, type TestTopic } from '../handlers/wire.ts'
import { hex, request } from './bytes.ts'
import { hostile, type Given, type Row } from './table.ts'

const batch = batchOf(['one', 'two'])
const unknown = 'UNKNOWN_TOPIC_OR_PARTITION'

interface Sent extends ProduceOptions {
  id?: number
}

const producing =
  (records: Buffer | null, { version = 13, partition = 0, id = 1, ...fields }: Sent = {}) =>
  ({ topic }: Given): Buffer =>
    request(produce, version, produceRequest(topic, [{ index: partition, records }], fields), id)

/** To a topic of its own. */
const producingTo =
  (configs: Record<string, string>, ...batches: readonly Buffer[]) =>
  async ({ client }: Given): Promise<Buffer> => {
    const topic: TestTopic = await newTopic(client, { configs })
    return Buffer.concat(
      batches.map((records, id) =>
        request(produce, 13, produceRequest(topic, [{ index: 0, records }]), id),
      ),
    )
  }

/** A message of the formats before 2, whole and with its checksum. */
function oldMessage(magic: 0 | 1, { attributes = 0, value = Buffer.from('value') } = {}): Buffer {
  const timestamp = magic === 0 ? '' : '0000018bcfe56800'
  const length = value.length.toString(16).padStart(8, '0')
  const body = Buffer.concat([
    hex(`0${magic} 0${attributes} ${timestamp} ffffffff ${length}`),
    value,
  ])
  const start = Buffer.alloc(16)
  start.writeInt32BE(body.length + 4, 8)
  start.writeUInt32BE(crc32c(body), 12)
  return Buffer.concat([start, body])
}

const formats: readonly Row[] = [
  ['a message of format 0', producing(oldMessage(0)), 'INVALID_RECORD'],
  ['a message of format 1', producing(oldMessage(1)), 'INVALID_RECORD'],
  [
    'two messages of format 1',
    producing(Buffer.concat([oldMessage(1), oldMessage(1)])),
    'INVALID_RECORD',
  ],
  [
    'messages of format 1 nested in gzip',
    producing(oldMessage(1, { attributes: 1, value: gzipSync(oldMessage(1)) })),
    'INVALID_RECORD',
  ],
  [
    'messages nested in one another',
    producing(
      oldMessage(1, {
        attributes: 1,
        value: gzipSync(oldMessage(1, { attributes: 1, value: gzipSync(oldMessage(1)) })),
      }),
    ),
    'INVALID_RECORD',
  ],
  [
    'a message of format 1 behind a batch',
    producing(Buffer.concat([batch, oldMessage(1)])),
    'INVALID_RECORD',
  ],
  [
    'a batch behind a message of format 0',
    producing(Buffer.concat([oldMessage(0), batch])),
    'INVALID_RECORD',
  ],
  ['zeros', producing(Buffer.alloc(1000)), 'CORRUPT_MESSAGE'],
  ['ones', producing(Buffer.alloc(1000, 0xff)), 'CORRUPT_MESSAGE'],
  ['text', producing(Buffer.from('{"records":[{"value":"hello"}]}'.repeat(10))), 'CORRUPT_MESSAGE'],
  ['zeros behind a batch', producing(Buffer.concat([batch, Buffer.alloc(100)])), 'CORRUPT_MESSAGE'],
  [
    'a batch of format 3 behind a batch',
    producing(Buffer.concat([batch, changed(batch, b => b.writeInt8(3, at.magic))])),
    'CORRUPT_MESSAGE',
  ],
  [
    'a batch with another checksum behind a batch',
    producing(Buffer.concat([batch, Buffer.from(batch).fill(1, at.crc, at.attributes)])),
    'INVALID_RECORD',
  ],
  ['three batches', producing(Buffer.concat([batch, batch, batch])), 'INVALID_RECORD'],
]

const value = Buffer.from('value')
const of = (fields: Partial<NewBatch>): Buffer =>
  encodeBatch({ records: [{ timestamp: -1, key: null, value }], ...fields })

const producers: readonly Row[] = [
  [
    'a producer without a sequence',
    producing(of({ producerId: 1000, producerEpoch: 0 })),
    'INVALID_RECORD',
  ],
  [
    'a producer without an epoch',
    producing(of({ producerId: 1001, producerEpoch: -1, baseSequence: 0 })),
    'NONE',
  ],
  [
    'the producer 2^53-1',
    producing(of({ producerId: 2 ** 53 - 1, producerEpoch: 0, baseSequence: 0 })),
    'NONE',
  ],
  [
    'the epoch 32,767',
    producing(of({ producerId: 1002, producerEpoch: 32_767, baseSequence: 0 })),
    'NONE',
  ],
  [
    'the sequence 2^31-1',
    producing(of({ producerId: 1003, producerEpoch: 0, baseSequence: 2 ** 31 - 1 })),
    'NONE',
  ],
  ['an epoch without a producer', producing(of({ producerEpoch: 5, baseSequence: 5 })), 'NONE'],
  [
    'a gap, an old epoch and a sequence that begins anew',
    producingTo(
      {},
      of({ producerId: 1, producerEpoch: 5, baseSequence: 0 }),
      of({ producerId: 1, producerEpoch: 5, baseSequence: 2 }),
      of({ producerId: 1, producerEpoch: 4, baseSequence: 1 }),
      of({ producerId: 1, producerEpoch: 6, baseSequence: 1 }),
      of({ producerId: 1, producerEpoch: -1, baseSequence: 1 }),
      of({ producerId: 1, producerEpoch: 5, baseSequence: 1 }),
    ),
    'NONE | OUT_OF_ORDER_SEQUENCE_NUMBER | INVALID_PRODUCER_EPOCH | OUT_OF_ORDER_SEQUENCE_NUMBER' +
      ' | INVALID_PRODUCER_EPOCH | NONE',
  ],
  ['a control batch', producing(of({ isControl: true })), 'INVALID_RECORD'],
  [
    'a control batch of a producer',
    producing(of({ isControl: true, producerId: 1, producerEpoch: 0, baseSequence: 0 })),
    'INVALID_RECORD',
  ],
  [
    'a control batch of a transaction',
    producing(
      of({
        isControl: true,
        isTransactional: true,
        producerId: 1,
        producerEpoch: 0,
        baseSequence: 0,
      }),
    ),
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  ],
  [
    'a transaction that has no producer',
    producing(of({ isTransactional: true })),
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  ],
  [
    'a transaction without its id',
    producing(of({ isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 })),
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  ],
  [
    'a batch without a transaction in a transactional request',
    producing(batch, { transactionalId: 'orders' }),
    'NONE',
  ],
  ['an empty transactional id', producing(batch, { transactionalId: '' }), 'NONE'],
]

/** A batch of gzip with these fields in its header. */
const zipped = (change: (b: Buffer) => unknown, values = ['one', 'two']): Buffer =>
  changed(batchOf(values, { compression: 1 }), change)
const counted = (count: number) => (b: Buffer) => {
  b.writeInt32BE(count - 1, at.lastOffsetDelta)
  b.writeInt32BE(count, at.recordCount)
}
/** Compressed records are looked at where the topic is compacted. */
const compacted = { 'cleanup.policy': 'compact' }
const keyed = (fields: Partial<NewBatch> = {}): Buffer =>
  encodeBatch({ compression: 1, records: [{ timestamp: -1, key: value, value }], ...fields })
const bomb = encodeBatch({
  compression: 4,
  records: [{ timestamp: -1, key: value, value: Buffer.alloc(200_000_000) }],
})
const garbage = Buffer.from('this was never compressed')
// Kafka fails in a way that it did not expect, and does not store them either.
const refusedAsGarbage = differs({ here: 'INVALID_RECORD', kafka: 'UNKNOWN_SERVER_ERROR' })

const compressions: readonly Row[] = [
  [
    'compressed records that are not there',
    producingTo(compacted, changed(keyed(), counted(2))),
    'INVALID_RECORD',
  ],
  [
    'more compressed records than are told',
    producingTo(
      compacted,
      changed(
        keyed({
          records: [
            { timestamp: -1, key: value, value },
            { timestamp: -1, key: value, value },
          ],
        }),
        counted(1),
      ),
    ),
    'INVALID_RECORD',
  ],
  [
    '2^31-1 compressed records',
    producingTo(compacted, changed(keyed(), counted(2 ** 31 - 1))),
    'INVALID_RECORD',
  ],
  [
    'compressed records of no bytes',
    producingTo(compacted, withBody(keyed(), gzipSync(''))),
    'INVALID_RECORD',
  ],
  [
    'a compressed record of 2^31-1 bytes',
    producingTo(compacted, withBody(keyed(), gzipSync(hex('feffffff0f 00')))),
    'INVALID_RECORD',
  ],
  [
    'a compressed record of -1 bytes',
    producingTo(compacted, withBody(keyed(), gzipSync(hex('01')))),
    'INVALID_RECORD',
  ],
  [
    'compressed bytes that are cut',
    producingTo(compacted, withBody(keyed(), keyed().subarray(at.records, -9))),
    refusedAsGarbage,
  ],
  [
    'no compressed bytes',
    producingTo(compacted, withBody(keyed(), Buffer.alloc(0))),
    refusedAsGarbage,
  ],
  ['garbage as gzip', producingTo(compacted, withBody(keyed(), garbage)), refusedAsGarbage],
  [
    'garbage as snappy',
    producingTo(compacted, withBody(keyed({ compression: 2 }), garbage)),
    refusedAsGarbage,
  ],
  [
    'garbage as lz4',
    producingTo(compacted, withBody(keyed({ compression: 3 }), garbage)),
    refusedAsGarbage,
  ],
  [
    'garbage as zstd',
    producingTo(compacted, withBody(keyed({ compression: 4 }), garbage)),
    refusedAsGarbage,
  ],
  [
    'zstd as gzip',
    producingTo(compacted, withBody(keyed(), zstdCompressSync('records'))),
    refusedAsGarbage,
  ],
  [
    'a block of 2 GB as snappy (CVE-2023-34455)',
    producingTo(
      compacted,
      withBody(keyed({ compression: 2 }), hex('82534e41505059000000000100000001 7fffffff 00')),
    ),
    refusedAsGarbage,
  ],
  [
    'uncompressed records of the mark gzip',
    producingTo(
      compacted,
      changed(batch, b => b.writeInt16BE(1, at.attributes)),
    ),
    refusedAsGarbage,
  ],
  [
    'compressed records of no mark',
    producingTo(
      compacted,
      changed(keyed(), b => b.writeInt16BE(0, at.attributes)),
    ),
    'INVALID_RECORD',
  ],
  ['200 MB in a few bytes', producing(bomb), 'NONE'],
  [
    '200 MB in a few bytes, where keys must be seen',
    producingTo(compacted, bomb),
    differs({ here: 'MESSAGE_TOO_LARGE', kafka: 'NONE' }),
  ],
  [
    'a header that lies about compressed records',
    producing(zipped(b => b.writeBigInt64BE(1n, at.maxTimestamp))),
    'NONE',
  ],
]

const hour = 3_600_000
const times: readonly Row[] = [
  [
    'the time 2^63-1',
    producing(changed(of({}), b => b.writeBigInt64BE(2n ** 63n - 1n, at.baseTimestamp))),
    'INVALID_TIMESTAMP',
  ],
  ['the time 0', producing(changed(of({}), b => b.writeBigInt64BE(0n, at.baseTimestamp))), 'NONE'],
  [
    'the time -1000',
    producing(changed(of({}), b => b.writeBigInt64BE(-1000n, at.baseTimestamp))),
    'NONE',
  ],
  [
    'a time in two hours',
    producing(of({ records: [{ timestamp: Date.now() + 2 * hour, key: null, value }] })),
    'INVALID_TIMESTAMP',
  ],
  [
    'a time in two hours in the header of compressed records',
    producing(zipped(b => b.writeBigInt64BE(BigInt(Date.now() + 2 * hour), at.maxTimestamp))),
    'NONE',
  ],
  [
    'a time in seconds',
    producing(of({ records: [{ timestamp: Math.floor(Date.now() / 1000), key: null, value }] })),
    'NONE',
  ],
  [
    'a time in microseconds',
    producing(of({ records: [{ timestamp: Date.now() * 1000, key: null, value }] })),
    'INVALID_TIMESTAMP',
  ],
  [
    'a time of brokers without a time',
    producing(of({ timestampType: 'LogAppendTime' })),
    'INVALID_TIMESTAMP',
  ],
]

const many =
  (indexes: readonly number[], { version = 13, ...fields }: Sent = {}) =>
  ({ topic }: Given): Buffer => {
    const partitions = indexes.map(index => ({ index, records: batch }))
    return request(produce, version, produceRequest(topic, partitions, fields))
  }

const requests: readonly Row[] = [
  ['acks=2', producing(batch, { acks: 2 }), 'INVALID_REQUIRED_ACKS'],
  ['acks=-2', producing(batch, { acks: -2 }), 'INVALID_REQUIRED_ACKS'],
  ['acks=-32768 to nothing', many([], { acks: -32_768 }), 'NONE'],
  ['acks=0', producing(batch, { acks: 0 }), 'no reply'],
  ['acks=0 to nothing', many([], { acks: 0 }), 'no reply'],
  ['acks=0 to an unknown partition', producing(batch, { acks: 0, partition: 9 }), 'closed'],
  ['acks=0 with a damaged batch', producing(batch.subarray(0, -1), { acks: 0 }), 'closed'],
  ['acks=0 to two partitions, one of them unknown', many([0, 9], { acks: 0 }), 'closed'],
  ['partition -1', producing(batch, { partition: -1 }), unknown],
  ['partition -2^31', producing(batch, { partition: -(2 ** 31) }), unknown],
  ['partition 2^31-1', producing(batch, { partition: 2 ** 31 - 1 }), unknown],
  // Kafka forgets all but the last, without a word.
  [
    'a partition twice',
    many([0, 0]),
    differs({ here: 'INVALID_REQUEST, INVALID_REQUEST', kafka: 'NONE' }),
  ],
  [
    'a partition a hundred times',
    many(Array<number>(100).fill(1)),
    differs({ here: Array(100).fill('INVALID_REQUEST').join(', '), kafka: 'NONE' }),
  ],
  [
    'a hundred unknown partitions',
    many(Array.from({ length: 100 }, (_, i) => i + 2)),
    Array(100).fill(unknown).join(', '),
  ],
  [
    'a timeout of -1',
    ({ topic }) =>
      request(
        produce,
        13,
        produceRequest(topic, [{ index: 0, records: batch }], { timeoutMs: -1 }),
      ),
    'NONE',
  ],
  [
    'the topic id 0',
    ({ topic }) =>
      request(
        produce,
        13,
        produceRequest({ ...topic, id: 'AAAAAAAAAAAAAAAAAAAAAA' }, [{ index: 0, records: batch }]),
      ),
    'UNKNOWN_TOPIC_ID',
  ],
  [
    'the topic ""',
    ({ topic }) =>
      request(produce, 12, produceRequest({ ...topic, name: '' }, [{ index: 0, records: batch }])),
    unknown,
  ],
  [
    'the topic ../../etc/passwd',
    ({ topic }) =>
      request(
        produce,
        12,
        produceRequest({ ...topic, name: '../../etc/passwd' }, [{ index: 0, records: batch }]),
      ),
    unknown,
  ],
  [
    'the topic __proto__',
    ({ topic }) =>
      request(
        produce,
        12,
        produceRequest({ ...topic, name: '__proto__' }, [{ index: 0, records: batch }]),
      ),
    unknown,
  ],
]

describe('message formats', () => hostile(formats))
describe('producers and transactions', () => hostile(producers))
describe('compressed records', () => hostile(compressions))
describe('times', () => hostile(times))
describe('Produce requests', () => hostile(requests))
