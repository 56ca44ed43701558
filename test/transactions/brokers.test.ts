import { describe, expect, it } from 'vitest'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { parseMarker } from '../../protocol/control-records.ts'
import { startBroker } from '../../src/index.ts'
import type { TransactionRow } from '../../storage/metadata-store.ts'
import { MemoryStorage } from '../handlers/memory-storage.ts'
import { fetchFrom } from '../handlers/requests.ts'
import { partitionOf, TransactionClient } from '../handlers/transaction-client.ts'
import { named, newTopic, uniqueName } from '../handlers/wire.ts'
import { RawClient } from '../raw-client.ts'

describe('of three brokers', () => {
  it('each coordinates what it is told to be the coordinator of', async () => {
    await using broker = await startBroker({ brokers: 3 })
    await using resources = new AsyncDisposableStack()
    const clients = await Promise.all(broker.bootstrapServers.split(',').map(RawClient.connect))
    for (const client of clients) resources.use(client)
    const coordinatorKeys = Array.from({ length: 12 }, uniqueName)
    const { coordinators } = await clients[0]!.request(findCoordinator, 6, {
      keyType: 1,
      coordinatorKeys,
    })
    const topic = await newTopic(clients[0]!)
    for (const [nodeId, client] of clients.entries()) {
      const transactions = new TransactionClient(() => client)
      const own = coordinators.filter(each => each.nodeId === nodeId).map(({ key }) => key)
      expect(own).not.toEqual([])
      for (const transactionalId of coordinatorKeys) {
        const error = own.includes(transactionalId) ? 'NONE' : 'NOT_COORDINATOR'
        const producer = { transactionalId, producerId: 1, producerEpoch: 0 }
        if (error === 'NONE') {
          Object.assign(producer, await transactions.init(transactionalId))
        }
        const partition = partitionOf(topic)
        expect(await transactions.add(producer, [partition])).toEqual({ [partition]: error })
        expect(await transactions.addOffsets(producer, 'group')).toBe(error)
        expect((await transactions.end(producer, true)).error).toBe(error)
        expect((await transactions.describe(transactionalId)).error).toBe(error)
      }
      const { transactionStates } = await transactions.list({})
      expect(transactionStates.map(({ transactionalId }) => transactionalId).toSorted()).toEqual(
        own.toSorted(),
      )
    }
  })

  it('InitProducerId is for the coordinator only', async () => {
    await using broker = await startBroker({ brokers: 3 })
    const [first] = broker.bootstrapServers.split(',')
    await using client = await RawClient.connect(first!)
    const { coordinators } = await client.request(findCoordinator, 6, {
      keyType: 1,
      coordinatorKeys: Array.from({ length: 12 }, uniqueName),
    })
    const other = coordinators.find(({ nodeId }) => nodeId !== 0)!
    const request = { transactionalId: other.key, transactionTimeoutMs: 1000 }
    const answer = await client.request(initProducerId, 5, request)
    expect(named(answer).error).toBe('NOT_COORDINATOR')
  })
})

describe('a broker that starts again', () => {
  it('rule 47: writes the markers of what was decided', async () => {
    const storage = new MemoryStorage()
    const broker = await storage.start()
    const client = await RawClient.connect(broker.bootstrapServers)
    const topic = await newTopic(client, { partitions: 2 })
    await client[Symbol.asyncDispose]()
    await broker.close()
    const row: TransactionRow = {
      producerId: 5,
      previousProducerId: 5,
      nextProducerId: -1,
      producerEpoch: 8,
      lastProducerEpoch: 7,
      timeoutMs: 60_000,
      state: 'PrepareAbort',
      partitions: { [topic.name]: [1], gone: [0] },
      startTimestamp: 1000,
      updateTimestamp: 1000,
      clientVersion: 2,
    }
    await storage.commit([{ kind: 'transaction', key: 'orders', value: row }])
    const next = await storage.start()
    await using again = await RawClient.connect(next.bootstrapServers)
    const transactions = new TransactionClient(() => again)
    expect(await transactions.settled('orders')).toMatchObject({
      transactionState: 'CompleteAbort',
      topics: [],
    })
    const { records } = await fetchFrom(again, topic, { partition: 1, fetchOffset: 0 })
    expect(parseMarker(Buffer.concat(records!))).toEqual({
      type: 'abort',
      producerId: 5,
      producerEpoch: 8,
      // Of the second start.
      coordinatorEpoch: 1,
    })
    await next.close()
  })

  it('goes on with what is open', async () => {
    const storage = new MemoryStorage()
    const broker = await storage.start()
    const first = await RawClient.connect(broker.bootstrapServers)
    const topic = await newTopic(first)
    const before = new TransactionClient(() => first)
    const producer = await before.newProducer()
    await before.add(producer, [partitionOf(topic)])
    const ongoing = await before.describe(producer.transactionalId)
    await first[Symbol.asyncDispose]()
    await broker.close()
    const next = await storage.start()
    await using second = await RawClient.connect(next.bootstrapServers)
    const after = new TransactionClient(() => second)
    expect(await after.describe(producer.transactionalId)).toEqual(ongoing)
    expect((await after.end(producer, true)).error).toBe('NONE')
    expect(await after.settled(producer.transactionalId)).toMatchObject({
      transactionState: 'CompleteCommit',
    })
    await next.close()
  })
})
