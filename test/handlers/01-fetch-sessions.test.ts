/** Incremental fetch sessions (KIP-227), over the wire. */
import { describe, expect, it } from 'vitest'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { errorName } from '../../protocol/errors.ts'
import type { RawClient } from '../raw-client.ts'
import { batchOf } from './batches.ts'
import { fetchRequest, produceTo, type FetchRequest } from './requests.ts'
import { deleteTopic, onKafka, uniqueName, useBroker, versionsOf, type TestTopic } from './wire.ts'

const wire = useBroker()
const batch = batchOf(['x'.repeat(100)])
const versions = versionsOf(fetch, { since: 7 })

interface Answer {
  error: string
  /** By topic and partition: the bytes, or the error. */
  partitions: Record<string, number | string>
}

type Partitions = Parameters<typeof fetchRequest>[1]

/** A client that keeps to one session. */
class Session {
  readonly #client: RawClient
  readonly #version: number
  id = 0
  epoch = 0

  constructor(client: RawClient, version: number) {
    this.#client = client
    this.#version = version
  }

  /** The next fetch: what changes of the session. */
  async fetch(
    topic: TestTopic,
    partitions: Partitions = [],
    fields: Partial<FetchRequest> = {},
  ): Promise<Answer> {
    const request = fetchRequest(topic, partitions, {
      sessionId: this.id,
      sessionEpoch: this.epoch,
      ...fields,
    })
    const topics = fields.topics ?? (partitions.length === 0 ? [] : request.topics)
    const response = await this.#client.request(fetch, this.#version, { ...request, topics })
    const error = errorName(response.errorCode)
    if (error === 'NONE') {
      this.id = response.sessionId
      this.epoch++
    } else {
      expect(response).toMatchObject({ sessionId: 0, responses: [] })
    }
    const answers = response.responses.flatMap(({ topic: name, topicId, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, records }) => {
        const isTopic = this.#version < 13 ? name === topic.name : topicId === topic.id
        const key = isTopic ? String(partitionIndex) : `other:${partitionIndex}`
        const bytes = Buffer.concat([...(records ?? [])]).length
        return [key, errorCode === 0 ? bytes : errorName(errorCode)]
      }),
    )
    return { error, partitions: Object.fromEntries(answers) as Answer['partitions'] }
  }
}

const ok = (partitions: Answer['partitions']): Answer => ({ error: 'NONE', partitions })
const refused = (error: string): Answer => ({ error, partitions: {} })
const forget = (topic: TestTopic, ...partitions: number[]): Partial<FetchRequest> => {
  return { forgottenTopicsData: [{ topic: topic.name, topicId: topic.id, partitions }] }
}
const two = [{ partition: 0 }, { partition: 1 }]
const size = batch.length

