/** A data directory that other brokers open than before: the records are there all the same. */
import { describe, expect, it } from 'vitest'
import { metadata } from '../protocol/apis/03-metadata.ts'
import { createTopics } from '../protocol/apis/19-create-topics.ts'
import { batchOf } from './handlers/batches.ts'
import { MemoryStorage } from './handlers/memory-storage.ts'
import { elect, reassignTo, underWay } from './handlers/reassignments.ts'
import { fetchFrom, produceTo } from './handlers/requests.ts'
import { uniqueName, type TestTopic } from './handlers/wire.ts'
import { RawClient } from './raw-client.ts'

interface Running extends AsyncDisposable {
  /** By node id. */
  clients: RawClient[]
}

const storage = new MemoryStorage()

async function start(brokers: number, durationMs = 1): Promise<Running> {
  const broker = await storage.start({ brokers, 'reassignment.duration.ms': durationMs })
  const addresses = broker.bootstrapServers.split(',')
  const clients = await Promise.all(addresses.map(RawClient.connect))
  return {
    clients,
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client[Symbol.asyncDispose]()
      await broker.close()
    },
  }
}

async function create({ clients }: Running, assignments: number[][]): Promise<TestTopic> {
  const topic = {
    name: uniqueName(),
    numPartitions: -1,
    replicationFactor: -1,
    assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
    configs: [],
  }
  const { topics } = await clients[0]!.request(createTopics, 7, { topics: [topic] })
  return { name: topic.name, id: topics[0]!.topicId }
}

/** 'leader epoch replicas isr offline' of each partition. */
async function partitionsOf({ clients }: Running, { name }: TestTopic): Promise<string[]> {
  const { topics } = await clients[0]!.request(metadata, 13, { topics: [{ name }] })
  return topics[0]!.partitions.map(
    ({ leaderId, leaderEpoch, replicaNodes, isrNodes, offlineReplicas }) =>
      [leaderId, leaderEpoch, replicaNodes.join(), isrNodes.join(), offlineReplicas.join()].join(
        ' ',
      ),
  )
}

async function recordCounts({ clients }: Running, topic: TestTopic): Promise<number[]> {
  const { topics } = await clients[0]!.request(metadata, 13, { topics: [{ name: topic.name }] })
  return Promise.all(
    topics[0]!.partitions.map(async ({ partitionIndex: partition, leaderId }) => {
      const answer = await fetchFrom(clients[leaderId]!, topic, { partition })
      expect(answer.error).toBe('NONE')
      return answer.highWatermark
    }),
  )
}

describe('a data directory of three brokers', () => {
  it('serves all from one, and goes back to three', async () => {
    const three = await start(3)
    const topic = await create(three, [
      [0, 1],
      [1, 0],
      [1, 2],
    ])
    for (const [partition, leader] of [0, 1, 1].entries()) {
      await produceTo(three.clients[leader]!, topic, batchOf(['first']), { partition })
    }
    await three[Symbol.asyncDispose]()

    const one = await start(1)
    expect(await partitionsOf(one, topic)).toEqual(['0 0 0,1 0 1', '0 1 1,0 0 1', '0 1 0 0 '])
    expect(await recordCounts(one, topic)).toEqual([1, 1, 1])
    for (const partition of [0, 1, 2]) {
      const answer = await produceTo(one.clients[0]!, topic, batchOf(['second']), { partition })
      expect(answer).toMatchObject({ error: 'NONE', baseOffset: 1 })
    }
    expect(await elect(one.clients[0]!, topic, { partition: 1 })).toBe(
      'PREFERRED_LEADER_NOT_AVAILABLE',
    )
    await one[Symbol.asyncDispose]()

    await using again = await start(3)
    expect(await partitionsOf(again, topic)).toEqual(['0 0 0,1 0,1 ', '1 2 1,0 1,0 ', '0 1 0 0 '])
    expect(await recordCounts(again, topic)).toEqual([2, 2, 2])
    expect(await elect(again.clients[0]!, topic, { partition: 1 })).toBe('ELECTION_NOT_NEEDED')
  })

  it('goes on with a reassignment when the nodes that it adds are back', async () => {
    const three = await start(3, 3_600_000)
    const topic = await create(three, [[0]])
    await reassignTo(three.clients[0]!, topic, [2])
    await three[Symbol.asyncDispose]()

    const one = await start(1)
    expect(await partitionsOf(one, topic)).toEqual(['0 0 2,0 0 2'])
    expect(await underWay(one.clients[0]!)).toEqual([`${topic.name} 0: 2,0 +2 -0`])
    await one[Symbol.asyncDispose]()

    await using again = await start(3)
    while ((await underWay(again.clients[0]!)).length > 0);
    expect(await partitionsOf(again, topic)).toEqual(['2 1 2 2 '])
  })
})

describe('a data directory of one broker', () => {
  it('can be spread over three', async () => {
    const one = await start(1)
    const topic = await create(one, [[0], [0]])
    await produceTo(one.clients[0]!, topic, batchOf(['first']))
    await one[Symbol.asyncDispose]()

    await using three = await start(3)
    expect(await partitionsOf(three, topic)).toEqual(['0 0 0 0 ', '0 0 0 0 '])
    expect((await fetchFrom(three.clients[1]!, topic)).error).toBe('NOT_LEADER_OR_FOLLOWER')
    await reassignTo(three.clients[1]!, topic, [1, 2])
    while ((await underWay(three.clients[0]!)).length > 0);
    expect(await partitionsOf(three, topic)).toEqual(['1 1 1,2 1,2 ', '0 0 0 0 '])
    expect(await recordCounts(three, topic)).toEqual([1, 0])
  })
})
