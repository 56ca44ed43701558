/** Batches of idempotent producers: once, and in order (KIP-98, KIP-360). */
import { describe, expect, it } from 'vitest'
import { produce } from '../../protocol/apis/00-produce.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { RawClient } from '../raw-client.ts'
import { MemoryStorage } from './memory-storage.ts'
import { at, baseTimestamp, batchOf } from './batches.ts'
import {
  fetchFrom,
  produceRequest,
  produceTo,
  type ProduceAnswer,
  type ProduceOptions,
} from './requests.ts'
import {
  deleteTopic,
  named,
  newTopic,
  onKafka,
  useBroker,
  versionsOf,
  type TestTopic,
} from './wire.ts'

const wire = useBroker()
const maxSequence = 2 ** 31 - 1
const outOfOrder = { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER', baseOffset: -1 }

interface Sent {
  records?: number
  epoch?: number
}

/** A producer that says what it is told to. */
class Producer {
  readonly #client: RawClient
  readonly topic: TestTopic
  readonly #id: number

  constructor(client: RawClient, topic: TestTopic, id: number) {
    this.#client = client
    this.topic = topic
    this.#id = id
  }

  static async on(client: RawClient, topic: TestTopic): Promise<Producer> {
    for (;;) {
      const { errorCode, producerId } = await client.request(initProducerId, 4, {
        transactionalId: null,
        transactionTimeoutMs: 60_000,
      })
      if (errorCode === errors.NONE) return new Producer(client, topic, producerId)
      // Apache Kafka is still getting a block of ids from its controller.
      expect(errorName(errorCode)).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    }
  }

  batch(baseSequence: number, { records = 1, epoch = 0 }: Sent = {}): Buffer {
    const values = Array.from({ length: records }, (_, i) => `${baseSequence}+${i}`)
    return batchOf(values, { producerId: this.#id, producerEpoch: epoch, baseSequence })
  }

  send(
    baseSequence: number,
    { records = 1, epoch = 0, ...options }: Sent & ProduceOptions = {},
  ): Promise<ProduceAnswer> {
    const batch = this.batch(baseSequence, { records, epoch })
    return produceTo(this.#client, this.topic, batch, options)
  }
}

async function newProducer(partitions = 1): Promise<Producer> {
  return Producer.on(wire.client, await wire.newTopic({ partitions }))
}

const accepted = (baseOffset: number) => ({ error: 'NONE', baseOffset })

describe('an idempotent producer', () => {
  it.each(versionsOf(produce))('v%i gets the first answer for a retry', async version => {
    const producer = await newProducer()
    const first = await producer.send(0, { records: 3, version })
    expect(first).toMatchObject(accepted(0))
    expect(await producer.send(3, { version })).toMatchObject(accepted(3))
    const retried = await producer.send(0, { records: 3, version })
    // Apache Kafka tells the largest timestamp of the batch as if it were its own.
    expect(retried).toEqual({ ...first, logAppendTimeMs: baseTimestamp + 2 })
    expect((await fetchFrom(wire.client, producer.topic)).highWatermark).toBe(4)
  })

  it('may retry each of its last five batches (Kafka: ProducerStateEntry)', async () => {
    const producer = await newProducer()
    for (let i = 0; i < 6; i++) expect(await producer.send(i)).toMatchObject(accepted(i))
    for (const i of [5, 1, 2, 4, 3, 1]) {
      expect(await producer.send(i)).toMatchObject(accepted(i))
    }
    expect(await producer.send(0)).toMatchObject(outOfOrder)
    expect(await producer.send(6)).toMatchObject(accepted(6))
    expect((await fetchFrom(wire.client, producer.topic)).highWatermark).toBe(7)
  })

  it('gets the first time for a retry on a topic with LogAppendTime', async () => {
    const configs = { 'message.timestamp.type': 'LogAppendTime' }
    const producer = await Producer.on(wire.client, await wire.newTopic({ configs }))
    const first = await producer.send(0)
    expect(first.logAppendTimeMs).toBeGreaterThan(0)
    expect(await producer.send(0)).toEqual(first)
  })

  it.each([
    ['one ahead', 4, 1],
    ['far ahead', 1000, 1],
    ['the last one', 2, 1],
    ['a part of the last batch', 0, 2],
    ['more than the last batch', 0, 4],
    ['the first one again', 0, 1],
  ])('is refused out of order: %s', async (_, baseSequence, records) => {
    const producer = await newProducer()
    expect(await producer.send(0, { records: 3 })).toMatchObject(accepted(0))
    expect(await producer.send(baseSequence, { records })).toMatchObject(outOfOrder)
    expect(await producer.send(3)).toMatchObject(accepted(3))
  })

  it('continues at 0 after the largest sequence, within a batch as well', async () => {
    const producer = await newProducer()
    expect(await producer.send(maxSequence - 1, { records: 2 })).toMatchObject(accepted(0))
    expect(await producer.send(0)).toMatchObject(accepted(2))
    const other = await newProducer()
    expect(await other.send(maxSequence - 1, { records: 3 })).toMatchObject(accepted(0))
    expect(await other.send(2)).toMatchObject(outOfOrder)
    expect(await other.send(1)).toMatchObject(accepted(3))
    expect(await other.send(maxSequence - 1, { records: 3 })).toMatchObject(accepted(0))
  })

  it('may begin anywhere where nothing is known of it (KIP-360)', async () => {
    const producer = await newProducer(2)
    expect(await producer.send(77, { epoch: 5 })).toMatchObject(accepted(0))
    expect(await producer.send(79, { epoch: 5 })).toMatchObject(outOfOrder)
    expect(await producer.send(33, { epoch: 2, partition: 1 })).toMatchObject(accepted(0))
  })

  it('begins a new epoch at 0, and has then left the old one', async () => {
    const producer = await newProducer()
    expect(await producer.send(0)).toMatchObject(accepted(0))
    expect(await producer.send(1, { epoch: 1 })).toMatchObject(outOfOrder)
    expect(await producer.send(1)).toMatchObject(accepted(1))
    expect(await producer.send(0, { epoch: 2 })).toMatchObject(accepted(2))
    for (const [sequence, epoch] of [
      [2, 0],
      [1, 1],
      [0, 0],
    ] as const) {
      expect(await producer.send(sequence, { epoch })).toMatchObject({
        error: 'INVALID_PRODUCER_EPOCH',
        baseOffset: -1,
      })
    }
    expect(await producer.send(0, { epoch: 2 })).toMatchObject(accepted(2))
    expect(await producer.send(1, { epoch: 2 })).toMatchObject(accepted(3))
  })

  it.each([-1, -2, -(2 ** 31)])('needs a sequence: not %i', async sequence => {
    const producer = await newProducer()
    expect(await producer.send(sequence)).toMatchObject({ error: 'INVALID_RECORD' })
    expect(await producer.send(0)).toMatchObject(accepted(0))
    expect(await producer.send(sequence)).toMatchObject({ error: 'INVALID_RECORD' })
  })

  it('needs an epoch as soon as it has one', async () => {
    const producer = await newProducer(2)
    expect(await producer.send(0)).toMatchObject(accepted(0))
    expect(await producer.send(1, { epoch: -1 })).toMatchObject({ error: 'INVALID_PRODUCER_EPOCH' })
    expect(await producer.send(1, { epoch: -1, partition: 1 })).toMatchObject(accepted(0))
  })

  it('has a sequence for each partition, beside all other producers', async () => {
    const producer = await newProducer(2)
    const other = await Producer.on(wire.client, producer.topic)
    expect(await producer.send(0)).toMatchObject(accepted(0))
    expect(await producer.send(0, { partition: 1 })).toMatchObject(accepted(0))
    expect(await other.send(0)).toMatchObject(accepted(1))
    expect(await produceTo(wire.client, producer.topic, batchOf(['plain']))).toMatchObject(
      accepted(2),
    )
    expect(await producer.send(1)).toMatchObject(accepted(3))
    expect(await other.send(1)).toMatchObject(accepted(4))
    expect(await producer.send(1, { partition: 1 })).toMatchObject(accepted(1))
  })

  it('keeps its place where a batch was refused, in each partition of a request', async () => {
    const producer = await newProducer(2)
    const damaged = producer.batch(0)
    damaged[at.crc]! ^= 1
    const request = produceRequest(producer.topic, [
      { index: 0, records: damaged },
      { index: 1, records: producer.batch(0) },
    ])
    const { responses } = await wire.client.request(produce, 13, request)
    const answers = responses[0]!.partitionResponses.toSorted((a, b) => a.index - b.index)
    expect(answers.map(answer => named(answer).error)).toEqual(['CORRUPT_MESSAGE', 'NONE'])
    expect(await producer.send(0)).toMatchObject(accepted(0))
    expect(await producer.send(1)).toMatchObject(accepted(1))
    expect(await producer.send(1, { partition: 1 })).toMatchObject(accepted(1))
  })

  it('keeps its place where a batch was too large', async () => {
    const topic = await wire.newTopic({ configs: { 'max.message.bytes': '100' } })
    const producer = await Producer.on(wire.client, topic)
    expect(await producer.send(0, { records: 50 })).toMatchObject({ error: 'MESSAGE_TOO_LARGE' })
    expect(await producer.send(0)).toMatchObject(accepted(0))
  })

  it('may have five requests in flight, which are taken and answered in order', async () => {
    const producer = await newProducer()
    const answers = Array.from({ length: 40 }, (_, i) => producer.send(i, { acks: i % 2 ? 1 : -1 }))
    expect((await Promise.all(answers)).map(({ baseOffset }) => baseOffset)).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    )
  })

  it('is answered once for a batch and its retry in flight behind it', async () => {
    const producer = await newProducer()
    const answers = [producer.send(0), producer.send(0), producer.send(1), producer.send(0)]
    expect(await Promise.all(answers)).toMatchObject([0, 0, 1, 0].map(accepted))
    expect((await fetchFrom(wire.client, producer.topic)).highWatermark).toBe(2)
  })

  it('is forgotten with its topic', async () => {
    const producer = await newProducer()
    expect(await producer.send(0)).toMatchObject(accepted(0))
    await deleteTopic(wire.client, producer.topic)
    const again = await Producer.on(wire.client, await wire.newTopic({ name: producer.topic.name }))
    expect(await again.send(5)).toMatchObject(accepted(0))
  })
})

describe.skipIf(onKafka)(
  'an idempotent producer at a restart (skipped on Apache Kafka: not ours)',
  () => {
    it('is known as before: retries, order and epoch', async () => {
      const storage = new MemoryStorage()
      let broker = await storage.start()
      let client = await RawClient.connect(broker.bootstrapServers)
      const topic = await newTopic(client)
      const before = new Producer(client, topic, 7)
      for (let i = 0; i < 6; i++) await before.send(i, { epoch: 3 })
      await client[Symbol.asyncDispose]()
      await broker.close()

      broker = await storage.start()
      client = await RawClient.connect(broker.bootstrapServers)
      const after = new Producer(client, topic, 7)
      expect(await after.send(1, { epoch: 3 })).toMatchObject(accepted(1))
      expect(await after.send(5, { epoch: 3 })).toMatchObject(accepted(5))
      expect(await after.send(0, { epoch: 3 })).toMatchObject(outOfOrder)
      expect(await after.send(7, { epoch: 3 })).toMatchObject(outOfOrder)
      expect(await after.send(6, { epoch: 2 })).toMatchObject({ error: 'INVALID_PRODUCER_EPOCH' })
      expect(await after.send(6, { epoch: 3 })).toMatchObject(accepted(6))
      await client[Symbol.asyncDispose]()
      await broker.close()
    })
  },
)
