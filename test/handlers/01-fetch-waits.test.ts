/** A Fetch that waits for what is not there yet (Kafka: ReplicaManager, DelayedFetch). */
import { describe, expect, it } from 'vitest'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { startBroker } from '../../src/index.ts'
import { RawClient, requestFrame } from '../raw-client.ts'
import { batchOf } from './batches.ts'
import {
  fetchFrom,
  fetchRequest,
  produceTo,
  type FetchAnswer,
  type FetchRequest,
} from './requests.ts'
import { deleteTopic, named, newTopic, onKafka, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const batch = batchOf(['x'.repeat(100)])
/** Longer than any test may take. */
const long = 600_000

interface Waiting {
  answers: Promise<FetchAnswer[]>
  isAnswered: boolean
}

/** Sends a Fetch on a connection of its own. */
async function startFetch(
  request: FetchRequest,
  { version = 13, client = undefined as RawClient | undefined } = {},
): Promise<Waiting> {
  const connection = client ?? (await wire.connect())
  const answers = connection
    .request(fetch, version, request)
    .then(({ responses }) => responses.flatMap(({ partitions }) => partitions.map(named)))
  const waiting: Waiting = { answers, isAnswered: false }
  const settle = (): void => void (waiting.isAnswered = true)
  answers.then(settle, settle)
  return waiting
}

/** An answer would be here after some other ones, if the broker had sent it. */
async function expectNoAnswer(waiting: Pick<Waiting, 'isAnswered'>): Promise<void> {
  const client = await wire.connect()
  for (let i = 0; i < 5; i++) await client.request(apiVersions, 0, {})
  expect(waiting.isAnswered).toBe(false)
}

function bytesOf({ records }: FetchAnswer): number {
  return Buffer.concat([...(records ?? [])]).length
}

describe('a Fetch with nothing to get', () => {
  it.each(versionsOf(fetch))('v%i waits and wakes on append', async version => {
    const topic = await wire.newTopic()
    const waiting = await startFetch(fetchRequest(topic, [{}], { maxWaitMs: long }), { version })
    await expectNoAnswer(waiting)
    await produceTo(wire.client, topic, batch)
    const [answer] = await waiting.answers
    expect(answer).toMatchObject({ error: 'NONE', highWatermark: 1 })
    expect(bytesOf(answer!)).toBe(batch.length)
  })

  it.each([0, 1])('wakes on append to any of its partitions, isolation level %i', async level => {
    const topic = await wire.newTopic({ partitions: 3 })
    const partitions = [0, 1, 2].map(partition => ({ partition }))
    const request = fetchRequest(topic, partitions, {
      maxWaitMs: 2 ** 31 - 1,
      isolationLevel: level,
    })
    const waiting = await startFetch(request)
    await expectNoAnswer(waiting)
    await produceTo(wire.client, topic, batch, { partition: 2, acks: 1 })
    expect((await waiting.answers).map(bytesOf)).toEqual([0, 0, batch.length])
  })

  it('wakes with all others that wait', async () => {
    const topic = await wire.newTopic()
    const request = fetchRequest(topic, [{}], { maxWaitMs: long })
    const all = await Promise.all(Array.from({ length: 5 }, () => startFetch(request)))
    await expectNoAnswer(all[4]!)
    await produceTo(wire.client, topic, batch)
    const answers = await Promise.all(all.map(waiting => waiting.answers))
    expect(answers.flat().map(bytesOf)).toEqual(all.map(() => batch.length))
  })

  it('is not woken by what is appended elsewhere', async () => {
    const topic = await wire.newTopic({ partitions: 2 })
    const waiting = await startFetch(fetchRequest(topic, [{}], { maxWaitMs: long }))
    await produceTo(wire.client, topic, batch, { partition: 1 })
    await produceTo(wire.client, await wire.newTopic(), batch)
    await expectNoAnswer(waiting)
  })

  it('is answered with nothing when its time is over', async () => {
    const topic = await wire.newTopic()
    const startMs = performance.now()
    const waiting = await startFetch(fetchRequest(topic, [{}], { maxWaitMs: 60 }))
    const [answer] = await waiting.answers
    expect(answer).toMatchObject({ error: 'NONE', highWatermark: 0 })
    expect(bytesOf(answer!)).toBe(0)
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(58)
  })

  it.each([
    ['maxWaitMs 0', { maxWaitMs: 0 }],
    ['maxWaitMs -1', { maxWaitMs: -1 }],
    ['minBytes 0', { maxWaitMs: long, minBytes: 0 }],
    ['minBytes -1', { maxWaitMs: long, minBytes: -1 }],
  ])('is answered at once with %s', async (_, fields) => {
    const waiting = await startFetch(fetchRequest(await wire.newTopic(), [{}], fields))
    expect((await waiting.answers).map(bytesOf)).toEqual([0])
  })

  const errors: [
    string,
    { partition?: number; fetchOffset?: number; currentLeaderEpoch?: number },
  ][] = [
    ['an offset out of range', { fetchOffset: 9 }],
    ['a leader epoch that is to come', { currentLeaderEpoch: 9 }],
  ]
  it.each(errors)('is answered at once when there is an error: %s', async (_, wrong) => {
    const topics = [await wire.newTopic(), await wire.newTopic()]
    const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }
    const waiting = await startFetch({
      ...fetchRequest(topics[0]!, [], { maxWaitMs: long }),
      topics: [
        { topicId: topics[0]!.id, partitions: [partition] },
        { topicId: topics[1]!.id, partitions: [{ ...partition, ...wrong }] },
      ],
    })
    const answers = await waiting.answers
    expect(answers.filter(({ error }) => error !== 'NONE')).toHaveLength(1)
  })

  it('is answered at once when it knows none of the partitions', async () => {
    const request = fetchRequest(await wire.newTopic(), [{ partition: 1 }], { maxWaitMs: long })
    expect(await (await startFetch(request)).answers).toMatchObject([
      { error: 'UNKNOWN_TOPIC_OR_PARTITION' },
    ])
  })

  it('waits for the others beside a partition that is not there', async () => {
    const topic = await wire.newTopic()
    const request = fetchRequest(topic, [{}, { partition: 1 }], { maxWaitMs: long })
    const waiting = await startFetch(request)
    await expectNoAnswer(waiting)
    await produceTo(wire.client, topic, batch)
    const answers = await waiting.answers
    expect(answers.map(({ error }) => error).toSorted()).toEqual([
      'NONE',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ])
  })
})

