import { describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { alterReassignments } from '../../protocol/apis/45-alter-partition-reassignments.ts'
import { errorName } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/schema.ts'
import { RawClient } from '../raw-client.ts'
import { batchOf } from './batches.ts'
import { MemoryStorage } from './memory-storage.ts'
import { reassignTo, underWay } from './reassignments.ts'
import { fetchFrom, produceTo } from './requests.ts'
import { useThreeBrokers } from './three-brokers.ts'
import { deleteTopic, named, newTopic, nodeIdOf, onKafka, useBroker, versionsOf } from './wire.ts'

type Request = Input<typeof alterReassignments.request>
type Wanted = readonly (readonly [topic: string, ...Partition[]])[]
type Partition = readonly [index: number, replicas: number[] | null]

async function alter(
  client: RawClient,
  wanted: Wanted,
  { version = 1, ...fields }: Partial<Request> & { version?: number } = {},
) {
  const { responses, errorCode, ...rest } = await client.request(alterReassignments, version, {
    topics: wanted.map(([name, ...partitions]) => ({
      name,
      partitions: partitions.map(([partitionIndex, replicas]) => ({ partitionIndex, replicas })),
    })),
    ...fields,
  })
  return {
    ...rest,
    error: errorName(errorCode),
    results: responses.flatMap(({ name, partitions }) =>
      partitions.map(partition => `${name} ${partition.partitionIndex} ${named(partition).error}`),
    ),
    messages: responses.flatMap(({ partitions }) =>
      partitions.map(({ errorMessage }) => errorMessage),
    ),
  }
}

const success = {
  throttleTimeMs: 0,
  allowReplicationFactorChange: true,
  error: 'NONE',
  errorMessage: null,
}

describe('AlterPartitionReassignments', () => {
  const wire = useBroker()

  it.each(versionsOf(alterReassignments))('v%i to where the replicas are', async version => {
    const { name } = await wire.newTopic({ partitions: 2 })
    const here = [await nodeIdOf(wire.client)]
    expect(await alter(wire.client, [[name, [0, here], [1, here]]], { version })).toEqual({
      ...success,
      results: [`${name} 0 NONE`, `${name} 1 NONE`],
      messages: [null, null],
    })
    expect(await underWay(wire.client, [[name, 0, 1]])).toEqual([])
  })

  it('cancels nothing where nothing is under way', async () => {
    const { name } = await wire.newTopic()
    expect(await alter(wire.client, [[name, [0, null]]])).toEqual({
      ...success,
      results: [`${name} 0 NO_REASSIGNMENT_IN_PROGRESS`],
      messages: [null],
    })
  })

  it.each<[string, (here: number) => number[]]>([
    ['no replicas', () => []],
    ['a broker twice', here => [here, here]],
    ['a broker that there is not', () => [77]],
    ['a broker more that there is not', here => [here, 77]],
    ['a negative broker', () => [-1]],
  ])('refuses %s', async (_, replicasOf) => {
    const { name } = await wire.newTopic()
    const replicas = replicasOf(await nodeIdOf(wire.client))
    for (const version of versionsOf(alterReassignments)) {
      for (const allowReplicationFactorChange of version < 1 ? [true] : [true, false]) {
        const options = { version, allowReplicationFactorChange }
        expect(await alter(wire.client, [[name, [0, replicas]]], options)).toEqual({
          ...success,
          allowReplicationFactorChange,
          results: [`${name} 0 INVALID_REPLICA_ASSIGNMENT`],
          messages: [expect.stringContaining(' ')],
        })
      }
    }
  })

  it('answers as often as it is asked, unknown topics and partitions too', async () => {
    const { name } = await wire.newTopic()
    const here = [await nodeIdOf(wire.client)]
    const wanted: Wanted = [
      [name, [9, here], [-1, here], [0, here], [0, [77]]],
      ['nobody-has-this-name', [0, here]],
      ['a/b', [0, null]],
      [name, [0, here]],
    ]
    expect(await alter(wire.client, wanted)).toEqual({
      ...success,
      results: [
        `${name} 9 UNKNOWN_TOPIC_OR_PARTITION`,
        `${name} -1 UNKNOWN_TOPIC_OR_PARTITION`,
        `${name} 0 NONE`,
        `${name} 0 INVALID_REPLICA_ASSIGNMENT`,
        'nobody-has-this-name 0 UNKNOWN_TOPIC_OR_PARTITION',
        'a/b 0 UNKNOWN_TOPIC_OR_PARTITION',
        `${name} 0 NONE`,
      ],
      messages: [
        expect.any(String),
        expect.any(String),
        null,
        expect.any(String),
        expect.any(String),
        expect.any(String),
        null,
      ],
    })
  })

  it('of nothing is nothing', async () => {
    const { name } = await wire.newTopic()
    expect(await alter(wire.client, [[name]])).toEqual({ ...success, results: [], messages: [] })
    for (const timeoutMs of [0, 1000]) {
      expect(await alter(wire.client, [], { timeoutMs })).toEqual({
        ...success,
        errorMessage: '',
        results: [],
        messages: [],
      })
    }
  })

  it.each([0, -1])('is not begun with %i ms of time', async timeoutMs => {
    const { name } = await wire.newTopic()
    expect(await alter(wire.client, [[name, [0, [77]]]], { timeoutMs })).toEqual({
      ...success,
      error: 'REQUEST_TIMED_OUT',
      results: [`${name} 0 REQUEST_TIMED_OUT`],
      messages: [null],
    })
  })
})

describe.skipIf(onKafka)('a reassignment that is under way (skipped on Apache Kafka)', () => {
  const brokers = useThreeBrokers({ 'reassignment.duration.ms': 3_600_000 })

  it('has old and new replicas; the old ones serve', async () => {
    const topic = await brokers.newTopic([[5, 6]])
    const client = brokers.clientOf(6)
    expect(await reassignTo(client, topic, [7, 6])).toBe('NONE')
    expect(await underWay(client, [[topic.name, 0]])).toEqual([`${topic.name} 0: 7,6,5 +7 -5`])
    expect(await brokers.partitionsOf(topic)).toMatchObject([
      { leaderId: 5, leaderEpoch: 0, replicaNodes: [7, 6, 5], isrNodes: [5, 6] },
    ])
    expect((await produceTo(brokers.clientOf(5), topic, batchOf(['v']))).error).toBe('NONE')
  })

  it('can be cancelled, in a new epoch', async () => {
    const topic = await brokers.newTopic([[5, 6]])
    const client = brokers.clientOf(5)
    await reassignTo(client, topic, [7, 6])
    expect(await reassignTo(client, topic, null)).toBe('NONE')
    expect(await reassignTo(client, topic, null)).toBe('NO_REASSIGNMENT_IN_PROGRESS')
    expect(await underWay(client, [[topic.name, 0]])).toEqual([])
    expect(await brokers.partitionsOf(topic)).toMatchObject([
      { leaderId: 5, leaderEpoch: 1, replicaNodes: [6, 5], isrNodes: [5, 6] },
    ])
  })

  it('can be turned elsewhere', async () => {
    const topic = await brokers.newTopic([[5]])
    const client = brokers.clientOf(5)
    await reassignTo(client, topic, [6])
    expect(await reassignTo(client, topic, [7])).toBe('NONE')
    expect(await underWay(client, [[topic.name, 0]])).toEqual([`${topic.name} 0: 7,5,6 +7 -5,6`])
    expect(await reassignTo(client, topic, [5])).toBe('NONE')
    expect(await underWay(client, [[topic.name, 0]])).toEqual([])
  })

  it('may have to keep the number of replicas (KIP-860)', async () => {
    const topic = await brokers.newTopic([[5, 6]])
    const client = brokers.clientOf(5)
    const same = { allowReplicationFactorChange: false }
    expect(await reassignTo(client, topic, [5, 6, 7], same)).toBe('INVALID_REPLICATION_FACTOR')
    expect(await reassignTo(client, topic, [5], same)).toBe('INVALID_REPLICATION_FACTOR')
    expect(await reassignTo(client, topic, [5, 7], same)).toBe('NONE')
    // Of those to come, not of old and new ones.
    expect(await reassignTo(client, topic, [6, 7, 5], same)).toBe('INVALID_REPLICATION_FACTOR')
    expect(await reassignTo(client, topic, [6, 7], same)).toBe('NONE')
  })

  it('is complete at once when it adds no replica', async () => {
    const topic = await brokers.newTopic([[5, 6, 7]])
    expect(await reassignTo(brokers.clientOf(5), topic, [7, 6])).toBe('NONE')
    expect(await underWay(brokers.clientOf(5), [[topic.name, 0]])).toEqual([])
    expect(await brokers.partitionsOf(topic)).toMatchObject([
      { leaderId: 7, leaderEpoch: 1, replicaNodes: [7, 6], isrNodes: [6, 7] },
    ])
  })

  it('ends with its topic', async () => {
    const topic = await brokers.newTopic([[5]])
    await reassignTo(brokers.clientOf(5), topic, [6])
    await deleteTopic(brokers.clientOf(5), topic)
    expect(await underWay(brokers.clientOf(5), [[topic.name, 0]])).toEqual([])
  })
})

describe.skipIf(onKafka)('a reassignment that completes (skipped on Apache Kafka)', () => {
  const brokers = useThreeBrokers({ 'reassignment.duration.ms': 1 })

  it('moves the leader, and the records with it', async () => {
    const topic = await brokers.newTopic([
      [5, 6],
      [5, 6],
    ])
    await produceTo(brokers.clientOf(5), topic, batchOf(['first']))
    const wanted: Wanted = [[topic.name, [0, [7]], [1, [7, 5]]]]
    expect((await alter(brokers.clientOf(6), wanted)).results).toEqual([
      `${topic.name} 0 NONE`,
      `${topic.name} 1 NONE`,
    ])
    while ((await underWay(brokers.clientOf(5), [[topic.name, 0, 1]])).length > 0);
    expect(await brokers.partitionsOf(topic)).toMatchObject([
      { leaderId: 7, leaderEpoch: 1, replicaNodes: [7], isrNodes: [7] },
      { leaderId: 5, leaderEpoch: 1, replicaNodes: [7, 5], isrNodes: [5, 7] },
    ])
    expect((await fetchFrom(brokers.clientOf(5), topic)).error).toBe('NOT_LEADER_OR_FOLLOWER')
    expect((await fetchFrom(brokers.clientOf(7), topic)).highWatermark).toBe(1)
    expect(await produceTo(brokers.clientOf(7), topic, batchOf(['second']))).toMatchObject({
      error: 'NONE',
      baseOffset: 1,
    })
  })

  it('loses no record of producers that follow the leader', async () => {
    const topic = await brokers.newTopic([[5]])
    const homes = [6, 7, 5]
    const values: string[] = []
    let leader = 5
    for (let i = 0; i < 60; i++) {
      if (i % 20 === 10) await reassignTo(brokers.clientOf(5), topic, [homes[(i - 10) / 20]!])
      for (;;) {
        const answer = await produceTo(brokers.clientOf(leader), topic, batchOf([`${i}`]))
        if (answer.error === 'NONE') {
          expect(answer.baseOffset).toBe(values.push(`${i}`) - 1)
          break
        }
        expect(answer.error).toBe('NOT_LEADER_OR_FOLLOWER')
        leader = answer.currentLeader.leaderId
      }
    }
    while ((await underWay(brokers.clientOf(5), [[topic.name, 0]])).length > 0);
    const [partition] = await brokers.partitionsOf(topic)
    expect(partition).toMatchObject({ leaderId: 5, leaderEpoch: 3 })
    expect(await fetchFrom(brokers.clientOf(5), topic)).toMatchObject({ highWatermark: 60 })
  })
})

describe.skipIf(onKafka)('without reassignment.duration.ms (skipped on Apache Kafka)', () => {
  const brokers = useThreeBrokers({ 'reassignment.duration.ms': 0 })

  it('replicas are moved when it is answered', async () => {
    const topic = await brokers.newTopic([[5]])
    expect(await reassignTo(brokers.clientOf(5), topic, [6, 7])).toBe('NONE')
    expect(await underWay(brokers.clientOf(5))).toEqual([])
    expect(await brokers.partitionsOf(topic)).toMatchObject([
      { leaderId: 6, leaderEpoch: 1, replicaNodes: [6, 7], isrNodes: [6, 7] },
    ])
  })
})

describe.skipIf(onKafka)('after a restart (skipped on Apache Kafka: not to be restarted)', () => {
  it('reassignments go on, and what they changed is there', async () => {
    const storage = new MemoryStorage()
    const first = await storage.start({ brokers: 2, 'reassignment.duration.ms': 3_600_000 })
    let client = await RawClient.connect(first.bootstrapServers.split(',')[0]!)
    const topic = await newTopic(client)
    const other = (await leaderOf(client, topic.name)) === 0 ? 1 : 0
    await reassignTo(client, topic, [other])
    await client[Symbol.asyncDispose]()
    await first.close()

    const second = await storage.start({ brokers: 2, 'reassignment.duration.ms': 1 })
    client = await RawClient.connect(second.bootstrapServers.split(',')[0]!)
    while ((await underWay(client)).length > 0);
    await client[Symbol.asyncDispose]()
    await second.close()

    const third = await storage.start({ brokers: 2 })
    client = await RawClient.connect(third.bootstrapServers.split(',')[other]!)
    expect(await leaderOf(client, topic.name)).toBe(other)
    const epoch = { currentLeaderEpoch: 1 }
    expect((await fetchFrom(client, topic, epoch)).error).toBe('NONE')
    await client[Symbol.asyncDispose]()
    await third.close()
  })
})

async function leaderOf(client: RawClient, name: string): Promise<number> {
  const { topics } = await client.request(metadata, 13, { topics: [{ name }] })
  return topics[0]!.partitions[0]!.leaderId
}
