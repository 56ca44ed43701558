/** What Fetch and ListOffsets tell of records in transactions (KIP-98). */
import { describe, expect, it } from 'vitest'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import { describeProducers } from '../../protocol/apis/61-describe-producers.ts'
import { errorName } from '../../protocol/errors.ts'
import { baseOffset, batchesIn } from '../../protocol/record-batch.ts'
import { encodeBatch, type NewBatch } from '../../protocol/records.ts'
import { fetchFrom, fetchRequest, produceTo, type FetchAnswer } from './requests.ts'
import { TransactionClient, type TestProducer } from './transaction-client.ts'
import { latest, useBroker, versionsOf, type TestTopic } from './wire.ts'

const wire = useBroker()
const transactions = new TransactionClient(() => wire.client)

/** Of the records; not long before that of markers, or each would begin a segment. */
const nowMs = Date.now() - 60_000

function batchOf(count: number, fields: Omit<NewBatch, 'records'> = {}): Buffer {
  const records = Array.from({ length: count }, (_, i) => {
    return { timestamp: nowMs + i, key: null, value: Buffer.from(`${i}`) }
  })
  return encodeBatch({ records, ...fields })
}

/** A producer that goes from one transaction to the next, as clients since KIP-890 do. */
class Producer {
  readonly topic: TestTopic
  #producer: TestProducer
  #sequence = 0

  constructor(topic: TestTopic, producer: TestProducer) {
    this.topic = topic
    this.#producer = producer
  }

  static async on(topic: TestTopic): Promise<Producer> {
    return new Producer(topic, await transactions.newProducer())
  }

  get id(): number {
    return this.#producer.producerId
  }

  async send(records = 1): Promise<number> {
    const { producerId, producerEpoch, transactionalId } = this.#producer
    const sequence = { baseSequence: this.#sequence, isTransactional: true }
    const batch = batchOf(records, { producerId, producerEpoch, ...sequence })
    const answer = await produceTo(wire.client, this.topic, batch, { transactionalId })
    expect(answer.error).toBe('NONE')
    this.#sequence += records
    return answer.baseOffset
  }

  /** Resolves when the marker is there. */
  async end(committed: boolean): Promise<void> {
    const end = await highWatermark(this.topic)
    const { error, producerId, producerEpoch } = await transactions.end(
      this.#producer,
      committed,
      5,
    )
    expect(error).toBe('NONE')
    this.#producer = { ...this.#producer, producerId, producerEpoch }
    this.#sequence = 0
    await expect.poll(() => highWatermark(this.topic)).toBe(end + 1)
  }
}

async function highWatermark(topic: TestTopic): Promise<number> {
  return (await fetchFrom(wire.client, topic)).highWatermark
}

async function plain(topic: TestTopic, records = 1): Promise<void> {
  await produceTo(wire.client, topic, batchOf(records))
}

const committed = { isolationLevel: 1 }

function offsetsOf({ records }: FetchAnswer): number[] {
  const bytes = Buffer.concat([...(records ?? [])])
  return Array.from(batchesIn(bytes), at => baseOffset(bytes, at))
}

/** One that aborted [0, 4] and [7, 8], another that did so with [2, 5], and one that is open. */
async function filled() {
  const topic = await wire.newTopic()
  const [one, two, open] = [
    await Producer.on(topic),
    await Producer.on(topic),
    await Producer.on(topic),
  ]
  await one.send(2)
  await two.send()
  await plain(topic)
  await one.end(false)
  await two.end(false)
  await plain(topic)
  await one.send()
  await one.end(false)
  await open.send()
  await plain(topic)
  const [first, second, third] = [
    { producerId: one.id, firstOffset: 0 },
    { producerId: two.id, firstOffset: 2 },
    { producerId: one.id, firstOffset: 7 },
  ]
  return { topic, open, first, second, third }
}

describe('Fetch of committed records', () => {
  it.each(versionsOf(fetch))('v%i ends at the last stable offset (rule 50)', async version => {
    const { topic, open, first, second, third } = await filled()
    const all = await fetchFrom(wire.client, topic, {}, { version })
    expect(all).toMatchObject({ lastStableOffset: 9, highWatermark: 11, abortedTransactions: null })
    expect(offsetsOf(all)).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    const stable = await fetchFrom(wire.client, topic, {}, { version, ...committed })
    expect(stable).toMatchObject({
      error: 'NONE',
      lastStableOffset: 9,
      highWatermark: 11,
      abortedTransactions: [first, second, third],
    })
    expect(offsetsOf(stable)).toEqual([0, 2, 3, 4, 5, 6, 7, 8])
    await open.end(true)
    const answer = await fetchFrom(
      wire.client,
      topic,
      { fetchOffset: 9 },
      { version, ...committed },
    )
    expect(answer).toMatchObject({ lastStableOffset: 12, abortedTransactions: [] })
    expect(offsetsOf(answer)).toEqual([9, 10, 11])
  })

  it('names those whose records may be in the answer, and no others (rule 51)', async () => {
    const { topic, first, second, third } = await filled()
    const aborted = async (fetchOffset: number) => {
      const answer = await fetchFrom(wire.client, topic, { fetchOffset }, committed)
      return answer.abortedTransactions
    }
    // From the middle of a batch.
    expect(await aborted(1)).toEqual([first, second, third])
    expect(await aborted(4)).toEqual([first, second, third])
    expect(await aborted(5)).toEqual([second, third])
    expect(await aborted(6)).toEqual([third])
    expect(await aborted(8)).toEqual([third])
    expect(await aborted(9)).toEqual([])
    expect(await aborted(11)).toEqual([])
  })

  it('waits while nothing is stable, and is woken when a transaction ends', async () => {
    const topic = await wire.newTopic()
    const producer = await Producer.on(topic)
    await producer.send()
    const client = await wire.connect()
    const request = fetchRequest(topic, [{}], { ...committed, maxWaitMs: 30_000 })
    let isAnswered = false
    const waiting = client.request(fetch, latest(fetch), request)
    void waiting.then(() => (isAnswered = true))
    await plain(topic)
    expect(isAnswered).toBe(false)
    await producer.end(true)
    const { responses } = await waiting
    const answer = responses[0]!.partitions[0]!
    expect(answer).toMatchObject({ lastStableOffset: 3, abortedTransactions: [] })
  })

  it('may begin above the last stable offset, and gets nothing there', async () => {
    const topic = await wire.newTopic()
    const producer = await Producer.on(topic)
    await producer.send()
    await plain(topic)
    const answer = await fetchFrom(wire.client, topic, { fetchOffset: 1 }, committed)
    expect(answer).toMatchObject({ error: 'NONE', lastStableOffset: 0, abortedTransactions: [] })
    expect(offsetsOf(answer)).toEqual([])
    const beyond = await fetchFrom(wire.client, topic, { fetchOffset: 3 }, committed)
    expect(beyond).toMatchObject({ error: 'OFFSET_OUT_OF_RANGE', abortedTransactions: null })
  })

  it('goes on in a transaction whose first records were deleted', async () => {
    const { topic, second } = await filled()
    const trimmed = await wire.client.request(deleteRecords, 2, {
      topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: 5 }] }],
      timeoutMs: 30_000,
    })
    expect(trimmed.topics[0]!.partitions[0]).toMatchObject({ lowWatermark: 5, errorCode: 0 })
    const answer = await fetchFrom(wire.client, topic, { fetchOffset: 5 }, committed)
    expect(answer).toMatchObject({ logStartOffset: 5, lastStableOffset: 9 })
    expect(answer.abortedTransactions).toContainEqual(second)
  })

  it('has a last stable offset that is never below the first offset', async () => {
    const { topic } = await filled()
    await wire.client.request(deleteRecords, 2, {
      topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: -1 }] }],
      timeoutMs: 30_000,
    })
    const answer = await fetchFrom(wire.client, topic, { fetchOffset: 11 }, committed)
    expect(answer).toMatchObject({ logStartOffset: 11, lastStableOffset: 11, highWatermark: 11 })
  })
})

