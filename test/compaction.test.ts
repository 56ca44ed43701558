import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTopics } from '../protocol/apis/19-create-topics.ts'
import { incrementalAlterConfigs } from '../protocol/apis/44-incremental-alter-configs.ts'
import { batchesIn, batchSize } from '../protocol/record-batch.ts'
import { decodeRecords, encodeBatch, type NewBatch } from '../protocol/records.ts'
import { startServer } from '../compat-tests/server.ts'
import { startBroker } from '../src/index.ts'
import { fetchFrom, produceTo } from './handlers/requests.ts'
import type { TestTopic } from './handlers/wire.ts'
import { RawClient } from './raw-client.ts'

let resources: AsyncDisposableStack
beforeEach(() => {
  resources = new AsyncDisposableStack()
})
afterEach(() => resources.disposeAsync())

const compacted = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0',
  // One record each.
  'segment.bytes': '1048576',
}
const filler = 'x'.repeat(600_000)

async function newTopic(client: RawClient, configs: Record<string, string>): Promise<TestTopic> {
  const name = 'settings'
  const { topics } = await client.request(createTopics, 7, {
    topics: [
      {
        name,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
  })
  return { name, id: topics[0]!.topicId }
}

/** 'key=value' for each record; values are long enough for a segment each. */
async function produce(
  client: RawClient,
  topic: TestTopic,
  records: readonly string[],
  fields: Partial<NewBatch> = {},
): Promise<void> {
  for (const [i, text] of records.entries()) {
    const [key, value] = text.split('=') as [string, string]
    const record = { timestamp: 1000, key: Buffer.from(key), value: Buffer.from(value + filler) }
    const batch = encodeBatch({
      records: [record],
      ...fields,
      ...(fields.producerId !== undefined && { baseSequence: i }),
    })
    expect((await produceTo(client, topic, batch)).error).toBe('NONE')
  }
}

/** All records, as 'offset key=value'. */
async function consume(client: RawClient, topic: TestTopic): Promise<string[]> {
  const found: string[] = []
  for (let offset = 0; ;) {
    const { records, highWatermark } = await fetchFrom(client, topic, { fetchOffset: offset })
    for (const bytes of records ?? []) {
      for (const at of batchesIn(bytes)) {
        const batch = bytes.subarray(at, at + batchSize(bytes, at))
        for (const { offset, key, value } of decodeRecords(batch, 10_000_000)) {
          found.push(`${offset} ${key!.toString()}=${value!.toString().replace(filler, '')}`)
        }
        offset = Number(batch.readBigInt64BE(0)) + batch.readInt32BE(23) + 1
      }
    }
    if (highWatermark === offset) return found
  }
}

async function untilConsumed(
  client: RawClient,
  topic: TestTopic,
  expected: readonly string[],
): Promise<void> {
  await expect.poll(() => consume(client, topic), { timeout: 20_000 }).toEqual(expected)
}

const updates = ['a=1', 'b=1', 'a=2', 'c=1', 'a=3', 'b=2', 'end=1']
const left = ['3 c=1', '4 a=3', '5 b=2', '6 end=1']

describe('a compacted topic', () => {
  it('forgets old values, in memory', async () => {
    const broker = resources.use(await startBroker({ config: { 'log.cleaner.backoff.ms': 5 } }))
    const client = resources.use(await RawClient.connect(broker.bootstrapServers))
    const topic = await newTopic(client, compacted)
    await produce(client, topic, updates)
    await untilConsumed(client, topic, left)
  })

  it('forgets them in files, over a restart, and lets their producer go on', async () => {
    const server = resources.use(await startServer('--set', 'log.cleaner.backoff.ms=5'))
    const client = await RawClient.connect(server.bootstrapServers)
    const topic = await newTopic(client, compacted)
    const producer = { producerId: 77, producerEpoch: 0 }
    await produce(client, topic, updates, producer)
    await untilConsumed(client, topic, left)
    await client[Symbol.asyncDispose]()
    await server.stop()
    await server.restart()
    const again = resources.use(await RawClient.connect(server.bootstrapServers))
    expect(await consume(again, topic)).toEqual(left)
    const value = Buffer.from('2')
    const records = [{ timestamp: 1000, key: Buffer.from('end'), value }]
    const next = encodeBatch({ records, ...producer, baseSequence: updates.length })
    expect((await produceTo(again, topic, next)).error).toBe('NONE')
  })

  it('is one from when its config says so', async () => {
    const broker = resources.use(await startBroker({ config: { 'log.cleaner.backoff.ms': 5 } }))
    const client = resources.use(await RawClient.connect(broker.bootstrapServers))
    const topic = await newTopic(client, { ...compacted, 'cleanup.policy': 'delete' })
    await produce(client, topic, updates)
    expect(await consume(client, topic)).toHaveLength(7)
    const configs = [{ name: 'cleanup.policy', configOperation: 0, value: 'compact' }]
    const { responses } = await client.request(incrementalAlterConfigs, 1, {
      resources: [{ resourceType: 2, resourceName: topic.name, configs }],
      validateOnly: false,
    })
    expect(responses[0]!.errorCode).toBe(0)
    await untilConsumed(client, topic, left)
  })
})