describe('a Fetch with minBytes', () => {
  it('waits until there are so many, in all partitions together', async () => {
    const topic = await wire.newTopic({ partitions: 2 })
    const minBytes = 3 * batch.length
    const request = fetchRequest(topic, [{}, { partition: 1 }], { maxWaitMs: long, minBytes })
    await produceTo(wire.client, topic, batch)
    const waiting = await startFetch(request)
    await expectNoAnswer(waiting)
    await produceTo(wire.client, topic, batch, { partition: 1 })
    await expectNoAnswer(waiting)
    await produceTo(wire.client, topic, batch)
    expect((await waiting.answers).map(bytesOf)).toEqual([2 * batch.length, batch.length])
  })

  it('gets what there is when its time is over', async () => {
    const topic = await wire.newTopic()
    await produceTo(wire.client, topic, batch)
    const request = fetchRequest(topic, [{}], { maxWaitMs: 30, minBytes: 10_000 })
    expect((await (await startFetch(request)).answers).map(bytesOf)).toEqual([batch.length])
  })

  it.each([
    ['the answer', { maxBytes: 2.5 * batch.length }, {}],
    ['a partition', {}, { partitionMaxBytes: 2.5 * batch.length }],
  ])('does not wait for more than fits into %s', async (_, fields, partition) => {
    const topic = await wire.newTopic()
    for (let i = 0; i < 4; i++) await produceTo(wire.client, topic, batch)
    const request = fetchRequest(topic, [partition], {
      maxWaitMs: long,
      minBytes: 2.5 * batch.length,
      ...fields,
    })
    const [answer] = await (await startFetch(request)).answers
    expect(bytesOf(answer!)).toBeGreaterThanOrEqual(2 * batch.length)
  })

  it('above maxBytes does not wait for more than that', async () => {
    const topic = await wire.newTopic()
    for (let i = 0; i < 4; i++) await produceTo(wire.client, topic, batch)
    const fields = { maxWaitMs: long, minBytes: 10_000, maxBytes: 2.5 * batch.length }
    const [answer] = await (await startFetch(fetchRequest(topic, [{}], fields))).answers
    expect(bytesOf(answer!)).toBeGreaterThanOrEqual(2 * batch.length)
  })
})

