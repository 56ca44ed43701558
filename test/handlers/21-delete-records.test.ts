import { describe, expect, it } from 'vitest'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import { startServer } from '../../compat-tests/server.ts'
import { RawClient } from '../raw-client.ts'
import { batchOf } from './batches.ts'
import { MemoryStorage } from './memory-storage.ts'
import { fetchFrom, produceTo } from './requests.ts'
import { useThreeBrokers } from './three-brokers.ts'
import {
  latest,
  named,
  newTopic,
  onKafka,
  partitionsOf,
  settle,
  useBroker,
  versionsOf,
  type TestTopic,
} from './wire.ts'

type Offsets = readonly (readonly [topic: string, ...offsets: (readonly [number, number])[]])[]

/** Answers as 'topic partition error lowWatermark', in their order by name. */
async function trim(client: RawClient, wanted: Offsets, { version = 2, timeoutMs = 30_000 } = {}) {
  const { topics } = await client.request(deleteRecords, version, {
    timeoutMs,
    topics: wanted.map(([name, ...partitions]) => ({
      name,
      partitions: partitions.map(([partitionIndex, offset]) => ({ partitionIndex, offset })),
    })),
  })
  return topics
    .flatMap(({ name, partitions }) =>
      partitions.map(partition => {
        const { partitionIndex, error, lowWatermark } = named(partition)
        return `${name} ${partitionIndex} ${error} ${lowWatermark}`
      }),
    )
    .toSorted()
}

const records = batchOf(['one', 'two', 'three'])

describe('DeleteRecords', () => {
  const wire = useBroker()

  async function filledTopic(configs: Record<string, string> = {}): Promise<TestTopic> {
    const topic = await wire.newTopic({ partitions: 2, configs })
    for (const partition of [0, 1]) await produceTo(wire.client, topic, records, { partition })
    return topic
  }

  async function startOf({ name }: TestTopic, partitionIndex = 0): Promise<number> {
    const { topics } = await wire.client.request(listOffsets, latest(listOffsets), {
      replicaId: -1,
      topics: [{ name, partitions: [{ partitionIndex, timestamp: -2 }] }],
    })
    return topics[0]!.partitions[0]!.offset
  }

  it.each(versionsOf(deleteRecords))('v%i', async version => {
    const topic = await filledTopic()
    const { name } = topic
    const options = { version }
    expect(await trim(wire.client, [[name, [0, 1]]], options)).toEqual([`${name} 0 NONE 1`])
    expect([await startOf(topic), await startOf(topic, 1)]).toEqual([1, 0])
    expect((await fetchFrom(wire.client, topic)).error).toBe('OFFSET_OUT_OF_RANGE')
    expect(await fetchFrom(wire.client, topic, { fetchOffset: 1 })).toMatchObject({
      error: 'NONE',
      logStartOffset: 1,
      highWatermark: 3,
    })
  })

  it.each([
    ['the high watermark', 3, 'NONE 3'],
    ['-1, which stands for it,', -1, 'NONE 3'],
    ['the first offset', 0, 'NONE 0'],
    ['beyond the high watermark', 4, 'OFFSET_OUT_OF_RANGE -1'],
    ['the largest offset', Number.MAX_SAFE_INTEGER, 'OFFSET_OUT_OF_RANGE -1'],
    ['-2', -2, 'OFFSET_OUT_OF_RANGE -1'],
  ])('up to %s', async (_, offset, answer) => {
    const { name } = await filledTopic()
    expect(await trim(wire.client, [[name, [1, offset]]])).toEqual([`${name} 1 ${answer}`])
  })

  it('that are gone already changes nothing, and tells what is left', async () => {
    const topic = await filledTopic()
    const { name } = topic
    for (const offset of [2, 2, 1, 0]) {
      expect(await trim(wire.client, [[name, [0, offset]]])).toEqual([`${name} 0 NONE 2`])
    }
    expect(await startOf(topic)).toBe(2)
  })

  it('up to the end leaves an empty log that goes on where it was', async () => {
    const topic = await filledTopic()
    const { name } = topic
    expect(await trim(wire.client, [[name, [0, -1]]])).toEqual([`${name} 0 NONE 3`])
    expect(await trim(wire.client, [[name, [0, -1]]])).toEqual([`${name} 0 NONE 3`])
    expect(await produceTo(wire.client, topic, records)).toMatchObject({
      error: 'NONE',
      baseOffset: 3,
      logStartOffset: 3,
    })
  })

  it('of unknown topics and partitions, beside others', async () => {
    const { name } = await filledTopic()
    const wanted: Offsets = [
      [name, [0, 1], [2, 0], [-1, 0]],
      ['nobody-has-this-name', [0, 0]],
      ['a/b', [0, 0]],
    ]
    expect(await trim(wire.client, wanted)).toEqual(
      [
        `${name} 0 NONE 1`,
        `${name} 2 UNKNOWN_TOPIC_OR_PARTITION -1`,
        `${name} -1 UNKNOWN_TOPIC_OR_PARTITION -1`,
        'nobody-has-this-name 0 UNKNOWN_TOPIC_OR_PARTITION -1',
        'a/b 0 UNKNOWN_TOPIC_OR_PARTITION -1',
      ].toSorted(),
    )
  })

  it('takes the last of several offsets, and several mentions of a topic', async () => {
    const { name } = await filledTopic()
    const twice = await trim(wire.client, [[name, [0, 99], [0, 1]], [name, [1, 2]], [name]])
    expect(twice).toEqual([`${name} 0 NONE 1`, `${name} 1 NONE 2`])
    const wrong = await trim(wire.client, [
      [name, [0, 2]],
      [name, [0, 99]],
    ])
    expect(wrong).toEqual([`${name} 0 OFFSET_OUT_OF_RANGE -1`])
  })

  it('of nothing is nothing', async () => {
    const { name } = await filledTopic()
    for (const version of versionsOf(deleteRecords)) {
      expect(await trim(wire.client, [], { version })).toEqual([])
      expect(await trim(wire.client, [[name]], { version })).toEqual([])
    }
  })

  it.each([0, -1])('needs no time: %i ms will do', async timeoutMs => {
    const { name } = await filledTopic()
    expect(await trim(wire.client, [[name, [0, 2]]], { timeoutMs })).toEqual([`${name} 0 NONE 2`])
  })

  it.each([
    ['compact', 'POLICY_VIOLATION -1'],
    ['compact,delete', 'NONE 0'],
    ['delete', 'NONE 0'],
    ['', 'NONE 0'],
  ])('of a topic with cleanup.policy "%s"', async (policy, answer) => {
    const { name } = await wire.newTopic({ configs: { 'cleanup.policy': policy } })
    expect(await trim(wire.client, [[name, [0, -1]]])).toEqual([`${name} 0 ${answer}`])
  })

  it('of an internal topic', async () => {
    const name = '__consumer_offsets'
    if (onKafka) {
      const group = { keyType: 0, coordinatorKeys: ['any'] }
      await wire.client.request(findCoordinator, latest(findCoordinator), group)
      await settle(async () => (await partitionsOf(wire.client, name)) !== undefined)
    } else {
      await wire.newTopic({ name })
    }
    expect(await trim(wire.client, [[name, [0, 0], [99, 0]]])).toEqual([
      `${name} 0 INVALID_TOPIC_EXCEPTION -1`,
      `${name} 99 UNKNOWN_TOPIC_OR_PARTITION -1`,
    ])
  })

  it.skipIf(onKafka)(
    'ends a Fetch that waits for more than is left (skipped on Apache Kafka: when it next looks)',
    async () => {
      const topic = await filledTopic()
      const waiting = fetchFrom(
        await wire.connect(),
        topic,
        {},
        { maxWaitMs: 600_000, minBytes: 1e6 },
      )
      // On its way before the other request, but perhaps not yet waiting: either way it fails.
      await trim(wire.client, [[topic.name, [0, 2]]])
      expect((await waiting).error).toBe('OFFSET_OUT_OF_RANGE')
    },
  )
})

