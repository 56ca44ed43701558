import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeLogDirs } from '../../protocol/apis/35-describe-log-dirs.ts'
import type { Infer } from '../../protocol/schema.ts'
import { startServer } from '../../compat-tests/server.ts'
import { RawClient } from '../raw-client.ts'
import { batchOf } from './batches.ts'
import { produceTo } from './requests.ts'
import { useThreeBrokers } from './three-brokers.ts'
import { newTopic, onKafka, useBroker, versionsOf } from './wire.ts'

type Response = Infer<typeof describeLogDirs.response>
type Wanted = readonly (readonly [topic: string, ...partitions: number[]])[]

const ask = (client: RawClient, wanted: Wanted | null, version = 5): Promise<Response> =>
  client.request(describeLogDirs, version, {
    topics: wanted && wanted.map(([topic, ...partitions]) => ({ topic, partitions })),
  })

/** 'topic partition size' of each log in the only directory, in their order. */
async function logs(client: RawClient, wanted: Wanted | null): Promise<string[]> {
  const { results } = await ask(client, wanted)
  return results[0]!.topics
    .flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, partitionSize }) => {
        return `${name} ${partitionIndex} ${partitionSize}`
      }),
    )
    .toSorted()
}

const batch = batchOf(['one', 'two', 'three'])

describe('DescribeLogDirs', () => {
  const wire = useBroker()

  it.each(versionsOf(describeLogDirs))('v%i', async version => {
    const topic = await wire.newTopic({ partitions: 2 })
    await produceTo(wire.client, topic, batch)
    await produceTo(wire.client, topic, batch)
    const response = await ask(wire.client, [[topic.name, 0, 1]], version)
    for (const { partitions } of response.results[0]!.topics) {
      partitions.sort((a, b) => a.partitionIndex - b.partitionIndex)
    }
    expect(response).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      results: [
        {
          errorCode: 0,
          logDir: expect.stringMatching(/^(\/|[A-Z]:)/),
          topics: [
            {
              name: topic.name,
              partitions: [2 * batch.length, 0].map((partitionSize, partitionIndex) => {
                return { partitionIndex, partitionSize, offsetLag: 0, isFutureKey: false }
              }),
            },
          ],
          totalBytes: version < 4 || !onKafka ? -1 : expect.any(Number),
          usableBytes: version < 4 || !onKafka ? -1 : expect.any(Number),
          isCordoned: false,
        },
      ],
    })
  })

  it('of all topics', async () => {
    const [topic, other] = [await wire.newTopic({ partitions: 2 }), await wire.newTopic()]
    await produceTo(wire.client, other, batch)
    for (const version of versionsOf(describeLogDirs)) {
      const [{ topics } = { topics: [] }] = (await ask(wire.client, null, version)).results
      const sizes = new Map(
        topics.map(({ name, partitions }) => [
          name,
          partitions.map(({ partitionSize }) => partitionSize),
        ]),
      )
      expect(sizes.get(topic.name)).toEqual([0, 0])
      expect(sizes.get(other.name)).toEqual([batch.length])
    }
  })

  it.each<[string, (name: string) => Wanted, number[]]>([
    ['no topics', () => [], []],
    ['no partitions', name => [[name]], []],
    ['an unknown partition', name => [[name, 1, 7, -1]], [1]],
    [
      'an unknown topic',
      name => [
        ['nobody-has-this-name', 0],
        [name, 0],
      ],
      [0],
    ],
    ['an illegal name', () => [['a/b', 0]], []],
    ['a partition twice', name => [[name, 0, 0]], [0]],
    [
      'a topic twice',
      name => [
        [name, 0],
        [name, 1, 0],
      ],
      [0, 1],
    ],
  ])('of %s', async (_, wanted, indexes) => {
    const { name } = await wire.newTopic({ partitions: 2 })
    expect(await logs(wire.client, wanted(name))).toEqual(indexes.map(i => `${name} ${i} 0`))
  })
})

describe.skipIf(onKafka)('log directories on disk (skipped on Apache Kafka: has others)', () => {
  it('lie below the data directory, on a volume of some size', async () => {
    await using server = await startServer()
    await using client = await RawClient.connect(server.bootstrapServers)
    const topic = await newTopic(client)
    await produceTo(client, topic, batch)
    const { results } = await ask(client, [[topic.name, 0]])
    const [{ logDir, topics, totalBytes, usableBytes }] = results as [Response['results'][number]]
    expect(logDir).toBe(path.join(server.dataDir, 'topics'))
    expect(topics[0]!.partitions[0]!.partitionSize).toBe(batch.length)
    expect(totalBytes).toBeGreaterThan(0)
    expect(usableBytes).toBeGreaterThan(0)
    expect(usableBytes).toBeLessThanOrEqual(totalBytes)
  })
})

describe.skipIf(onKafka)('DescribeLogDirs on three brokers (skipped on Apache Kafka)', () => {
  const brokers = useThreeBrokers()

  it('tells of the replicas of each', async () => {
    const topic = await brokers.newTopic([
      [6, 5],
      [7, 5],
    ])
    await produceTo(brokers.clientOf(6), topic, batch)
    const { name } = topic
    const filled = `${name} 0 ${batch.length}`
    for (const [id, expected] of [
      [5, [filled, `${name} 1 0`]],
      [6, [filled]],
      [7, [`${name} 1 0`]],
    ] as const) {
      expect(await logs(brokers.clientOf(id), null)).toEqual(expected)
    }
  })
})
