import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { describeCluster } from '../../protocol/apis/60-describe-cluster.ts'
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Client } from '../../src/client/client.ts'
import { openClient } from '../../src/client/open.ts'
import { createClientConfig } from '../../src/client/settings.ts'
import { waitingClock } from '../../src/clock.ts'
import { startBroker, type StartOptions } from '../../src/index.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

const question = { includeClusterAuthorizedOperations: false }

async function clientOf(bootstrapServers: string, extra: Record<string, string> = {}) {
  const all = { 'bootstrap.servers': bootstrapServers, 'retry.backoff.ms': '1', ...extra }
  const settings = Object.entries(all).map(([name, value]) => ({ name, value, origin: name }))
  const client = await openClient(createClientConfig(settings), waitingClock)
  open.push(client)
  return client
}

async function started(options?: StartOptions) {
  const broker = await startBroker(options)
  open.push(broker)
  return broker
}

async function createTopic(client: Client, name: string, numPartitions: number): Promise<void> {
  await client.send(
    createTopics,
    {
      topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 1000,
    },
    { to: 'controller' },
  )
}

describe('a client', () => {
  it('asks the leader of each partition', async () => {
    const { bootstrapServers } = await started({ brokers: 3 })
    const client = await clientOf(bootstrapServers)
    await createTopic(client, 'orders', 6)
    await client.metadata({ topics: ['orders'] })
    const leaders = new Set<number>()
    for (let partition = 0; partition < 6; partition++) {
      leaders.add(await client.leader('orders', partition))
      const answer = await client.send(
        listOffsets,
        {
          replicaId: -1,
          isolationLevel: 0,
          topics: [{ name: 'orders', partitions: [{ partitionIndex: partition, timestamp: -1 }] }],
        },
        { to: { topic: 'orders', partition } },
      )
      expect(answer.topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, offset: 0 })
    }
    expect(leaders.size).toBe(3)
  })

  it('finds coordinators, and any node', async () => {
    const { bootstrapServers } = await started({ brokers: 3 })
    const client = await clientOf(bootstrapServers)
    const groups = await client.send(
      describeGroups,
      { groups: ['g'], includeAuthorizedOperations: false },
      { to: { group: 'g' } },
    )
    expect(groups.groups[0]!.groupId).toBe('g')
    const transactionalId = 't'
    const producer = await client.send(
      initProducerId,
      { transactionalId, transactionTimeoutMs: 60_000 },
      { to: { transactionalId } },
    )
    expect(producer.errorCode).toBe(0)
    const cluster = await client.send(describeCluster, question, { to: { node: 2 } })
    expect(cluster.brokers).toHaveLength(3)
  })

  it('speaks with brokers of older releases', async () => {
    const { bootstrapServers } = await started({ config: { 'kafka.release': '2.8' } })
    const client = await clientOf(bootstrapServers)
    const { apiKeys } = await client.versions()
    expect(apiKeys.find(({ apiKey }) => apiKey === 18)!.maxVersion).toBe(3)
    await client.send(
      describeGroups,
      { groups: ['g'], includeAuthorizedOperations: false },
      { to: { group: 'g' } },
    )
    const session = await client.route('any')
    expect(() => session.versionOf({ key: 68, name: 'X', versions: [0, 1] })).toThrow(
      /127\.0\.0\.1:\d+ does not serve X/,
    )
    expect(() => session.versionOf({ key: 1, name: 'Fetch', versions: [13, 18] })).toThrow(
      /speaks Fetch v\d+–12, and v13–18 is needed: it is too old/,
    )
  })

  it('takes the first bootstrap server that answers', async () => {
    const { bootstrapServers } = await started()
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as AddressInfo
    closed.close()
    const client = await clientOf(`127.0.0.1:${port},${bootstrapServers}`)
    expect((await client.metadata({ topics: [] })).brokers).toHaveLength(1)
    const lonely = await clientOf(`127.0.0.1:${port}`)
    await expect(lonely.metadata({ topics: [] })).rejects.toThrow(
      `cannot connect to 127.0.0.1:${port}: nothing listens there`,
    )
  })

  it('asks again after retriable errors, until the deadline', async () => {
    const { bootstrapServers } = await started()
    const client = await clientOf(bootstrapServers, { 'default.api.timeout.ms': '40' })
    let asked = 0
    const answer = await client.send(describeCluster, question, {
      check() {
        if (++asked < 3) throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS')
      },
    })
    expect(answer.errorCode).toBe(0)
    expect(asked).toBe(3)
    const never = client.send(describeCluster, question, {
      check() {
        throw new KafkaError('NOT_CONTROLLER')
      },
    })
    await expect(never).rejects.toMatchObject({ error: 'NOT_CONTROLLER' })
    let lasting = 0
    const once = client.send(describeCluster, question, {
      check() {
        lasting++
        throw new KafkaError('INVALID_CONFIG')
      },
    })
    await expect(once).rejects.toMatchObject({ error: 'INVALID_CONFIG' })
    expect(lasting).toBe(1)
  })

  it('connects again when a connection was lost', async () => {
    const broker = await started()
    const client = await clientOf(broker.bootstrapServers)
    const first = await client.route('any')
    first.close()
    expect((await client.metadata({ topics: [] })).brokers).toHaveLength(1)
  })
})

describe('what is no broker', () => {
  const strangers: [string, (socket: Socket) => void, RegExp][] = [
    ['HTTP', socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /speaks HTTP, not Kafka/],
    ['TLS', socket => socket.end(Buffer.from('15030300020228', 'hex')), /speaks TLS: set/],
    ['nothing', socket => socket.destroy(), /before it answered\. Does it want TLS or SASL/],
  ]
  it.each(strangers)('that speaks %s', async (_, speak, expected) => {
    const server = createServer(socket => socket.once('data', () => speak(socket)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const client = await clientOf(`127.0.0.1:${port}`, { 'default.api.timeout.ms': '1' })
    try {
      await expect(client.metadata({ topics: [] })).rejects.toThrow(expected)
    } finally {
      server.close()
    }
  })
})
