import { describe, expect, it } from 'vitest'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { encodeBatch } from '../../protocol/records.ts'
import { at, batchOf, changed, withBody } from './batches.ts'
import { produceTo } from './requests.ts'
import {
  deleteTopic,
  latest,
  named,
  onKafka,
  uniqueName,
  useBroker,
  versionsOf,
  type TestTopic,
} from './wire.ts'

const wire = useBroker()
const versions = versionsOf(listOffsets, { since: 1 })
const special = {
  latest: -1,
  earliest: -2,
  maxTimestamp: -3,
  earliestLocal: -4,
  latestTiered: -5,
  earliestPendingUpload: -6,
}

interface Options {
  version?: number
  isolationLevel?: number
  currentLeaderEpoch?: number
  partition?: number
}

async function ask(topic: TestTopic, timestamp: number, options: Options = {}) {
  const { version = latest(listOffsets), partition = 0, isolationLevel = 0 } = options
  const { currentLeaderEpoch = -1 } = options
  const { topics } = await wire.client.request(listOffsets, version, {
    replicaId: -1,
    isolationLevel,
    topics: [
      {
        name: topic.name,
        partitions: [{ partitionIndex: partition, timestamp, currentLeaderEpoch }],
      },
    ],
  })
  expect(topics).toMatchObject([{ name: topic.name, partitions: [{ partitionIndex: partition }] }])
  const { error, offset, timestamp: time, leaderEpoch } = named(topics[0]!.partitions[0]!)
  return { error, offset, timestamp: time, leaderEpoch }
}

/** Records at these times, one batch for each list. */
async function topicAt(...batches: number[][]): Promise<TestTopic> {
  const topic = await wire.newTopic()
  for (const times of batches) await append(topic, times)
  return topic
}

async function append(topic: TestTopic, times: number[], compression = 0): Promise<void> {
  const records = times.map(timestamp => ({ timestamp, key: null, value: Buffer.from('value') }))
  const batch = encodeBatch({ records, compression })
  expect((await produceTo(wire.client, topic, batch)).error).toBe('NONE')
}

const found = (offset: number, timestamp: number, leaderEpoch = 0) => {
  return { error: 'NONE', offset, timestamp, leaderEpoch }
}
const none = { offset: -1, timestamp: -1, leaderEpoch: -1 }
const notFound = { error: 'NONE', ...none }

describe('ListOffsets', () => {
  it.each(versions)('v%i of the start and the end', async version => {
    const topic = await topicAt([1000, 2000, 3000], [4000])
    const leaderEpoch = version < 4 ? -1 : 0
    for (const isolationLevel of [0, 1]) {
      const options = { version, isolationLevel }
      expect(await ask(topic, special.latest, options)).toEqual(found(4, -1, leaderEpoch))
      expect(await ask(topic, special.earliest, options)).toEqual(found(0, -1, leaderEpoch))
    }
    const empty = await wire.newTopic()
    expect(await ask(empty, special.latest, { version })).toEqual(found(0, -1, leaderEpoch))
    expect(await ask(empty, special.earliest, { version })).toEqual(found(0, -1, leaderEpoch))
  })

  it.each(versions)('v%i of a time', async version => {
    const topic = await topicAt([1000, 2000, 3000], [4000])
    const leaderEpoch = version < 4 ? -1 : 0
    expect(await ask(topic, 2000, { version })).toEqual(found(1, 2000, leaderEpoch))
    expect(await ask(topic, 5000, { version })).toEqual(notFound)
  })

  it.each([
    [0, 0, 1000],
    [1000, 0, 1000],
    [1001, 1, 2000],
    [2000, 1, 2000],
    [3000, 2, 3000],
    [3001, 3, 4000],
    [4000, 3, 4000],
    [4001, 4, 6000],
    [5000, 4, 6000],
    [6000, 4, 6000],
    [6001, -1, -1],
  ])('of time %i is offset %i, at %i', async (time, offset, timestamp) => {
    const topic = await topicAt([1000, 2000, 3000], [4000], [6000, 5000])
    expect(await ask(topic, time)).toEqual(offset < 0 ? notFound : found(offset, timestamp))
  })

  it.each([0, 1, 2, 3, 4])('finds times within a batch of compression %i', async compression => {
    const topic = await topicAt([500])
    await append(topic, [1000, 3000, 2000, 4000], compression)
    await append(topic, [7000, 8000], compression)
    for (const [time, offset, timestamp] of [
      [400, 0, 500],
      [1000, 1, 1000],
      [1500, 2, 3000],
      [3500, 4, 4000],
      [5000, 5, 7000],
      [7001, 6, 8000],
    ] as const) {
      expect(await ask(topic, time)).toEqual(found(offset, timestamp))
    }
    expect(await ask(topic, 8001)).toEqual(notFound)
    expect(await ask(topic, special.maxTimestamp)).toEqual(found(6, 8000))
  })

  it('takes the first of several with the largest time, wherever it is', async () => {
    const topic = await topicAt([1000, 5000, 2000], [5000], [4000])
    expect(await ask(topic, special.maxTimestamp)).toEqual(found(1, 5000))
    expect(await ask(topic, special.latest)).toEqual(found(5, -1))
  })

  it('finds the times of the broker where message.timestamp.type is LogAppendTime', async () => {
    const configs = { 'message.timestamp.type': 'LogAppendTime' }
    const topic = await wire.newTopic({ configs })
    const { logAppendTimeMs } = await produceTo(wire.client, topic, batchOf(['one', 'two']))
    expect(await ask(topic, 0)).toEqual(found(0, logAppendTimeMs))
    expect(await ask(topic, logAppendTimeMs)).toEqual(found(0, logAppendTimeMs))
    expect(await ask(topic, logAppendTimeMs + 1)).toEqual(notFound)
    expect(await ask(topic, special.maxTimestamp)).toEqual(found(0, logAppendTimeMs))
  })

  it('finds no time where records have none', async () => {
    const topic = await topicAt([-1, -1])
    expect(await ask(topic, 0)).toEqual(notFound)
    expect(await ask(topic, special.maxTimestamp)).toEqual(found(0, -1))
  })
})

