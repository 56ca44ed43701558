import { describe, expect, it } from 'vitest'
import { describeTopicPartitions } from '../../protocol/apis/75-describe-topic-partitions.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { RawClient } from '../raw-client.ts'
import { useThreeBrokers } from './three-brokers.ts'
import { differs, named, nodeIdOf, onKafka, uniqueName, useBroker } from './wire.ts'

type Request = Input<typeof describeTopicPartitions.request>
type Response = Infer<typeof describeTopicPartitions.response>

const ask = (
  client: RawClient,
  topics: readonly string[],
  fields: Partial<Request> = {},
): Promise<Response> =>
  client.request(describeTopicPartitions, 0, {
    topics: topics.map(name => ({ name })),
    ...fields,
  })

/** 'topic partitions' of each topic, then 'next topic partition'. */
function summary({ topics, nextCursor }: Response): string[] {
  const told = topics.map(topic => {
    const { error, name, partitions } = named(topic)
    const indexes = partitions.map(({ partitionIndex }) => partitionIndex)
    return `${name} ${error === 'NONE' ? indexes.join(',') : error}`
  })
  if (nextCursor === null) return told
  return [...told, `next ${nextCursor.topicName} ${nextCursor.partitionIndex}`]
}

/** Read, write, create, delete, alter, describe, describe and alter configs. */
const everything = 0b1101_1111_1000

