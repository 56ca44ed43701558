import { describe, expect, it } from 'vitest'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { produce } from '../../protocol/apis/00-produce.ts'
import { errors } from '../../protocol/errors.ts'
import { baseOffset, batchesIn } from '../../protocol/record-batch.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { at, batchOf, changed } from './batches.ts'
import { fetchFrom, fetchRequest, produceTo, type FetchAnswer } from './requests.ts'
import { named, uniqueName, useBroker, versionsOf, type TestTopic } from './wire.ts'

const wire = useBroker()
const [one, three] = [batchOf(['one']), batchOf(['a', 'b', 'c'])]
/** Not null, which some clients do not expect. */
const noRecords = [Buffer.alloc(0)]
const nothing = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 }

async function topicWith(...batches: Buffer[]): Promise<TestTopic> {
  const topic = await wire.newTopic()
  for (const batch of batches) await produceTo(wire.client, topic, batch)
  return topic
}

function bytesOf({ records }: FetchAnswer): Buffer {
  return Buffer.concat([...(records ?? [])])
}

/** The base offsets of the whole batches: Apache Kafka may send a part of one more. */
function offsetsOf(answer: Parameters<typeof bytesOf>[0]): number[] {
  const bytes = bytesOf(answer)
  return Array.from(batchesIn(bytes), position => baseOffset(bytes, position))
}

/** As a broker stores it at this offset. */
function storedAt(offset: number, batch: Buffer): Buffer {
  return changed(batch, b => {
    b.writeBigInt64BE(BigInt(offset), at.baseOffset)
    b.writeInt32BE(0, at.leaderEpoch)
  })
}