describe('ListOffsets of special times (KIP-734, KIP-405, KIP-1005, KIP-1023)', () => {
  const unsupported = { error: 'UNSUPPORTED_VERSION', ...none }

  it.each(versions)('v%i', async version => {
    const topic = await topicAt([1000, 9000, 3000])
    const epoch = version < 4 ? -1 : 0
    const since = <T>(first: number, answer: T) => (version < first ? unsupported : answer)
    const answers = {
      maxTimestamp: await ask(topic, special.maxTimestamp, { version }),
      earliestLocal: await ask(topic, special.earliestLocal, { version }),
      latestTiered: await ask(topic, special.latestTiered, { version }),
      earliestPendingUpload: await ask(topic, special.earliestPendingUpload, { version }),
      unknown: await ask(topic, -7, { version }),
      negative: await ask(topic, -100, { version }),
    }
    expect(answers).toEqual({
      maxTimestamp: since(7, found(1, 9000, epoch)),
      earliestLocal: since(8, found(0, -1, epoch)),
      latestTiered: since(9, notFound),
      earliestPendingUpload: since(11, notFound),
      unknown: unsupported,
      negative: unsupported,
    })
  })

  it('of a topic without records', async () => {
    const topic = await wire.newTopic()
    expect(await ask(topic, special.maxTimestamp)).toEqual(notFound)
    expect(await ask(topic, special.earliestLocal)).toEqual(found(0, -1))
    expect(await ask(topic, 0)).toEqual(notFound)
  })
})

describe('ListOffsets refuses', () => {
  it.each(versions)('v%i what does not exist', async version => {
    const error = { error: 'UNKNOWN_TOPIC_OR_PARTITION', ...none }
    const unknown = { name: uniqueName(), id: '' }
    expect(await ask(unknown, special.latest, { version })).toEqual(error)
    const topic = await wire.newTopic()
    for (const partition of [-1, 1]) {
      expect(await ask(topic, special.latest, { version, partition })).toEqual(error)
      expect(await ask(topic, 1000, { version, partition })).toEqual(error)
    }
  })

  it.each(versionsOf(listOffsets, { since: 4 }))('v%i a leader epoch to come', async version => {
    const topic = await topicAt([1000])
    for (const time of [special.latest, special.earliest, 0]) {
      expect(await ask(topic, time, { version, currentLeaderEpoch: 0 })).toMatchObject({
        error: 'NONE',
      })
      expect(await ask(topic, time, { version, currentLeaderEpoch: 1 })).toEqual({
        error: 'UNKNOWN_LEADER_EPOCH',
        ...none,
      })
    }
  })

  it.each(versions)('v%i a partition that it names twice', async version => {
    const topic = await wire.newTopic({ partitions: 2 })
    const partitions = [0, 1, 0].map(partitionIndex => ({ partitionIndex, timestamp: -1 }))
    const { topics } = await wire.client.request(listOffsets, version, {
      replicaId: -1,
      topics: [{ name: topic.name, partitions }],
    })
    const answers = topics.flatMap(({ partitions }) => partitions).map(named)
    expect(
      answers.map(({ partitionIndex, error }) => `${partitionIndex} ${error}`).toSorted(),
    ).toEqual(['0 INVALID_REQUEST', '1 NONE'])
  })

  it.each(versions)(
    'v%i a topic that it names twice, and one without partitions',
    async version => {
      const [topic, other] = [await wire.newTopic({ partitions: 2 }), await wire.newTopic()]
      const asked = (partitionIndex: number) => {
        return { name: topic.name, partitions: [{ partitionIndex, timestamp: -1 }] }
      }
      const { topics } = await wire.client.request(listOffsets, version, {
        replicaId: -1,
        topics: [asked(0), asked(1), asked(0), { name: other.name, partitions: [] }],
      })
      expect(topics.map(({ name }) => name)).toEqual([topic.name])
      const answers = topics[0]!.partitions.map(named)
      expect(
        answers.map(({ partitionIndex, error }) => `${partitionIndex} ${error}`).toSorted(),
      ).toEqual(['0 INVALID_REQUEST', '1 NONE'])
    },
  )

  it.each(versionsOf(listOffsets, { since: 2 }))('v%i isolation level 7', async version => {
    const topic = await topicAt([1000])
    expect(await ask(topic, special.latest, { version, isolationLevel: 7 })).toEqual({
      error: 'UNKNOWN_SERVER_ERROR',
      ...none,
    })
  })
})

