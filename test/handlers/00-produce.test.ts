import { describe, expect, it } from 'vitest'
import { produce } from '../../protocol/apis/00-produce.ts'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { requestFrame } from '../raw-client.ts'
import { at, batchOf, changed } from './batches.ts'
import { fetchFrom, produceRequest, produceTo } from './requests.ts'
import {
  closedOrAnswered,
  latest,
  named,
  uniqueName,
  useBroker,
  versionsOf,
  differs,
  type TestTopic,
} from './wire.ts'

const wire = useBroker()
const batch = batchOf(['one', 'two'])

describe('Produce', () => {
  it.each(versionsOf(produce))('v%i appends one batch', async version => {
    const topic = await wire.newTopic()
    const accepted = {
      error: 'NONE',
      logAppendTimeMs: -1,
      logStartOffset: version >= 5 ? 0 : -1,
      recordErrors: [],
      errorMessage: null,
      index: 0,
    }
    for (const baseOffset of [0, 2]) {
      const answer = await produceTo(wire.client, topic, batch, { version })
      expect(answer).toMatchObject({ ...accepted, baseOffset })
    }
    const { highWatermark, records } = await fetchFrom(wire.client, topic)
    expect(highWatermark).toBe(4)
    expect(Buffer.concat([...records!]).subarray(16, batch.length)).toEqual(batch.subarray(16))
  })

  it.each(versionsOf(produce))('v%i names topics as the request does', async version => {
    const topics = [await wire.newTopic({ partitions: 2 }), await wire.newTopic()]
    const { responses } = await wire.client.request(produce, version, {
      acks: -1,
      timeoutMs: 1000,
      topicData: topics.map(({ name, id }) => ({
        name,
        topicId: id,
        partitionData: [1, 0].map(index => ({ index, records: batch })),
      })),
    })
    const nameOf = (topic: TestTopic): string => (version < 13 ? topic.name : topic.id)
    const answers = responses.flatMap(({ name, topicId, partitionResponses }) =>
      partitionResponses.map(partition => {
        return [nameOf({ name, id: topicId }), partition.index, named(partition).error].join(' ')
      }),
    )
    const [two, one] = topics.map(nameOf)
    expect(answers.toSorted()).toEqual(
      [
        `${two} 0 NONE`,
        `${two} 1 NONE`,
        `${one} 0 NONE`,
        `${one} 1 UNKNOWN_TOPIC_OR_PARTITION`,
      ].toSorted(),
    )
  })

  it('of nothing is answered with nothing', async () => {
    const request = { acks: -1, timeoutMs: 1000, topicData: [] }
    expect(await wire.client.request(produce, 13, request)).toMatchObject({ responses: [] })
    const topicData = [{ ...(await wire.newTopic()), partitionData: [] }]
    const { responses } = await wire.client.request(produce, 12, { ...request, topicData })
    expect(responses).toEqual([])
  })

  it('sets the time of a batch where message.timestamp.type is LogAppendTime', async () => {
    const configs = { 'message.timestamp.type': 'LogAppendTime' }
    const topic = await wire.newTopic({ configs })
    const { error, logAppendTimeMs } = await produceTo(wire.client, topic, batch)
    expect(error).toBe('NONE')
    expect(Math.abs(Date.now() - logAppendTimeMs)).toBeLessThan(60_000)
    const { records } = await fetchFrom(wire.client, topic)
    const { timestampType, maxTimestamp } = parseBatchHeader(records![0]!)
    expect({ timestampType, maxTimestamp }).toEqual({
      timestampType: 'LogAppendTime',
      maxTimestamp: logAppendTimeMs,
    })
  })
})