describe('Fetch', () => {
  it.each(versionsOf(fetch))('v%i gets what was produced', async version => {
    const topic = await topicWith(three, one)
    for (const isolationLevel of [0, 1]) {
      const request = fetchRequest(topic, [{}], { isolationLevel })
      const response = await wire.client.request(fetch, version, request)
      expect(response).toMatchObject({ throttleTimeMs: 0, errorCode: 0, sessionId: 0 })
      expect(response.responses).toMatchObject([
        version < 13 ? { topic: topic.name } : { topicId: topic.id },
      ])
      const [answer] = response.responses[0]!.partitions.map(named)
      expect(answer).toMatchObject({
        partitionIndex: 0,
        error: 'NONE',
        highWatermark: 4,
        lastStableOffset: 4,
        logStartOffset: version < 5 ? -1 : 0,
        abortedTransactions: isolationLevel === 1 ? [] : null,
        preferredReadReplica: -1,
        divergingEpoch: { epoch: -1, endOffset: -1 },
      })
      expect(bytesOf(answer!)).toEqual(Buffer.concat([storedAt(0, three), storedAt(3, one)]))
    }
  })

  it.each([
    [0, [0, 3, 4]],
    [1, [0, 3, 4]],
    [2, [0, 3, 4]],
    [3, [3, 4]],
    [4, [4]],
    [6, [4]],
    [7, []],
  ])(
    'from offset %i gets whole batches, from the one with it on',
    async (fetchOffset, expected) => {
      const topic = await topicWith(three, one, three)
      const answer = await fetchFrom(wire.client, topic, { fetchOffset })
      expect(answer).toMatchObject({ error: 'NONE', highWatermark: 7 })
      expect(offsetsOf(answer)).toEqual(expected)
      expect(answer.records).not.toBeNull()
    },
  )

  it.each([
    ['before the start', -1],
    ['after the end', 4],
    ['far after the end', 2 ** 40],
    ['far before the start', -(2 ** 40)],
  ])('%s is out of range', async (_, fetchOffset) => {
    const topic = await topicWith(three)
    const answer = await fetchFrom(wire.client, topic, { fetchOffset })
    expect(answer).toMatchObject({ error: 'OFFSET_OUT_OF_RANGE', ...nothing, records: noRecords })
    expect((await fetchFrom(wire.client, topic, { fetchOffset: 3 })).error).toBe('NONE')
  })

  it.each(versionsOf(fetch))('v%i of what does not exist', async version => {
    const byId = version >= 13
    const topic = await wire.newTopic()
    const unknown = { name: uniqueName(), id: 'AAAAAAAAAAAAAAAAAAAAAQ' }
    for (const partition of [1, -1]) {
      const answer = await fetchFrom(wire.client, topic, { partition }, { version })
      const error = 'UNKNOWN_TOPIC_OR_PARTITION'
      expect(answer).toMatchObject({
        error,
        ...nothing,
        partitionIndex: partition,
        records: noRecords,
      })
    }
    for (const id of [unknown.id, zeroUuid]) {
      const answer = await fetchFrom(wire.client, { ...unknown, id }, {}, { version })
      const error = byId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
      expect(answer).toMatchObject({ error, ...nothing, records: noRecords })
    }
  })

  it.each(versionsOf(fetch, { since: 9 }))(
    'v%i checks the leader epoch (KIP-320)',
    async version => {
      const topic = await topicWith(one)
      for (const [currentLeaderEpoch, error] of [
        [-1, 'NONE'],
        [-2, 'NONE'],
        [0, 'NONE'],
        [1, 'UNKNOWN_LEADER_EPOCH'],
        [999, 'UNKNOWN_LEADER_EPOCH'],
      ] as const) {
        const answer = await fetchFrom(wire.client, topic, { currentLeaderEpoch }, { version })
        expect(answer).toMatchObject(error === 'NONE' ? { error } : { error, ...nothing })
      }
    },
  )

  it.each(versionsOf(fetch, { since: 12 }))(
    'v%i sends a client back that has read what is not there (KIP-595)',
    async version => {
      const topic = await topicWith(three)
      const none = { epoch: -1, endOffset: -1 }
      for (const [fetchOffset, lastFetchedEpoch, error, divergingEpoch] of [
        [1, 0, 'NONE', none],
        [3, 0, 'NONE', none],
        [4, 0, 'NONE', { epoch: 0, endOffset: 3 }],
        [1, 7, 'OFFSET_OUT_OF_RANGE', none],
        [4, -1, 'OFFSET_OUT_OF_RANGE', none],
      ] as const) {
        const fields = { fetchOffset, lastFetchedEpoch }
        const maxWaitMs = fetchOffset === 3 ? 0 : 600_000
        const answer = await fetchFrom(wire.client, topic, fields, { version, maxWaitMs })
        expect(answer).toMatchObject({ error, divergingEpoch })
        const hasRecords = error === 'NONE' && fetchOffset < 3
        expect(bytesOf(answer).length > 0).toBe(hasRecords)
      }
    },
  )

  it.each(versionsOf(fetch))('v%i answers a partition that is named twice once', async version => {
    const topic = await topicWith(three)
    const twice = fetchRequest(topic, [{ fetchOffset: 9 }, { fetchOffset: 3 }])
    const { responses } = await wire.client.request(fetch, version, twice)
    const answers = responses.flatMap(({ partitions }) => partitions).map(named)
    expect(answers).toMatchObject([{ error: 'NONE', highWatermark: 3 }])
  })

  it.each(versionsOf(fetch))('v%i knows no isolation level 7', async version => {
    const topic = await topicWith(one)
    const request = fetchRequest(topic, [{}, { partition: 1 }], { isolationLevel: 7 })
    const { errorCode, responses } = await wire.client.request(fetch, version, request)
    expect(errorCode).toBe(version < 7 ? 0 : errors.UNKNOWN_SERVER_ERROR)
    if (version >= 13) return expect(responses).toEqual([])
    expect(responses).toMatchObject([{ topic: topic.name }])
    expect(responses[0]!.partitions.map(named)).toMatchObject(
      [0, 1].map(partitionIndex => {
        return { partitionIndex, error: 'UNKNOWN_SERVER_ERROR', ...nothing, records: noRecords }
      }),
    )
  })

  it.each(versionsOf(fetch))(
    'v%i gets zstd, although v10 made it known (KIP-110)',
    async version => {
      const topic = await wire.newTopic({ configs: { 'compression.type': 'zstd' } })
      await produceTo(wire.client, topic, batchOf(['one'], { compression: 4 }))
      const { error } = await fetchFrom(wire.client, topic, {}, { version })
      expect(error).toBe('NONE')
    },
  )

  it('answers each of the topics and partitions, whatever the others get', async () => {
    const topics = [await topicWith(one), await wire.newTopic({ partitions: 2 })]
    const unknown = { topic: uniqueName(), topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' }
    const partitions = [2, 0, 1].map(partition => {
      return { partition, fetchOffset: 0, partitionMaxBytes: 1000 }
    })
    const { responses } = await wire.client.request(fetch, 13, {
      ...fetchRequest(topics[0]!, []),
      topics: [unknown, ...topics.map(({ name, id }) => ({ topic: name, topicId: id }))].map(
        topic => ({ ...topic, partitions }),
      ),
    })
    const answers = responses.flatMap(({ topicId, partitions }) =>
      partitions.map(partition => {
        const { partitionIndex, error } = named(partition)
        return `${topicId} ${partitionIndex} ${error}`
      }),
    )
    expect(answers.toSorted()).toEqual(
      [
        `${unknown.topicId} 0 UNKNOWN_TOPIC_ID`,
        `${unknown.topicId} 1 UNKNOWN_TOPIC_ID`,
        `${unknown.topicId} 2 UNKNOWN_TOPIC_ID`,
        `${topics[0]!.id} 0 NONE`,
        `${topics[0]!.id} 1 UNKNOWN_TOPIC_OR_PARTITION`,
        `${topics[0]!.id} 2 UNKNOWN_TOPIC_OR_PARTITION`,
        `${topics[1]!.id} 0 NONE`,
        `${topics[1]!.id} 1 NONE`,
        `${topics[1]!.id} 2 UNKNOWN_TOPIC_OR_PARTITION`,
      ].toSorted(),
    )
  })

  it('of nothing is answered at once', async () => {
    const request = { ...fetchRequest(await wire.newTopic(), []), maxWaitMs: 60_000, topics: [] }
    expect(await wire.client.request(fetch, 13, request)).toMatchObject({ responses: [] })
  })
})

describe('the size of a Fetch answer (KIP-74)', () => {
  const large = batchOf(['x'.repeat(1000)])
  const size = large.length

  /** The offsets of the batches that each partition gives, of three large ones in each of three. */
  async function fetched(
    maxBytes: number,
    partitionMaxBytes: number,
    partitions = [0, 1, 2],
  ): Promise<number[][]> {
    const topic = await wire.newTopic({ partitions: 4 })
    const partitionData = [0, 1, 2].map(index => ({ index, records: large }))
    const topicData = [{ name: topic.name, topicId: topic.id, partitionData }]
    for (let i = 0; i < 3; i++) {
      await wire.client.request(produce, 13, { acks: -1, timeoutMs: 30_000, topicData })
    }
    const request = fetchRequest(
      topic,
      partitions.map(partition => ({ partition, partitionMaxBytes })),
      { maxBytes },
    )
    const { responses } = await wire.client.request(fetch, 13, request)
    expect(responses[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual(
      partitions.map(() => 0),
    )
    expect(responses[0]!.partitions.map(p => p.partitionIndex)).toEqual(partitions)
    return responses[0]!.partitions.map(partition => offsetsOf(named(partition)))
  }

  const [first, two, all] = [[0], [0, 1], [0, 1, 2]]
  it.each([
    ['enough for all', 100 * size, 100 * size, [all, all, all]],
    ['a partition has less', 100 * size, 3 * size - 1, [two, two, two]],
    ['a partition has the very size', 100 * size, 2 * size, [two, two, two]],
    ['a partition has less than a batch', 100 * size, size - 1, [first, [], []]],
    ['a partition has nothing', 100 * size, 0, [first, [], []]],
    ['the answer has nothing', 0, 100 * size, [first, [], []]],
    ['the answer has less than a batch', size - 1, 100 * size, [first, [], []]],
    ['the answer has two and a half batches', 2.5 * size, 100 * size, [two, [], []]],
    ['the answer has four and a half batches', 4.5 * size, 100 * size, [all, first, []]],
    ['both have little', 4.5 * size, 2.5 * size, [two, two, []]],
  ])('%s', async (_, maxBytes, partitionMaxBytes, expected) => {
    expect(await fetched(Math.floor(maxBytes), Math.floor(partitionMaxBytes))).toEqual(expected)
  })

  it('is one batch of the first partition that has any', async () => {
    expect(await fetched(1, 1, [3, 1, 0, 2])).toEqual([[], first, [], []])
  })

  it.each([
    ['the answer', { maxBytes: -1 }, {}],
    ['a partition', {}, { partitionMaxBytes: -1 }],
  ])('is not less than nothing for %s, where there is anything', async (_, fields, partition) => {
    const topic = await wire.newTopic()
    const error = async () => (await fetchFrom(wire.client, topic, partition, fields)).error
    expect(await error()).toBe('NONE')
    await produceTo(wire.client, topic, large)
    expect(await error()).toBe('UNKNOWN_SERVER_ERROR')
  })
})
