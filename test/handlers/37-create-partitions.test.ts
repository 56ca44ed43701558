import { describe, expect, it } from 'vitest'
import { createPartitions } from '../../protocol/apis/37-create-partitions.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { batchOf } from './batches.ts'
import { MemoryStorage } from './memory-storage.ts'
import { fetchFrom, produceTo } from './requests.ts'
import { useThreeBrokers } from './three-brokers.ts'
import {
  differs,
  named,
  newTopic,
  nodeIdOf,
  onKafka,
  partitionsOf,
  settle,
  uniqueName,
  useBroker,
  versionsOf,
} from './wire.ts'
import { RawClient } from '../raw-client.ts'

type Request = Input<typeof createPartitions.request>
type Wanted = Request['topics'][number]
type Result = Infer<typeof createPartitions.response>['results'][number]

const lastVersion = 3

async function grow(
  client: RawClient,
  topics: (Pick<Wanted, 'name' | 'count'> & Partial<Wanted>)[],
  { version = lastVersion, ...fields }: Partial<Request> & { version?: number } = {},
): Promise<Result[]> {
  const { results } = await client.request(createPartitions, version, {
    topics: topics.map(topic => ({ assignments: null, ...topic })),
    timeoutMs: 30_000,
    validateOnly: false,
    ...fields,
  })
  return results
}

