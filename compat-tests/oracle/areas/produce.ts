import { fetch } from '../../../protocol/apis/01-fetch.ts'
import { produce } from '../../../protocol/apis/00-produce.ts'
import { encodeBatch, type NewBatch } from '../../../protocol/records.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { at, baseTimestamp, batchOf, changed, withBody } from '../log.ts'
import { scenarios, type Script } from '../scenario.ts'
import type { Session, Topic } from '../session.ts'

type Request = Input<typeof produce.request>
type Response = Infer<typeof produce.response>
type Partition = Request['topicData'][number]['partitionData'][number]
type Produce = Script<Request, Response>

const batch = batchOf(['one', 'two'])
const unknownId = 'AAAAAAAAAAAAAAAAAAAAZQ'

function request(
  { name, id }: Topic,
  partitionData: readonly Partition[],
  fields: Partial<Request> = {},
): Request {
  const topicData = [{ name, topicId: id, partitionData }]
  return { acks: -1, timeoutMs: 9999, topicData, ...fields }
}

function to(topic: Topic, records: Buffer | null, fields: Partial<Request> = {}): Request {
  return request(topic, [{ index: 0, records }], fields)
}

/** What lies in partition 0 afterwards. */
async function see(s: Session<Request, Response>, { name, id }: Topic): Promise<void> {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 9_000_000 }]
  await s.also(fetch, {
    maxWaitMs: 0,
    minBytes: 0,
    isolationLevel: 0,
    topics: [{ topic: name, topicId: id, partitions }],
    forgottenTopicsData: [],
  })
}

/** Sends batches one after the other to a topic of these configs. */
function send(batches: readonly Buffer[], configs: Readonly<Record<string, string>> = {}): Produce {
  return async s => {
    const entries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    const topic = await s.topic({ configs: entries })
    for (const records of batches) await s.ask(to(topic, records))
    await see(s, topic)
  }
}

function asking(fields: Partial<Request>): Produce {
  return async s => to(await s.topic(), batch, fields)
}

const idempotent = (sequence: number, fields: Omit<NewBatch, 'records'> = {}): Buffer =>
  batchOf(['a', 'b'], { producerId: 77, producerEpoch: 0, baseSequence: sequence, ...fields })

const timed = (...timestamps: number[]): Buffer =>
  encodeBatch({
    records: timestamps.map(timestamp => ({ timestamp, key: null, value: Buffer.from('v') })),
  })

const keyed = (...keys: (string | null)[]): Buffer =>
  encodeBatch({
    records: keys.map(key => {
      return { timestamp: baseTimestamp, key: key === null ? null : Buffer.from(key), value: null }
    }),
  })

/** A batch with a value of so many bytes. */
const sized = (bytes: number): Buffer => batchOf(['x'.repeat(bytes)])

const int16 = (position: number, value: number): Buffer =>
  changed(batch, b => b.writeInt16BE(value, position))
const int32 = (position: number, value: number): Buffer =>
  changed(batch, b => b.writeInt32BE(value, position))

function compressed(compression: number, body: Buffer): Buffer {
  return changed(withBody(batch, body), b => b.writeInt16BE(compression, at.attributes))
}