describe('ListOffsets of committed records', () => {
  const find = async (topic: TestTopic, timestamp: number, isolationLevel: number) => {
    const { topics } = await wire.client.request(listOffsets, 7, {
      replicaId: -1,
      isolationLevel,
      topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, timestamp }] }],
    })
    const { errorCode, offset } = topics[0]!.partitions[0]!
    expect(errorName(errorCode)).toBe('NONE')
    return offset
  }

  it('ends at the last stable offset', async () => {
    const { topic } = await filled()
    const latestOffset = -1
    const earliestOffset = -2
    expect(await find(topic, latestOffset, 0)).toBe(11)
    expect(await find(topic, latestOffset, 1)).toBe(9)
    expect(await find(topic, earliestOffset, 1)).toBe(0)
  })

  it('finds no record by its time that is not stable', async () => {
    const topic = await wire.newTopic()
    await plain(topic)
    const producer = await Producer.on(topic)
    await producer.send()
    await plain(topic, 2)
    expect(await find(topic, nowMs + 1, 0)).toBe(3)
    expect(await find(topic, nowMs + 1, 1)).toBe(-1)
    expect(await find(topic, nowMs, 1)).toBe(0)
    await producer.end(true)
    expect(await find(topic, nowMs + 1, 1)).toBe(3)
  })
})

it('DescribeProducers tells of an open transaction', async () => {
  const topic = await wire.newTopic()
  const producer = await Producer.on(topic)
  await plain(topic)
  await producer.send(2)
  const describe = async () => {
    const topics = [{ name: topic.name, partitionIndexes: [0] }]
    const answer = await wire.client.request(describeProducers, 0, { topics })
    return answer.topics[0]!.partitions[0]!.activeProducers[0]!
  }
  const { producerEpoch, ...opened } = await describe()
  expect(opened).toEqual({
    producerId: producer.id,
    lastSequence: 1,
    lastTimestamp: nowMs + 1,
    coordinatorEpoch: -1,
    currentTxnStartOffset: 1,
  })
  await producer.end(true)
  expect(await describe()).toMatchObject({
    producerId: producer.id,
    producerEpoch: producerEpoch + 1,
    lastSequence: -1,
    currentTxnStartOffset: -1,
  })
})