describe('Produce refuses (Kafka: KafkaApis.handleProduceRequest)', () => {
  it.each([2, -2, 32767])('acks=%i', async acks => {
    const topic = await wire.newTopic()
    expect(await produceTo(wire.client, topic, batch, { acks })).toMatchObject({
      error: 'INVALID_REQUIRED_ACKS',
      baseOffset: -1,
      logStartOffset: -1,
    })
    expect((await fetchFrom(wire.client, topic)).highWatermark).toBe(0)
  })

  it.each(versionsOf(produce))('v%i a topic that does not exist', async version => {
    const unknown = { name: uniqueName(), id: 'AAAAAAAAAAAAAAAAAAAAAQ' }
    expect(await produceTo(wire.client, unknown, batch, { version })).toMatchObject({
      error: version >= 13 ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION',
      baseOffset: -1,
      logAppendTimeMs: -1,
      logStartOffset: -1,
    })
    const unnamed = { name: '', id: zeroUuid }
    expect(await produceTo(wire.client, unnamed, batch, { version })).toMatchObject({
      error: version >= 13 ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION',
    })
  })

  it.each([-1, 1, 2 ** 31 - 1])('partition %i of a topic with one', async partition => {
    const topic = await wire.newTopic()
    const answer = await produceTo(wire.client, topic, batch, { partition })
    expect(answer).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION', index: partition })
  })

  it.each(['__consumer_offsets', '__transaction_state'])('the internal topic %s', async name => {
    const topic = await wire.newTopic({ name }).catch(() => ({ name, id: zeroUuid }))
    expect(await produceTo(wire.client, topic, batch, { version: 12 })).toMatchObject({
      error: 'INVALID_TOPIC_EXCEPTION',
    })
  })

  it('one partition and takes the others of the request', async () => {
    const topic = await wire.newTopic({ partitions: 3 })
    const corrupt = Buffer.from(batch)
    corrupt[at.crc]! ^= 1
    const request = produceRequest(topic, [
      { index: 0, records: batch },
      { index: 1, records: corrupt },
      { index: 2, records: batch },
    ])
    const { responses } = await wire.client.request(produce, 13, request)
    const answers = responses[0]!.partitionResponses.toSorted((a, b) => a.index - b.index)
    expect(answers.map(named)).toMatchObject([
      { error: 'NONE', baseOffset: 0 },
      { error: 'CORRUPT_MESSAGE', baseOffset: -1 },
      { error: 'NONE', baseOffset: 0 },
    ])
  })

  it('both when it names a partition twice', async () => {
    const topic = await wire.newTopic()
    const once = { index: 0, records: batch }
    const request = produceRequest(topic, [once, once])
    const { responses } = await wire.client.request(produce, 13, request)
    const answers = responses[0]!.partitionResponses.map(named)
    expect(answers.map(({ error }) => error)).toEqual(
      // Apache Kafka forgets the first of the two.
      differs({ here: ['INVALID_REQUEST', 'INVALID_REQUEST'], kafka: ['NONE'] }),
    )
  })
})

describe('Produce with acks=0', () => {
  it('is not answered', async () => {
    const client = await wire.connect()
    const topic = await wire.newTopic()
    for (let i = 0; i < 3; i++) {
      const request = produceRequest(topic, [{ index: 0, records: batch }], { acks: 0 })
      client.write(requestFrame(produce, 13, request, 1000 + i))
    }
    const { apiKeys } = await client.request(apiVersions, 0, {})
    expect(apiKeys.length).toBeGreaterThan(10)
    expect((await fetchFrom(client, topic)).highWatermark).toBe(6)
  })

  it.each([
    ['the topic does not exist', { records: batch, partition: 0, name: uniqueName() }],
    ['the partition does not exist', { records: batch, partition: 7 }],
    ['the batch is damaged', { records: batch.subarray(0, 60), partition: 0 }],
  ])('closes the connection when %s', async (_, { records, partition, ...rest }) => {
    const client = await wire.connect()
    const topic = { ...(await wire.newTopic()), ...rest }
    const request = produceRequest(topic, [{ index: partition, records }], { acks: 0 })
    expect(await closedOrAnswered(client, requestFrame(produce, 12, request, 1))).toBe('closed')
  })
})

describe('Produce with topics of unusual names', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '-', '...', '_'])(
    '%s',
    async name => {
      const topic = await wire.newTopic({ name }).catch(() => undefined)
      if (topic === undefined) throw new Error('run this against a fresh broker')
      for (const version of [12, latest(produce)]) {
        const answer = await produceTo(wire.client, topic, batch, { version })
        expect(answer).toMatchObject({ error: 'NONE' })
      }
      const { error, highWatermark } = await fetchFrom(wire.client, topic)
      expect({ error, highWatermark }).toEqual({ error: 'NONE', highWatermark: 4 })
    },
  )
})

describe('Produce tells with an error', () => {
  it.each<[string, number, Buffer, number]>([
    ['of the request', -1, batch.subarray(0, 60), 0],
    ['of the checksum', -1, Buffer.from(batch).fill(1, at.crc, at.attributes), 0],
    ['of the partition', -1, batch, 7],
    ['of the batch', 0, changed(batch, b => b.writeInt16BE(0x20, at.attributes)), 0],
    ['of its order', 0, batchOf(['two'], { producerId: 1, producerEpoch: 0, baseSequence: 9 }), 0],
  ])(
    '%s that the log starts at %i (Kafka: ReplicaManager)',
    async (_, start, records, partition) => {
      const topic = await wire.newTopic()
      const first = batchOf(['one'], { producerId: 1, producerEpoch: 0, baseSequence: 0 })
      await produceTo(wire.client, topic, first)
      const answer = await produceTo(wire.client, topic, records, { partition })
      expect(answer.error).not.toBe('NONE')
      expect(answer.logStartOffset).toBe(start)
    },
  )
})