const requests = scenarios(produce, {
  'one batch': send([batch]),
  'two batches': send([batch, batchOf(['three'])]),
  'no topics': () => ({ acks: -1, timeoutMs: 9999, topicData: [] }),
  'no partitions': async s => request(await s.topic(), []),
  'acks of the leader': asking({ acks: 1 }),
  'no acks': async s => {
    const topic = await s.topic()
    await s.tell(to(topic, batch, { acks: 0 }))
    await s.ask(to(topic, batch))
    await see(s, topic)
  },
  'acks of -2': asking({ acks: -2 }),
  'acks of 2': asking({ acks: 2 }),
  'timeout 0': asking({ timeoutMs: 0 }),
  'timeout -1': asking({ timeoutMs: -1 }),
  'a transactional id for batches that are none': asking({ transactionalId: 'oracle' }),
  'an empty transactional id': asking({ transactionalId: '' }),
  'an unknown partition': async s => request(await s.topic(), [{ index: 1, records: batch }]),
  'partition -1': async s => request(await s.topic(), [{ index: -1, records: batch }]),
  'partition 2147483647': async s => {
    return request(await s.topic(), [{ index: 2_147_483_647, records: batch }])
  },
  'a partition and an unknown one': async s => {
    const partitions = [0, 1].map(index => ({ index, records: batch }))
    return request(await s.topic(), partitions)
  },
  'a partition and one of an unknown topic': async s => {
    const known = to(await s.topic(), batch)
    const unknown = to({ name: s.name('unknown'), id: unknownId }, batch)
    return { ...known, topicData: [...known.topicData, ...unknown.topicData] }
  },
  'two partitions': async s => {
    const topic = await s.topic({ numPartitions: 2 })
    return request(topic, [
      { index: 0, records: batch },
      { index: 1, records: batchOf(['x']) },
    ])
  },
  'one good batch and one bad': async s => {
    const topic = await s.topic({ numPartitions: 2 })
    return request(topic, [
      { index: 0, records: batch },
      { index: 1, records: int32(at.recordCount, 7) },
    ])
  },
  'the same partition twice': async s => {
    const topic = await s.topic()
    await s.ask(
      request(topic, [
        { index: 0, records: batch },
        { index: 0, records: batch },
      ]),
    )
  },
  'an unknown topic': s => to({ name: s.name(), id: unknownId }, batch),
})

const names = scenarios(
  produce,
  {
    'an empty name': () => to({ name: '', id: unknownId }, batch),
    'an invalid name': () => to({ name: 'a/b', id: unknownId }, batch),
    'the name __proto__': () => to({ name: '__proto__', id: unknownId }, batch),
    'the topic of offsets': () => to({ name: '__consumer_offsets', id: unknownId }, batch),
  },
  { until: 12 },
)

const ids = scenarios(
  produce,
  {
    'the id of nothing': () => to({ name: '', id: 'AAAAAAAAAAAAAAAAAAAAAA' }, batch),
    'the id of the metadata': () => to({ name: '', id: 'AAAAAAAAAAAAAAAAAAAAAQ' }, batch),
    'the id of a topic that is gone': async s => {
      const topic = await s.topic()
      await s.remove(topic.name)
      return to(topic, batch)
    },
  },
  { since: 13 },
)

const compressions = scenarios(produce, {
  'in gzip': send([batchOf(['one', 'two'.repeat(99)], { compression: 1 })]),
  'in snappy': send([batchOf(['one', 'two'.repeat(99)], { compression: 2 })]),
  'in lz4': send([batchOf(['one', 'two'.repeat(99)], { compression: 3 })]),
  'in zstd': send([batchOf(['one', 'two'.repeat(99)], { compression: 4 })]),
})

const recent = { since: 9 }

const badBatches = scenarios(
  produce,
  {
    'no bytes': send([Buffer.alloc(0)]),
    'a few bytes': send([batch.subarray(0, 16)]),
    'cut within the header': send([batch.subarray(0, 60)]),
    'cut by a byte': send([batch.subarray(0, -1)]),
    'two batches at once': send([Buffer.concat([batch, batch])]),
    'of format 3': send([changed(batch, b => b.writeInt8(3, at.magic))]),
    'of format 1': send([changed(batch, b => b.writeInt8(1, at.magic))]),
    'of length 13': send([int32(at.batchLength, 13)]),
    'of length -1': send([int32(at.batchLength, -1)]),
    'with another checksum': send([Buffer.from(batch).fill(1, at.crc, at.attributes)]),
    'at offset 5': send([changed(batch, b => b.writeBigInt64BE(5n, at.baseOffset))]),
    'of 0 records': send([int32(at.recordCount, 0)]),
    'of 3 records in 2 offsets': send([int32(at.recordCount, 3)]),
    'of last offset delta 5': send([int32(at.lastOffsetDelta, 5)]),
    'of compression 5': send([compressed(5, Buffer.from('what'))]),
    'garbage as gzip': send([compressed(1, Buffer.from('this was never compressed'))]),
    'a control batch': send([int16(at.attributes, 0x20)]),
    'transactional, without an id': send([int16(at.attributes, 0x10)]),
    'stamped by a broker': send([int16(at.attributes, 0x08)]),
    'with attributes that mean nothing': send([int16(at.attributes, 0x140)]),
    'with another largest timestamp': send([
      changed(batch, b => b.writeBigInt64BE(5n, at.maxTimestamp)),
    ]),
    'with a producer id below -1': send([
      changed(batch, b => b.writeBigInt64BE(-2n, at.producerId)),
    ]),
  },
  recent,
)