describe('CreatePartitions', () => {
  const wire = useBroker()

  const settled = (name: string, count: number): Promise<void> =>
    settle(async () => (await partitionsOf(wire.client, name)) === count)

  it.each(versionsOf(createPartitions))('v%i', async version => {
    const topic = await wire.newTopic()
    expect(await grow(wire.client, [{ name: topic.name, count: 3 }], { version })).toEqual([
      { name: topic.name, errorCode: 0, errorMessage: null },
    ])
    await settled(topic.name, 3)
    expect(await partitionsOf(wire.client, topic.name)).toBe(3)
  })

  it('adds partitions that take records, and keeps those of the others', async () => {
    const topic = await wire.newTopic()
    await produceTo(wire.client, topic, batchOf(['old']))
    await grow(wire.client, [{ name: topic.name, count: 2 }])
    await settle(async () => {
      return (
        (await produceTo(wire.client, topic, batchOf(['one']), { partition: 1 })).error === 'NONE'
      )
    })
    const more = { partition: 1 }
    expect(await produceTo(wire.client, topic, batchOf(['two']), more)).toMatchObject({
      error: 'NONE',
      baseOffset: differs({ here: 0, kafka: 1 }),
    })
    expect((await fetchFrom(wire.client, topic)).highWatermark).toBe(1)
  })

  it('puts partitions where it is told', async () => {
    const { name } = await wire.newTopic()
    const brokerIds = [await nodeIdOf(wire.client)]
    const assignments = [{ brokerIds }, { brokerIds }]
    expect((await grow(wire.client, [{ name, count: 3, assignments }])).map(named)).toEqual([
      { name, error: 'NONE', errorMessage: null },
    ])
    await settled(name, 3)
    expect(await partitionsOf(wire.client, name)).toBe(3)
  })

  it.each(versionsOf(createPartitions))('v%i of validateOnly adds nothing', async version => {
    const { name } = await wire.newTopic()
    const options = { version, validateOnly: true }
    expect((await grow(wire.client, [{ name, count: 3 }], options)).map(named)).toMatchObject([
      { name, error: 'NONE' },
    ])
    expect((await grow(wire.client, [{ name, count: 1 }], options)).map(named)).toMatchObject([
      { name, error: 'INVALID_PARTITIONS' },
    ])
    expect(await partitionsOf(wire.client, name)).toBe(1)
  })

  it.each<[string, Partial<Wanted>, string]>([
    ['as many as there are', { count: 2 }, 'INVALID_PARTITIONS'],
    ['fewer than there are', { count: 1 }, 'INVALID_PARTITIONS'],
    ['none', { count: 0 }, 'INVALID_PARTITIONS'],
    ['-1', { count: -1 }, 'INVALID_PARTITIONS'],
    ['fewer assignments than partitions', { assignments: [] }, 'INVALID_REPLICA_ASSIGNMENT'],
    [
      'more assignments than partitions',
      { assignments: [{ brokerIds: [1] }, { brokerIds: [1] }] },
      'INVALID_REPLICA_ASSIGNMENT',
    ],
    ['an assignment to nobody', { assignments: [{ brokerIds: [] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
    [
      'a broker that there is not',
      { assignments: [{ brokerIds: [77] }] },
      'INVALID_REPLICA_ASSIGNMENT',
    ],
  ])('refuses %s (Kafka: ReplicationControlManager.createPartitions)', async (_, wanted, error) => {
    const { name } = await wire.newTopic({ partitions: 2 })
    for (const version of versionsOf(createPartitions)) {
      const [result] = await grow(wire.client, [{ name, count: 3, ...wanted }], { version })
      expect(named(result!)).toEqual({ name, error, errorMessage: expect.stringContaining(' ') })
    }
    expect(await partitionsOf(wire.client, name)).toBe(2)
  })

  it('refuses a broker twice, and more replicas than the other partitions have', async () => {
    const { name } = await wire.newTopic()
    const id = await nodeIdOf(wire.client)
    const assignments = [{ brokerIds: [id, id] }]
    expect((await grow(wire.client, [{ name, count: 2, assignments }])).map(named)).toEqual([
      {
        name,
        error: 'INVALID_REPLICA_ASSIGNMENT',
        errorMessage: expect.stringContaining('more than once'),
      },
    ])
  })

  it.each(['nobody-has-this-name', 'a/b', ''])('refuses unknown topic %j', async name => {
    expect((await grow(wire.client, [{ name, count: 3 }])).map(named)).toEqual([
      { name, error: 'UNKNOWN_TOPIC_OR_PARTITION', errorMessage: null },
    ])
  })

  it('refuses a topic that is named twice, and nothing else', async () => {
    const [twice, other] = [await wire.newTopic(), await wire.newTopic()]
    const topics = [
      { name: twice.name, count: 2 },
      { name: other.name, count: 2 },
      { name: twice.name, count: 3 },
    ]
    const results = await grow(wire.client, topics)
    expect(new Map(results.map(result => [result.name, named(result).error]))).toEqual(
      new Map([
        [twice.name, 'INVALID_REQUEST'],
        [other.name, 'NONE'],
      ]),
    )
    expect(results).toHaveLength(2)
    await settled(other.name, 2)
    expect(await partitionsOf(wire.client, twice.name)).toBe(1)
  })

  it.each([0, -1])('is not begun with %i ms of time', async timeoutMs => {
    const { name } = await wire.newTopic()
    const topics = [
      { name, count: 2 },
      { name: 'nobody-has-this-name', count: 2 },
    ]
    expect((await grow(wire.client, topics, { timeoutMs })).map(named)).toEqual(
      topics.map(topic => ({
        name: topic.name,
        error: 'REQUEST_TIMED_OUT',
        errorMessage: null,
      })),
    )
    expect(await partitionsOf(wire.client, name)).toBe(1)
  })

  it('adds up to 10,000 partitions for one request', async () => {
    const { name } = await wire.newTopic()
    const validateOnly = { validateOnly: true }
    const [most] = await grow(wire.client, [{ name, count: 10_001 }], validateOnly)
    expect(named(most!)).toMatchObject({ error: 'NONE' })
    // Apache Kafka fails on its own limit, after it has added some of them.
    const error = differs({ here: 'POLICY_VIOLATION', kafka: 'UNKNOWN_SERVER_ERROR' })
    for (const count of [10_002, 2 ** 31 - 1]) {
      const [tooMany] = await grow(wire.client, [{ name, count }], validateOnly)
      expect(named(tooMany!).error).toBe(error)
    }
    const other = await wire.newTopic()
    const both = [name, other.name].map(each => ({ name: each, count: 9000 }))
    const errors = (await grow(wire.client, both, validateOnly)).map(result => named(result).error)
    expect(errors.toSorted()).toEqual(['NONE', error].toSorted())
  })

  it('of nothing is nothing', async () => {
    for (const version of versionsOf(createPartitions)) {
      expect(await grow(wire.client, [], { version })).toEqual([])
    }
  })

  it.skipIf(onKafka)(
    'takes requests one after the other (skipped on Apache Kafka: connections race)',
    async () => {
      const { name } = await wire.newTopic()
      const clients = [await wire.connect(), await wire.connect(), await wire.connect()]
      const counts = [5, 8, 3]
      const results = await Promise.all(
        clients.map((client, i) => grow(client, [{ name, count: counts[i]! }])),
      )
      const largest = await partitionsOf(wire.client, name)
      expect(largest).toBe(8)
      expect(named(results[1]![0]!).error).toBe('NONE')
    },
  )
})

describe.skipIf(onKafka)(
  'partitions that were added (skipped on Apache Kafka: not to be restarted)',
  () => {
    it('are there after a restart, with their records', async () => {
      const storage = new MemoryStorage()
      const name = uniqueName()
      const first = await storage.start()
      let client = await RawClient.connect(first.bootstrapServers)
      const topic = await newTopic(client, { name })
      await grow(client, [{ name, count: 3 }])
      await produceTo(client, topic, batchOf(['kept']), { partition: 2 })
      await client[Symbol.asyncDispose]()
      await first.close()
      await using resources = new AsyncDisposableStack()
      const second = await storage.start()
      resources.defer(() => second.close())
      client = resources.use(await RawClient.connect(second.bootstrapServers))
      expect(await partitionsOf(client, name)).toBe(3)
      expect(await fetchFrom(client, topic, { partition: 2 })).toMatchObject({ highWatermark: 1 })
    })
  },
)

describe.skipIf(onKafka)('CreatePartitions on three brokers (skipped on Apache Kafka)', () => {
  const brokers = useThreeBrokers()

  it('gives new partitions as many replicas as the others have', async () => {
    const topic = await brokers.newTopic([[5, 6]])
    await grow(brokers.clientOf(6), [{ name: topic.name, count: 7 }])
    const partitions = await brokers.partitionsOf(topic)
    const added = partitions.slice(1)
    expect(added.map(({ replicaNodes }) => replicaNodes.length)).toEqual([2, 2, 2, 2, 2, 2])
    for (const id of brokers.ids) {
      expect(added.filter(({ leaderId }) => leaderId === id)).toHaveLength(2)
    }
    for (const { partitionIndex, leaderId } of added) {
      const options = { partition: partitionIndex }
      const client = brokers.clientOf(leaderId)
      expect((await produceTo(client, topic, batchOf(['v']), options)).error).toBe('NONE')
    }
  })

  it('takes assignments in their order, of as many replicas as the others have', async () => {
    const topic = await brokers.newTopic([[5, 6]])
    const add = (brokerIds: number[]): Promise<Result[]> =>
      grow(brokers.clientOf(5), [{ name: topic.name, count: 2, assignments: [{ brokerIds }] }])
    for (const brokerIds of [[7], [5, 6, 7], [7, 7], [7, 8]]) {
      expect(named((await add(brokerIds))[0]!).error).toBe('INVALID_REPLICA_ASSIGNMENT')
    }
    expect(named((await add([7, 5]))[0]!).error).toBe('NONE')
    expect((await brokers.partitionsOf(topic))[1]).toMatchObject({
      leaderId: 7,
      leaderEpoch: 0,
      replicaNodes: [7, 5],
      isrNodes: [7, 5],
    })
  })
})