describe('ListOffsets of several', () => {
  it('answers each by itself', async () => {
    const [first, second] = [await topicAt([1000, 2000]), await topicAt([1000])]
    const missing = uniqueName()
    const { topics } = await wire.client.request(listOffsets, 7, {
      replicaId: -1,
      topics: [first.name, missing, second.name].map(name => ({
        name,
        partitions: [0, 1].map(partitionIndex => ({ partitionIndex, timestamp: -1 })),
      })),
    })
    const answers = topics.flatMap(({ name, partitions }) =>
      partitions.map(partition =>
        [name, partition.partitionIndex, named(partition).error, partition.offset].join(' '),
      ),
    )
    expect(answers.toSorted()).toEqual(
      [
        `${first.name} 0 NONE 2`,
        `${first.name} 1 UNKNOWN_TOPIC_OR_PARTITION -1`,
        `${missing} 0 UNKNOWN_TOPIC_OR_PARTITION -1`,
        `${missing} 1 UNKNOWN_TOPIC_OR_PARTITION -1`,
        `${second.name} 0 NONE 1`,
        `${second.name} 1 UNKNOWN_TOPIC_OR_PARTITION -1`,
      ].toSorted(),
    )
  })

  it('of nothing is nothing', async () => {
    const request = { replicaId: -1, topics: [] }
    expect(await wire.client.request(listOffsets, 7, request)).toMatchObject({ topics: [] })
  })

  it('of a topic that was created again knows nothing of the old one', async () => {
    const topic = await topicAt([1000, 2000])
    await deleteTopic(wire.client, topic)
    const again = await wire.newTopic({ name: topic.name })
    expect(await ask(again, special.latest)).toEqual(found(0, -1))
    expect(await ask(again, 1000)).toEqual(notFound)
    expect(await ask(again, special.maxTimestamp)).toEqual(notFound)
  })
})

describe.skipIf(onKafka)('ListOffsets v0 (skipped on Apache Kafka: 4.x has no more)', () => {
  async function before(topic: TestTopic, timestamp: number, maxNumOffsets: number) {
    const { topics } = await wire.client.request(listOffsets, 0, {
      replicaId: -1,
      topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, timestamp, maxNumOffsets }] }],
    })
    const { error, oldStyleOffsets } = named(topics[0]!.partitions[0]!)
    return error === 'NONE' ? oldStyleOffsets : error
  }

  it('lists where segments begin, the newest first', async () => {
    const topic = await topicAt([1000, 2000, 3000])
    expect(await before(topic, special.latest, 10)).toEqual([3, 0])
    expect(await before(topic, special.latest, 1)).toEqual([3])
    expect(await before(topic, special.earliest, 10)).toEqual([0])
    expect(await before(await wire.newTopic(), special.latest, 10)).toEqual([0])
    expect(await before({ name: uniqueName(), id: '' }, special.latest, 1)).toBe(
      'UNKNOWN_TOPIC_OR_PARTITION',
    )
  })
})

describe('ListOffsets of batches that cannot be decompressed', () => {
  it.skipIf(onKafka)('says so (skipped on Apache Kafka: it takes none)', async () => {
    const topic = await topicAt([1000])
    const gzipMagic = '\x1f\x8b\x08'
    const garbage = withBody(batchOf(['one']), Buffer.from(`${gzipMagic}and no more`, 'latin1'))
    await produceTo(
      wire.client,
      topic,
      changed(garbage, b => b.writeInt16BE(1, at.attributes)),
    )
    expect(await ask(topic, 1000)).toEqual(found(0, 1000))
    expect((await ask(topic, 2000)).error).toBe('CORRUPT_MESSAGE')
    expect(await ask(topic, special.latest)).toEqual(found(2, -1))
  })
})