const limits = scenarios(
  produce,
  {
    'as large as allowed': send([sized(1000)], { 'max.message.bytes': '2000' }),
    'larger than allowed': send([sized(3000)], { 'max.message.bytes': '2000' }),
    'larger than a segment': send([sized(1_100_000)], {
      'segment.bytes': '1048576',
      'max.message.bytes': '9000000',
    }),
    'larger than the broker allows': send([sized(1_100_000)]),
    'too few replicas': send([batch], { 'min.insync.replicas': '2' }),
    'too few replicas, for acks of the leader': async s => {
      const configs = [{ name: 'min.insync.replicas', value: '2' }]
      return to(await s.topic({ configs }), batch, { acks: 1 })
    },
    'without keys to a compacted topic': send([batch], { 'cleanup.policy': 'compact' }),
    'with a key missing to a compacted topic': send([keyed('a', null, 'c', null)], {
      'cleanup.policy': 'compact',
    }),
    'with keys to a compacted topic': send([keyed('a', 'b')], { 'cleanup.policy': 'compact' }),
    'too old': send([timed(1000)], { 'message.timestamp.before.max.ms': '5' }),
    'some too old': send([timed(8_000_000_000_000, 1000, 2000)], {
      'message.timestamp.before.max.ms': '5',
    }),
    'from the future': send([timed(9_000_000_000_000)]),
    'from a future that is allowed': send([timed(9_000_000_000_000)], {
      'message.timestamp.after.max.ms': '9000000000000',
    }),
    'without timestamps': send([timed(-1, -1)]),
    'of the beginning of time': send([timed(0)]),
    'where the broker keeps time': async s => {
      const configs = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }]
      await s.ask(to(await s.topic({ configs }), batch))
    },
    'stamped by a broker, where the broker keeps time': send([int16(at.attributes, 0x08)], {
      'message.timestamp.type': 'LogAppendTime',
    }),
    'compressed again by the broker': async s => {
      const configs = [{ name: 'compression.type', value: 'gzip' }]
      await s.ask(to(await s.topic({ configs }), batch))
    },
    'uncompressed by the broker': send([batchOf(['a', 'a'], { compression: 1 })], {
      'compression.type': 'uncompressed',
    }),
  },
  recent,
)

const idempotence = scenarios(
  produce,
  {
    'in order': send([idempotent(0), idempotent(2), idempotent(4)]),
    twice: send([idempotent(0), idempotent(0)]),
    'one of the last five': send([0, 2, 4, 6, 8, 0].map(n => idempotent(n))),
    'one before the last five': send([0, 2, 4, 6, 8, 10, 0].map(n => idempotent(n))),
    'from the middle, by an unknown producer': send([idempotent(5)]),
    'with a gap': send([idempotent(0), idempotent(5)]),
    'with an overlap': send([idempotent(0), idempotent(1)]),
    'in the next epoch': send([idempotent(0), idempotent(0, { producerEpoch: 1 })]),
    'in the next epoch, from the middle': send([
      idempotent(0),
      idempotent(2, { producerEpoch: 1 }),
    ]),
    'in an old epoch': send([idempotent(0, { producerEpoch: 3 }), idempotent(2)]),
    'with sequence -1': send([idempotent(-1)]),
    'with epoch -1': send([idempotent(0, { producerEpoch: -1 })]),
    'with the largest sequence': send([
      idempotent(0, { producerEpoch: 0 }),
      idempotent(2_147_483_647),
    ]),
    'with a sequence and no producer': send([batchOf(['a'], { baseSequence: 4 })]),
  },
  recent,
)

export const produceScenarios = [
  ...requests,
  ...names,
  ...ids,
  ...compressions,
  ...badBatches,
  ...limits,
  ...idempotence,
]