describe('DescribeTopicPartitions', () => {
  const wire = useBroker()

  /** Topics of 3, 2 and 2 partitions, in the order of their names. */
  async function threeTopics(): Promise<[string, string, string]> {
    const prefix = uniqueName()
    const names = ['a', 'b', 'c'].map(suffix => `${prefix}-${suffix}`)
    const partitions = [3, 2, 2]
    for (const [i, name] of names.entries()) {
      await wire.newTopic({ name, partitions: partitions[i]! })
    }
    return names as [string, string, string]
  }

  it('v0', async () => {
    const { name, id } = await wire.newTopic({ partitions: 2 })
    const node = await nodeIdOf(wire.client)
    expect(await ask(wire.client, [name])).toEqual({
      throttleTimeMs: 0,
      topics: [
        {
          errorCode: 0,
          name,
          topicId: id,
          isInternal: false,
          partitions: [0, 1].map(partitionIndex => ({
            errorCode: 0,
            partitionIndex,
            leaderId: node,
            leaderEpoch: 0,
            replicaNodes: [node],
            isrNodes: [node],
            eligibleLeaderReplicas: [],
            lastKnownElr: [],
            offlineReplicas: [],
          })),
          topicAuthorizedOperations: everything,
        },
      ],
      nextCursor: null,
    })
  })

  it('has topics in the order of their names, each once', async () => {
    const [a, b, c] = await threeTopics()
    expect(summary(await ask(wire.client, [c, b, a, b]))).toEqual([
      `${a} 0,1,2`,
      `${b} 0,1`,
      `${c} 0,1`,
    ])
  })

  it.each([
    [1, ['a 0', 'next a 1']],
    [0, ['a 0', 'next a 1']],
    [-1, ['a 0', 'next a 1']],
    [3, ['a 0,1,2', 'next b 0']],
    [4, ['a 0,1,2', 'b 0', 'next b 1']],
    [5, ['a 0,1,2', 'b 0,1', 'next c 0']],
    [7, ['a 0,1,2', 'b 0,1', 'c 0,1']],
  ])('ends after %i partitions', async (responsePartitionLimit, expected) => {
    const names = await threeTopics()
    const response = await ask(wire.client, names, { responsePartitionLimit })
    const prefix = names[0].slice(0, -1)
    expect(summary(response).map(line => line.replaceAll(prefix, ''))).toEqual(expected)
  })

  it.each([
    ['a', 1, ['a 1,2', 'b 0,1', 'c 0,1']],
    ['b', 0, ['b 0,1', 'c 0,1']],
    ['b', 5, ['b ', 'c 0,1']],
    ['c', 1_000_000, ['c ']],
  ])('goes on at %s-%i', async (suffix, partitionIndex, expected) => {
    const names = await threeTopics()
    const prefix = names[0].slice(0, -1)
    const cursor = { topicName: prefix + suffix, partitionIndex }
    const response = await ask(wire.client, names, { cursor })
    expect(summary(response).map(line => line.replaceAll(prefix, ''))).toEqual(expected)
  })

  it('tells all partitions of all topics in the end', async () => {
    const names = await threeTopics()
    const seen: string[] = []
    let cursor: Request['cursor'] = { topicName: names[0], partitionIndex: 0 }
    while (cursor) {
      const response: Response = await ask(wire.client, [], { cursor, responsePartitionLimit: 2 })
      for (const { name, partitions } of response.topics) {
        seen.push(...partitions.map(({ partitionIndex }) => `${name} ${partitionIndex}`))
      }
      cursor = response.nextCursor
    }
    const expected = [3, 2, 2].flatMap((count, i) =>
      Array.from({ length: count }, (_, index) => `${names[i]} ${index}`),
    )
    expect(seen.filter(line => names.includes(line.split(' ')[0]!))).toEqual(expected)
  })

  it('needs no topic where the cursor stands, when all are asked for', async () => {
    const [a] = await threeTopics()
    const cursor = { topicName: a.slice(0, -1), partitionIndex: 7 }
    const response = await ask(wire.client, [], { cursor, responsePartitionLimit: 3 })
    expect(summary(response)[0]).toBe(`${a} 0,1,2`)
  })

  it('names what there is not; that counts for nothing', async () => {
    const [a] = await threeTopics()
    const response = await ask(wire.client, ['A-missing', a, 'a/b', 'zzz-missing'], {
      responsePartitionLimit: 3,
    })
    expect(summary(response)).toEqual([
      'A-missing UNKNOWN_TOPIC_OR_PARTITION',
      'a/b INVALID_TOPIC_EXCEPTION',
      `${a} 0,1,2`,
      'next zzz-missing 0',
    ])
    expect(response.topics[0]).toEqual({
      errorCode: 3,
      name: 'A-missing',
      topicId: zeroUuid,
      isInternal: false,
      partitions: [],
      topicAuthorizedOperations: everything,
    })
  })

  it.each([
    ['before the first partition', 'a', -1],
    ['at a topic that was not asked for', 'b', 0],
    ['at no topic', '', 0],
  ])('refuses a cursor %s', async (_, suffix, partitionIndex) => {
    const [a, , c] = await threeTopics()
    const topicName = suffix && a.slice(0, -1) + suffix
    const response = await ask(wire.client, [a, c], { cursor: { topicName, partitionIndex } })
    expect(response.nextCursor).toBeNull()
    expect(response.topics.map(named)).toEqual(
      [a, c].map(name => ({
        error: 'INVALID_REQUEST',
        name,
        topicId: zeroUuid,
        isInternal: false,
        partitions: [],
        topicAuthorizedOperations: -(2 ** 31),
      })),
    )
  })

  it('refuses an empty name', async () => {
    // Apache Kafka fails, for all topics of the request.
    const error = differs({ here: 'INVALID_TOPIC_EXCEPTION', kafka: 'UNKNOWN_SERVER_ERROR' })
    expect(summary(await ask(wire.client, ['']))).toEqual([` ${error}`])
  })
})

describe.skipIf(onKafka)('max.request.partition.size.limit (skipped on Apache Kafka)', () => {
  const wire = useBroker({ 'max.request.partition.size.limit': 2 })

  it('holds whatever a request asks for', async () => {
    const { name } = await wire.newTopic({ partitions: 3 })
    const responsePartitionLimit = 2 ** 31 - 1
    expect(summary(await ask(wire.client, [name], { responsePartitionLimit }))).toEqual([
      `${name} 0,1`,
      `next ${name} 2`,
    ])
  })
})

describe.skipIf(onKafka)('DescribeTopicPartitions on three brokers (skipped on Kafka)', () => {
  const brokers = useThreeBrokers()

  it('tells the same whomever one asks', async () => {
    const { name } = await brokers.newTopic([
      [6, 5],
      [7, 6],
    ])
    for (const id of brokers.ids) {
      const { topics } = await ask(brokers.clientOf(id), [name])
      expect(topics[0]!.partitions).toMatchObject([
        { leaderId: 6, replicaNodes: [6, 5], isrNodes: [6, 5] },
        { leaderId: 7, replicaNodes: [7, 6], isrNodes: [7, 6] },
      ])
    }
  })
})
