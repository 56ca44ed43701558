import { describe, expect, it } from 'vitest'
import { writeTxnMarkers } from '../../protocol/apis/27-write-txn-markers.ts'
import { parseMarker } from '../../protocol/control-records.ts'
import { errorName } from '../../protocol/errors.ts'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import type { Input } from '../../protocol/schema.ts'
import { fetchFrom } from './requests.ts'
import { differs, uniqueName, useBroker, versionsOf, type TestTopic } from './wire.ts'

const wire = useBroker()

type Marker = Input<typeof writeTxnMarkers.request>['markers'][number]

/** Nobody has these. */
let lastProducerId = 1_000_000

const marker = (fields: Partial<Marker> = {}): Marker => ({
  producerId: lastProducerId,
  producerEpoch: 0,
  transactionResult: true,
  topics: [],
  coordinatorEpoch: 0,
  transactionVersion: 0,
  ...fields,
})

const of = ({ name }: TestTopic, ...partitionIndexes: number[]) => ({ name, partitionIndexes })

/** Producer id, topic, partition, error. */
async function write(version: number, ...markers: Marker[]) {
  const answer = await wire.client.request(writeTxnMarkers, version, { markers })
  return answer.markers.flatMap(({ producerId, topics }) =>
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => {
        return [producerId, name, partitionIndex, errorName(errorCode)]
      }),
    ),
  )
}

async function errorOf(version: number, fields: Partial<Marker>): Promise<unknown> {
  const [answer] = await write(version, marker(fields))
  return answer?.[3]
}

describe('WriteTxnMarkers', () => {
  it.each([{ producerId: -1 }, { producerEpoch: -1 }])(
    'refuses what ends nothing: %j',
    async fields => {
      const topic = await wire.newTopic()
      const refused = differs({ here: 'INVALID_REQUEST', kafka: 'UNKNOWN_SERVER_ERROR' })
      const topics = [of(topic, 0)]
      expect(await errorOf(2, { producerId: ++lastProducerId, topics, ...fields })).toBe(refused)
      expect((await fetchFrom(wire.client, topic)).highWatermark).toBe(0)
    },
  )

  it.each(versionsOf(writeTxnMarkers))('v%i appends a control batch (rule 55)', async version => {
    const topic = await wire.newTopic({ partitions: 2 })
    const producerId = ++lastProducerId
    for (const transactionResult of [true, false]) {
      const sent = marker({ transactionResult, topics: [of(topic, 1)], coordinatorEpoch: 3 })
      expect(await write(version, sent)).toEqual([[producerId, topic.name, 1, 'NONE']])
    }
    const { records, highWatermark } = await fetchFrom(wire.client, topic, { partition: 1 })
    expect(highWatermark).toBe(2)
    const bytes = Buffer.concat([...(records ?? [])])
    const common = { producerId, producerEpoch: 0, coordinatorEpoch: 3 }
    const each = bytes.length / 2
    expect(parseMarker(bytes.subarray(0, each))).toEqual({ type: 'commit', ...common })
    expect(parseMarker(bytes.subarray(each))).toEqual({ type: 'abort', ...common })
  })

  it.each(['CreateTime', 'LogAppendTime'])('has the time of topics with %s', async type => {
    const topic = await wire.newTopic({ configs: { 'message.timestamp.type': type } })
    lastProducerId++
    await write(1, marker({ topics: [of(topic, 0)] }))
    const { records } = await fetchFrom(wire.client, topic)
    const header = parseBatchHeader(Buffer.concat([...(records ?? [])]))
    expect(header.timestampType).toBe(type)
    expect(Math.abs(Date.now() - header.maxTimestamp)).toBeLessThan(60_000)
  })

  it.each(versionsOf(writeTxnMarkers))('v%i answers by producer and partition', async version => {
    const topic = await wire.newTopic({ partitions: 2 })
    const unknown = { name: uniqueName(), partitionIndexes: [0] }
    const first = ++lastProducerId
    // Apache Kafka never answers where all partitions of the last marker are unknown.
    const markers = [
      marker({ topics: [of(topic, 0, 2)] }),
      marker({ topics: [] }),
      marker({ producerId: ++lastProducerId, topics: [unknown] }),
      marker({ producerId: first, topics: [of(topic, 1), unknown] }),
    ]
    const answers = await write(version, ...markers)
    expect(answers.map(fields => fields.join(' ')).toSorted()).toEqual(
      [
        `${first} ${topic.name} 0 NONE`,
        `${first} ${topic.name} 1 NONE`,
        `${first} ${topic.name} 2 UNKNOWN_TOPIC_OR_PARTITION`,
        `${first} ${unknown.name} 0 UNKNOWN_TOPIC_OR_PARTITION`,
        `${lastProducerId} ${unknown.name} 0 UNKNOWN_TOPIC_OR_PARTITION`,
      ].toSorted(),
    )
    expect(await write(version)).toEqual([])
    expect(await write(version, marker())).toEqual([])
  })

  it.each(versionsOf(writeTxnMarkers))('v%i refuses old coordinators (rule 48)', async version => {
    const topics = [of(await wire.newTopic(), 0)]
    lastProducerId++
    expect(await errorOf(version, { topics, coordinatorEpoch: 2 })).toBe('NONE')
    expect(await errorOf(version, { topics, coordinatorEpoch: 2 })).toBe('NONE')
    const older = errorOf(version, { topics, coordinatorEpoch: 1 })
    expect(await older).toBe('TRANSACTION_COORDINATOR_FENCED')
  })

  it.each(versionsOf(writeTxnMarkers))('v%i refuses old producers', async version => {
    const topics = [of(await wire.newTopic(), 0)]
    lastProducerId++
    expect(await errorOf(version, { topics, producerEpoch: 5 })).toBe('NONE')
    expect(await errorOf(version, { topics, producerEpoch: 4 })).toBe('INVALID_PRODUCER_EPOCH')
    const repeated = { topics, producerEpoch: 5, transactionVersion: 2 }
    expect(await errorOf(version, repeated)).toBe('NONE')
  })
})
