import { afterEach, beforeEach, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { batchesIn, batchSize, lastOffset } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import {
  decodeTransactionRecord,
  type TransactionRecord,
} from '../../protocol/transaction-records.ts'
import { keyPartition } from '../../src/cluster.ts'
import { MemoryStorage } from '../handlers/memory-storage.ts'
import { fetchFrom } from '../handlers/requests.ts'
import { TestProducer } from '../handlers/transactional-producer.ts'
import { newTopic } from '../handlers/wire.ts'
import { RawClient } from '../raw-client.ts'

const name = '__transaction_state'
const transactionalId = 'tx-1'
const partition = keyPartition(transactionalId, 50)

let storage: MemoryStorage
let broker: Awaited<ReturnType<MemoryStorage['start']>>
let client: RawClient

beforeEach(async () => {
  storage = new MemoryStorage()
  await start()
})
afterEach(stop)

async function start(): Promise<void> {
  broker = await storage.start()
  client = await RawClient.connect(broker.bootstrapServers)
}

async function stop(): Promise<void> {
  await client[Symbol.asyncDispose]()
  await broker.close()
}

async function described() {
  const request = { topics: [{ name }], allowAutoTopicCreation: false }
  return (await client.request(metadata, 12, request)).topics[0]!
}

/** All records up to the first one that is wanted. */
async function recordsUntil(
  isWanted: (record: TransactionRecord) => boolean,
): Promise<TransactionRecord[]> {
  const found: TransactionRecord[] = []
  for (let at = 0; !found.some(isWanted);) {
    const { topicId: id, errorCode } = await described()
    if (errorCode !== 0) continue
    const options = { maxWaitMs: 1000 }
    const answer = await fetchFrom(client, { name, id }, { partition, fetchOffset: at }, options)
    expect(answer.error).toBe('NONE')
    const bytes = Buffer.concat(answer.records ?? [])
    for (const position of batchesIn(bytes)) {
      const batch = bytes.subarray(position)
      for (const { key, value } of decodeRecords(batch.subarray(0, batchSize(batch)), 1e6)) {
        found.push(decodeTransactionRecord(key!, value)!)
      }
      at = lastOffset(batch) + 1
    }
  }
  return found
}

const states = { empty: 0, ongoing: 1, completeCommit: 4, completeAbort: 5 }
const inState = (state: number) => (record: TransactionRecord) =>
  record.value?.transactionStatus === state

it('keeps a transactional id where Apache Kafka does, of five partitions in the first one', () => {
  expect(keyPartition(transactionalId, 5)).toBe(0)
})

it('exists when somebody has looked for a coordinator, as Apache Kafka creates it', async () => {
  await client.request(findCoordinator, 3, { keyType: 0, key: transactionalId })
  expect(await described()).toMatchObject({ errorCode: 3 })
  await client.request(findCoordinator, 3, { keyType: 1, key: transactionalId })
  let topic = await described()
  while (topic.errorCode !== 0) topic = await described()
  expect(topic).toMatchObject({ isInternal: true })
  expect(topic.partitions).toHaveLength(50)
  const resources = [{ resourceType: 2, resourceName: name, configurationKeys: null }]
  const { results } = await client.request(describeConfigs, 4, { resources })
  const configs = Object.fromEntries(results[0]!.configs.map(each => [each.name, each.value]))
  expect(configs).toMatchObject({
    'cleanup.policy': 'compact',
    'compression.type': 'uncompressed',
    'min.insync.replicas': '1',
    'segment.bytes': '104857600',
    'unclean.leader.election.enable': 'false',
  })
})

it('tells of transactions', async () => {
  const orders = await newTopic(client)
  const producer = await TestProducer.create(client, transactionalId)
  const { producerId } = producer
  const [begun] = await recordsUntil(inState(states.empty))
  expect(begun).toMatchObject({
    transactionalId,
    value: { producerId, producerEpoch: 0, transactionPartitions: null },
  })
  await producer.addPartition(orders)
  const open = (await recordsUntil(inState(states.ongoing))).at(-1)
  const transactionPartitions = [{ topic: orders.name, partitionIds: [0] }]
  expect(open).toMatchObject({ value: { transactionTimeoutMs: 60_000, transactionPartitions } })
  await producer.end(true)
  const ended = (await recordsUntil(inState(states.completeCommit))).at(-1)
  expect(ended).toMatchObject({
    value: { producerId, producerEpoch: 1, transactionPartitions: [], clientTransactionVersion: 2 },
  })
})

it('is told after a crash what it lacks, and nothing twice', async () => {
  const producer = await TestProducer.create(client, transactionalId)
  await recordsUntil(inState(states.empty))
  await stop()
  await storage.commit([{ kind: 'stateTopic', key: name, value: null }])
  await start()
  await TestProducer.create(client, transactionalId)
  const records = await recordsUntil(({ value }) => value?.producerEpoch === 1)
  expect(records.map(({ value }) => value!.producerEpoch)).toEqual([0, 1])
  expect(records[1]!.value!.producerId).toBe(producer.producerId)
})