describe.skipIf(onKafka)('deleted records (skipped on Apache Kafka: not to be restarted)', () => {
  it('are not back after a restart, and their producer is still known', async () => {
    const storage = new MemoryStorage()
    const first = await storage.start()
    let client = await RawClient.connect(first.bootstrapServers)
    const topic = await newTopic(client)
    const batch = batchOf(['one', 'two'], { producerId: 7, producerEpoch: 0, baseSequence: 0 })
    await produceTo(client, topic, batch)
    await trim(client, [[topic.name, [0, -1]]])
    await client[Symbol.asyncDispose]()
    await first.close()
    await using resources = new AsyncDisposableStack()
    const second = await storage.start()
    resources.defer(() => second.close())
    client = resources.use(await RawClient.connect(second.bootstrapServers))
    expect((await fetchFrom(client, topic)).error).toBe('OFFSET_OUT_OF_RANGE')
    expect(await produceTo(client, topic, batch)).toMatchObject({ error: 'NONE', baseOffset: 0 })
    expect(await fetchFrom(client, topic, { fetchOffset: 2 })).toMatchObject({
      logStartOffset: 2,
      highWatermark: 2,
    })
  })

  it('are not back after kill -9', async () => {
    await using server = await startServer()
    let client = await RawClient.connect(server.bootstrapServers)
    const topic = await newTopic(client)
    await produceTo(client, topic, records)
    expect(await trim(client, [[topic.name, [0, 2]]])).toEqual([`${topic.name} 0 NONE 2`])
    await server.kill()
    await client[Symbol.asyncDispose]()
    await server.restart()
    client = await RawClient.connect(server.bootstrapServers)
    const fetched = await fetchFrom(client, topic, { fetchOffset: 2 })
    expect(fetched).toMatchObject({ logStartOffset: 2, highWatermark: 3 })
    expect((await fetchFrom(client, topic, { fetchOffset: 1 })).error).toBe('OFFSET_OUT_OF_RANGE')
    await client[Symbol.asyncDispose]()
  })
})

describe.skipIf(onKafka)('DeleteRecords on three brokers (skipped on Apache Kafka)', () => {
  const brokers = useThreeBrokers()

  it('is for the leader', async () => {
    const topic = await brokers.newTopic([[6, 5]])
    await produceTo(brokers.clientOf(6), topic, records)
    const wanted: Offsets = [[topic.name, [0, 2]]]
    for (const [id, answer] of [
      [5, 'NOT_LEADER_OR_FOLLOWER -1'],
      [7, 'NOT_LEADER_OR_FOLLOWER -1'],
      [6, 'NONE 2'],
    ] as const) {
      expect(await trim(brokers.clientOf(id), wanted)).toEqual([`${topic.name} 0 ${answer}`])
    }
  })
})