describe('a fetch session', () => {
  it.each(versions)('v%i tells everything once, then what changed', async version => {
    const topic = await wire.newTopic({ partitions: 2 })
    await produceTo(wire.client, topic, batch)
    const session = new Session(wire.client, version)
    expect(await session.fetch(topic, two)).toEqual(ok({ 0: size, 1: 0 }))
    expect(session.id).toBeGreaterThan(0)
    const { id } = session
    expect(await session.fetch(topic, [{ partition: 0, fetchOffset: 1 }])).toEqual(ok({}))
    expect(await session.fetch(topic)).toEqual(ok({}))
    await produceTo(wire.client, topic, batch, { partition: 1 })
    expect(await session.fetch(topic)).toEqual(ok({ 1: size }))
    expect(await session.fetch(topic)).toEqual(ok({ 1: size }))
    await produceTo(wire.client, topic, batch)
    expect(await session.fetch(topic, [{ partition: 1, fetchOffset: 1 }])).toEqual(ok({ 0: size }))
    expect(session.id).toBe(id)
  })

  it.each(versions)('v%i takes partitions in and forgets them', async version => {
    const topic = await wire.newTopic({ partitions: 3 })
    for (const partition of [0, 1, 2]) await produceTo(wire.client, topic, batch, { partition })
    const session = new Session(wire.client, version)
    expect(await session.fetch(topic, [{ partition: 0 }])).toEqual(ok({ 0: size }))
    expect(await session.fetch(topic, [{ partition: 2 }])).toEqual(ok({ 0: size, 2: size }))
    expect(await session.fetch(topic, [], forget(topic, 0))).toEqual(ok({ 2: size }))
    expect(await session.fetch(topic, [{ partition: 1 }], forget(topic, 2, 7))).toEqual(
      ok({ 1: size }),
    )
    expect(await session.fetch(topic)).toEqual(ok({ 1: size }))
  })

  it('forgets what one request takes in and forgets', async () => {
    const topic = await wire.newTopic({ partitions: 2 })
    const session = new Session(wire.client, 13)
    expect(await session.fetch(topic, two)).toEqual(ok({ 0: 0, 1: 0 }))
    expect(await session.fetch(topic, [{ partition: 1 }], forget(topic, 1))).toEqual(ok({}))
    await produceTo(wire.client, topic, batch, { partition: 1 })
    expect(await session.fetch(topic)).toEqual(ok({}))
  })

  it('ends when everything is forgotten', async () => {
    const topic = await wire.newTopic({ partitions: 2 })
    const session = new Session(wire.client, 13)
    await session.fetch(topic, two)
    const { id } = session
    expect(await session.fetch(topic, [], forget(topic, 0, 1))).toEqual(ok({}))
    expect(session.id).toBe(0)
    session.id = id
    expect(await session.fetch(topic)).toEqual(refused('FETCH_SESSION_ID_NOT_FOUND'))
  })

  it.each(versions)('v%i is refused by a wrong epoch, and stays', async version => {
    const topic = await wire.newTopic({ partitions: 2 })
    const session = new Session(wire.client, version)
    await session.fetch(topic, two)
    for (const epoch of [2, 99, 2 ** 31 - 1, -2]) {
      session.epoch = epoch
      expect(await session.fetch(topic, two)).toEqual(refused('INVALID_FETCH_SESSION_EPOCH'))
    }
    session.epoch = 1
    expect(await session.fetch(topic)).toEqual(ok({}))
    session.epoch = 1
    expect(await session.fetch(topic)).toEqual(refused('INVALID_FETCH_SESSION_EPOCH'))
  })

  it.each(versions)('v%i is not found by an unknown id', async version => {
    const topic = await wire.newTopic()
    const session = new Session(wire.client, version)
    for (const id of [123_456_789, -5, 0]) {
      Object.assign(session, { id, epoch: 1 })
      expect(await session.fetch(topic, [{}])).toEqual(refused('FETCH_SESSION_ID_NOT_FOUND'))
    }
  })

  it.each(versions)('v%i is closed by epoch -1, with a last answer', async version => {
    const topic = await wire.newTopic({ partitions: 2 })
    await produceTo(wire.client, topic, batch)
    const session = new Session(wire.client, version)
    await session.fetch(topic, two)
    const { id } = session
    session.epoch = -1
    expect(await session.fetch(topic, two)).toEqual(ok({ 0: size, 1: 0 }))
    expect(session.id).toBe(0)
    Object.assign(session, { id, epoch: 1 })
    expect(await session.fetch(topic)).toEqual(refused('FETCH_SESSION_ID_NOT_FOUND'))
  })

  it('is replaced by one that begins with its id', async () => {
    const topic = await wire.newTopic()
    const session = new Session(wire.client, 13)
    await session.fetch(topic, [{}])
    const { id } = session
    session.epoch = 0
    expect(await session.fetch(topic, [{}])).toEqual(ok({ 0: 0 }))
    expect(session.id).not.toBe(id)
    Object.assign(session, { id, epoch: 1 })
    expect(await session.fetch(topic)).toEqual(refused('FETCH_SESSION_ID_NOT_FOUND'))
  })

  it.each([
    [12, 13],
    [13, 12],
  ])('begun in v%i is not continued in v%i: names and ids do not mix', async (before, after) => {
    const topic = await wire.newTopic()
    const { client } = wire
    const session = new Session(client, before)
    await session.fetch(topic, [{}])
    const other = Object.assign(new Session(client, after), { id: session.id, epoch: 1 })
    expect(await other.fetch(topic)).toEqual(refused('FETCH_SESSION_TOPIC_ID_ERROR'))
    expect(await session.fetch(topic)).toEqual(ok({}))
  })

  it('is not begun where it is not asked for', async () => {
    const topic = await wire.newTopic()
    const session = new Session(wire.client, 13)
    session.epoch = -1
    expect(await session.fetch(topic, [{}])).toEqual(ok({ 0: 0 }))
    expect(session.id).toBe(0)
  })

  it('may begin with nothing', async () => {
    const topic = await wire.newTopic()
    const session = new Session(wire.client, 13)
    expect(await session.fetch(topic)).toEqual(ok({}))
    expect(session.id).toBeGreaterThan(0)
    expect(await session.fetch(topic, [{}])).toEqual(ok({ 0: 0 }))
  })

  it('tells an error again and again', async () => {
    const topic = await wire.newTopic({ partitions: 2 })
    const session = new Session(wire.client, 13)
    const partitions = [{ partition: 0 }, { partition: 1, fetchOffset: 5 }, { partition: 2 }]
    const errors = { 1: 'OFFSET_OUT_OF_RANGE', 2: 'UNKNOWN_TOPIC_OR_PARTITION' }
    expect(await session.fetch(topic, partitions)).toEqual(ok({ 0: 0, ...errors }))
    expect(await session.fetch(topic)).toEqual(ok(errors))
    expect(await session.fetch(topic, [{ partition: 1 }])).toEqual(
      ok({ 1: 0, 2: 'UNKNOWN_TOPIC_OR_PARTITION' }),
    )
    expect(await session.fetch(topic, [], forget(topic, 2))).toEqual(ok({}))
  })

  it('serves first who got nothing before, when there is room for one', async () => {
    const topic = await wire.newTopic({ partitions: 3 })
    for (const partition of [0, 1, 2]) {
      for (let i = 0; i < 3; i++) await produceTo(wire.client, topic, batch, { partition })
    }
    const session = new Session(wire.client, 13)
    const small = { maxBytes: 1 }
    const partitions = [0, 1, 2].map(partition => ({ partition }))
    expect(await session.fetch(topic, partitions, small)).toEqual(ok({ 0: size, 1: 0, 2: 0 }))
    const served: string[] = []
    for (let i = 0; i < 7; i++) {
      const answer = await session.fetch(topic, [], small)
      served.push(...Object.keys(answer.partitions))
    }
    // Apache Kafka does so from the second answer on.
    expect(served.slice(onKafka ? 1 : 0, 6 + (onKafka ? 1 : 0)).join('')).toBe('120120')
  })

  it('waits for news', async () => {
    const topic = await wire.newTopic({ partitions: 2 })
    const session = new Session(await wire.connect(), 13)
    await session.fetch(topic, two)
    const waiting = session.fetch(topic, [], { maxWaitMs: 600_000 })
    await produceTo(wire.client, topic, batch, { partition: 1 })
    expect(await waiting).toEqual(ok({ 1: size }))
  })
})