describe('a Fetch that waits while its topic goes', () => {
  it.each([12, 13])('v%i is answered UNKNOWN_TOPIC_OR_PARTITION', async version => {
    const topic = await wire.newTopic()
    const waiting = await startFetch(fetchRequest(topic, [{}], { maxWaitMs: long }), { version })
    await expectNoAnswer(waiting)
    await deleteTopic(wire.client, topic)
    expect(await waiting.answers).toMatchObject([{ error: 'UNKNOWN_TOPIC_OR_PARTITION' }])
  })

  it.each([12, 13])('v%i gets nothing of a topic with the same name', async version => {
    const topic = await wire.newTopic()
    const waiting = await startFetch(fetchRequest(topic, [{}], { maxWaitMs: long }), { version })
    await expectNoAnswer(waiting)
    await deleteTopic(wire.client, topic)
    const successor = await wire.newTopic({ name: topic.name })
    await produceTo(wire.client, successor, batch)
    const [answer] = await waiting.answers
    expect(answer!.error).not.toBe('NONE')
    expect(bytesOf(answer!)).toBe(0)
  })
})

describe('a connection with a Fetch that waits', () => {
  it('answers what comes behind it after it', async () => {
    const topic = await wire.newTopic()
    const client = await wire.connect()
    const frames = [
      requestFrame(fetch, 13, fetchRequest(topic, [{}], { maxWaitMs: long }), 1),
      requestFrame(apiVersions, 0, {}, 2),
      requestFrame(fetch, 13, fetchRequest(topic, [{}]), 3),
    ]
    const replies = Promise.all(frames.map(frame => client.exchange(frame)))
    const waiting = { isAnswered: false }
    void replies.then(() => (waiting.isAnswered = true))
    await expectNoAnswer(waiting)
    await produceTo(wire.client, topic, batch)
    expect((await replies).map(reply => reply.readInt32BE(0))).toEqual([1, 2, 3])
  })

  it('may close, and the topic works on', async () => {
    const topic = await wire.newTopic()
    const client = await wire.connect()
    const waiting = await startFetch(fetchRequest(topic, [{}], { maxWaitMs: long }), { client })
    await expectNoAnswer(waiting)
    const [refused] = await Promise.allSettled([waiting.answers, client[Symbol.asyncDispose]()])
    expect(refused.status).toBe('rejected')
    expect(await produceTo(wire.client, topic, batch)).toMatchObject({ error: 'NONE' })
    expect((await fetchFrom(wire.client, topic)).highWatermark).toBe(1)
  })

  it.skipIf(onKafka)(
    'is answered when the broker closes (skipped on Apache Kafka: not ours)',
    async () => {
      const broker = await startBroker()
      await using client = await RawClient.connect(broker.bootstrapServers)
      const topic = await newTopic(client)
      const waiting = await startFetch(fetchRequest(topic, [{}], { maxWaitMs: long }), { client })
      await using other = await RawClient.connect(broker.bootstrapServers)
      await other.request(apiVersions, 0, {})
      const closed = broker.close()
      expect(await waiting.answers).toMatchObject([{ error: 'NONE' }])
      await closed
    },
  )
})