describe('a fetch session whose topic is deleted and created again (KIP-516)', () => {
  it.each([12, 13])('v%i never gets the new one by mistake', async version => {
    const topic = await wire.newTopic()
    const other = await wire.newTopic()
    for (let i = 0; i < 3; i++) await produceTo(wire.client, topic, batch)
    const session = new Session(wire.client, version)
    expect(await session.fetch(topic, [{ fetchOffset: 3 }])).toEqual(ok({ 0: 0 }))
    await deleteTopic(wire.client, topic)
    const byId = version >= 13
    expect(await session.fetch(topic)).toEqual(ok({ 0: 'UNKNOWN_TOPIC_OR_PARTITION' }))
    const successor = await wire.newTopic({ name: topic.name })
    await produceTo(wire.client, successor, batch)
    await produceTo(wire.client, other, batch)
    const replaced = byId ? 'INCONSISTENT_TOPIC_ID' : 'OFFSET_OUT_OF_RANGE'
    expect(await session.fetch(topic)).toEqual(ok({ 0: replaced }))
    if (!byId) return
    expect(await session.fetch(successor, [{}], forget(topic, 0))).toEqual(ok({ 0: size }))
  })

  it.each([12, 13])('v%i finds a topic that is created later', async version => {
    const name = uniqueName()
    const session = new Session(wire.client, version)
    const missing = { name, id: 'AAAAAAAAAAAAAAAAAAAAAQ' }
    const error = version < 13 ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'UNKNOWN_TOPIC_ID'
    expect(await session.fetch(missing, [{}])).toEqual(ok({ 0: error }))
    const topic = await wire.newTopic({ name })
    await produceTo(wire.client, topic, batch)
    expect(await session.fetch(missing)).toEqual(ok({ 0: version < 13 ? size : error }))
  })
})

describe.skipIf(onKafka)(
  'a broker with room for one session (skipped on Apache Kafka: has its own)',
  () => {
    const small = useBroker({ 'max.incremental.fetch.session.cache.slots': 1 })

    it('serves further clients without one, and keeps the first', async () => {
      const topic = await small.newTopic()
      await produceTo(small.client, topic, batch)
      const [first, second] = [new Session(small.client, 13), new Session(small.client, 13)]
      expect(await first.fetch(topic, [{}])).toEqual(ok({ 0: size }))
      expect(first.id).toBeGreaterThan(0)
      expect(await second.fetch(topic, [{}])).toEqual(ok({ 0: size }))
      expect(second.id).toBe(0)
      expect(await first.fetch(topic)).toEqual(ok({ 0: size }))
      first.epoch = -1
      await first.fetch(topic, [{}])
      second.epoch = 0
      await second.fetch(topic, [{}])
      expect(second.id).toBeGreaterThan(0)
    })
  },
)
