/** Clients that are throttled, over real sockets and in virtual time; rules 100 and 111. */
import { describe, expect, it } from 'vitest'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { produce } from '../../protocol/apis/00-produce.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { createPartitions } from '../../protocol/apis/37-create-partitions.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { errorName } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { requestFrame, type RawClient } from '../raw-client.ts'
import type { ManualClock } from '../doubles/manual-clock.ts'
import { batchOf } from '../handlers/batches.ts'
import { alterQuotas, entry } from '../handlers/quotas.ts'
import { fetchRequest, produceRequest } from '../handlers/requests.ts'
import { latest, newTopic, type TestTopic } from '../handlers/wire.ts'
import { startThrottled } from './throttled-broker.ts'

const rate = 30_000
/**
 * A burst counts for eleven seconds, and when it does no more, there is room for another: the rate
 * is right over a multiple of that, as in Kafka.
 */
const rounds = { fromMs: 22_000, ms: 110_000 }
/** Of 10,000 B/s, four of them in ten seconds are not too many, and five are. */
const batch = batchOf(['x'.repeat(24_000)])

async function setUp(quota: string, value: number) {
  const broker = await startThrottled()
  const client = await broker.connect('throttled')
  const bystander = await broker.connect('bystander')
  const topic = await newTopic(bystander)
  const set = entry(['client-id', 'throttled'], [quota, value])
  expect(await alterQuotas(bystander, [set])).toEqual(['NONE'])
  return { ...broker, client, bystander, topic }
}

const send = (client: RawClient, topic: TestTopic) =>
  client.request(produce, latest(produce), produceRequest(topic, [{ index: 0, records: batch }]))

const read = (client: RawClient, topic: TestTopic, fields = {}) =>
  client.request(fetch, latest(fetch), fetchRequest(topic, [{}], fields))

/** Whether it has been answered after the broker has served others for a while. */
async function isAnswered(answer: Promise<unknown>, bystander: RawClient): Promise<boolean> {
  let isDone = false
  void answer.then(() => (isDone = true))
  for (let i = 0; i < 10; i++) {
    const { throttleTimeMs } = await bystander.request(metadata, latest(metadata), {
      topics: [],
      allowAutoTopicCreation: false,
    })
    expect(throttleTimeMs).toBe(0)
  }
  return isDone
}

describe('a producer above its rate', () => {
  it('is answered at once with its throttle time, and then not read for as long', async () => {
    const { clock, client, bystander, topic } = await setUp('producer_byte_rate', 10_000)
    for (let i = 0; i < 4; i++) expect((await send(client, topic)).throttleTimeMs).toBe(0)
    const { throttleTimeMs: told, responses } = await send(client, topic)
    expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(0)
    expect(told).toBeGreaterThanOrEqual(2000)
    // It ignores the throttle time: that changes nothing.
    const next = send(client, topic)
    expect(await isAnswered(next, bystander)).toBe(false)
    clock.advance(told - 1)
    expect(await isAnswered(next, bystander)).toBe(false)
    clock.advance(1)
    expect((await next).throttleTimeMs).toBeGreaterThan(0)
  })

  it('gets its rate, within 10 %; a bystander sends as much as it likes', async () => {
    const { clock, client, bystander, topic } = await setUp('producer_byte_rate', rate)
    const produceUntil = async (endMs: number): Promise<number> => {
      let bytes = 0
      while (clock.monotonic() < endMs) {
        const { throttleTimeMs } = await send(client, topic)
        bytes += batch.length
        expect((await send(bystander, topic)).throttleTimeMs).toBe(0)
        clock.advance(1 + throttleTimeMs)
      }
      return bytes
    }
    await produceUntil(rounds.fromMs)
    const fromMs = clock.monotonic()
    const bytes = await produceUntil(fromMs + rounds.ms)
    const measured = (bytes / (clock.monotonic() - fromMs)) * 1000
    expect(Math.abs(measured - rate) / rate).toBeLessThan(0.1)
  })

  it('is not read either when it wants no answer (acks=0)', async () => {
    const { clock, client, bystander, topic } = await setUp('producer_byte_rate', 10_000)
    const body = produceRequest(topic, [{ index: 0, records: batch }], { acks: 0 })
    for (let i = 0; i < 5; i++) {
      client.write(requestFrame(produce, latest(produce), body, 1000 + i, client.clientId))
    }
    const next = client.request(metadata, latest(metadata), {
      topics: [],
      allowAutoTopicCreation: false,
    })
    expect(await isAnswered(next, bystander)).toBe(false)
    clock.advance(3000)
    await next
  })

  it('is the same on another connection, and under another client id is not', async () => {
    const { connect, client, topic } = await setUp('producer_byte_rate', 10_000)
    for (let i = 0; i < 5; i++) await send(client, topic)
    const again = await connect('throttled')
    expect((await send(again, topic)).throttleTimeMs).toBeGreaterThan(0)
    const other = await connect('another')
    expect((await send(other, topic)).throttleTimeMs).toBe(0)
  })

  it('is throttled by the user, too, whatever its client id is', async () => {
    const { bystander, topic, connect } = await setUp('producer_byte_rate', 1e12)
    await alterQuotas(bystander, [entry(['user', 'ANONYMOUS'], ['producer_byte_rate', 10_000])])
    const one = await connect('one')
    for (let i = 0; i < 5; i++) await send(one, topic)
    const { throttleTimeMs } = await send(await connect('two'), topic)
    expect(throttleTimeMs).toBeGreaterThanOrEqual(2000)
  })

  it('is free again as soon as its quota is gone', async () => {
    const { client, bystander, topic, connect } = await setUp('producer_byte_rate', 10_000)
    for (let i = 0; i < 5; i++) await send(client, topic)
    await alterQuotas(bystander, [entry(['client-id', 'throttled'], ['producer_byte_rate', null])])
    expect((await send(await connect('throttled'), topic)).throttleTimeMs).toBe(0)
  })
})

describe('a consumer above its rate', () => {
  /** As in Kafka, what is left of a burst may throttle again and again, until it is forgotten. */
  async function untilServed<T extends { throttleTimeMs: number }>(
    clock: ManualClock,
    ask: () => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const answer = await ask()
      if (answer.throttleTimeMs === 0) return answer
      clock.advance(answer.throttleTimeMs)
    }
  }

  it('gets no records until its throttle time is over, and a session only then', async () => {
    const { clock, client, bystander, topic } = await setUp('consumer_byte_rate', 10_000)
    await send(bystander, topic)
    for (let i = 0; i < 4; i++) expect((await read(client, topic)).throttleTimeMs).toBe(0)
    const throttled = await read(client, topic, { sessionEpoch: 0 })
    expect(throttled).toMatchObject({ errorCode: 0, sessionId: 0, responses: [] })
    expect(throttled.throttleTimeMs).toBeGreaterThanOrEqual(2000)
    const next = read(client, topic, { sessionEpoch: 0 })
    expect(await isAnswered(next, bystander)).toBe(false)
    clock.advance(throttled.throttleTimeMs)
    clock.advance((await next).throttleTimeMs)
    const { sessionId, responses } = await untilServed(clock, () =>
      read(client, topic, { sessionEpoch: 0 }),
    )
    expect([sessionId > 0, responses.length]).toEqual([true, 1])
  })

  it('keeps its session, which tells later what it could not tell', async () => {
    const { clock, client, bystander, topic } = await setUp('consumer_byte_rate', 10_000)
    const { sessionId } = await read(client, topic, { sessionEpoch: 0 })
    for (let i = 0; i < 6; i++) await send(bystander, topic)
    const go = (sessionEpoch: number) =>
      client.request(fetch, latest(fetch), {
        ...fetchRequest(topic, [{ partitionMaxBytes: 90_000 }], { sessionId, sessionEpoch }),
        ...(sessionEpoch > 1 && { topics: [] }),
      })
    expect((await go(1)).responses.length).toBe(1)
    const throttled = await go(2)
    expect(throttled).toMatchObject({ errorCode: 0, sessionId, responses: [] })
    expect(throttled.throttleTimeMs).toBeGreaterThan(0)
    clock.advance(throttled.throttleTimeMs)
    let epoch = 3
    expect((await untilServed(clock, () => go(epoch++))).responses.length).toBe(1)
  })

  it('gets its rate, within 10 %; a bystander reads as much as it likes', async () => {
    const { clock, client, bystander, topic } = await setUp('consumer_byte_rate', rate)
    await send(bystander, topic)
    const readUntil = async (endMs: number): Promise<number> => {
      let bytes = 0
      while (clock.monotonic() < endMs) {
        const { throttleTimeMs, responses } = await read(client, topic)
        expect(responses.length).toBe(throttleTimeMs > 0 ? 0 : 1)
        if (throttleTimeMs === 0) bytes += batch.length
        const others = await read(bystander, topic)
        expect([others.throttleTimeMs, others.responses.length]).toEqual([0, 1])
        clock.advance(1 + throttleTimeMs)
      }
      return bytes
    }
    await readUntil(rounds.fromMs)
    const fromMs = clock.monotonic()
    const bytes = await readUntil(fromMs + rounds.ms)
    const measured = (bytes / (clock.monotonic() - fromMs)) * 1000
    expect(Math.abs(measured - rate) / rate).toBeLessThan(0.1)
  })
})

/** By the cases of Kafka's ControllerMutationQuotaTest. */
describe('controller mutations above their rate', () => {
  const perSecond = 2
  const names = ['one', 'two']
  const topics = names.map(name => {
    return { name, numPartitions: 30, replicationFactor: 1, assignments: [], configs: [] }
  })

  async function create(client: RawClient, version: number, wanted = topics) {
    const answer = await client.request(createTopics, version, { topics: wanted })
    const errors = answer.topics.map(({ errorCode }) => errorName(errorCode))
    return { throttleTimeMs: answer.throttleTimeMs, errors }
  }

  async function grow(client: RawClient, version: number) {
    const body = {
      topics: names.map(name => ({ name, count: 31, assignments: null })),
      timeoutMs: 1000,
    }
    const answer = await client.request(createPartitions, version, { ...body, validateOnly: false })
    const errors = answer.results.map(({ errorCode }) => errorName(errorCode))
    return { throttleTimeMs: answer.throttleTimeMs, errors }
  }

  async function remove(client: RawClient, version: number) {
    const byName = {
      topics: names.map(name => ({ name, topicId: zeroUuid })),
      topicNames: names,
    }
    const answer = await client.request(deleteTopics, version, { ...byName, timeoutMs: 1000 })
    const errors = answer.responses.map(({ errorCode }) => errorName(errorCode))
    return { throttleTimeMs: answer.throttleTimeMs, errors }
  }

  it('are refused, and tried again with success when the throttle time is over', async () => {
    const { clock, client } = await setUp('controller_mutation_rate', perSecond)
    const { throttleTimeMs, errors } = await create(client, 7)
    // 30 partitions, where 22 may be created at once: 8 are owed.
    expect([throttleTimeMs, errors]).toEqual([4000, ['NONE', 'THROTTLING_QUOTA_EXCEEDED']])
    const next = create(client, 7, [topics[1]!])
    clock.advance(4000)
    expect(await next).toEqual({ throttleTimeMs: 0, errors: ['NONE'] })
  })

  it('are done for older clients, which then have to wait the longer', async () => {
    const { client } = await setUp('controller_mutation_rate', perSecond)
    expect(await create(client, 5)).toEqual({ throttleTimeMs: 19_000, errors: ['NONE', 'NONE'] })
  })

  it.each([
    ['CreatePartitions v3', grow, 3],
    ['DeleteTopics v6', remove, 6],
  ])('are those of %s as well', async (_api, mutate, strict) => {
    const { client, bystander } = await setUp('controller_mutation_rate', perSecond)
    const small = topics.map(topic => ({ ...topic, numPartitions: mutate === grow ? 1 : 30 }))
    expect((await create(bystander, 7, small)).errors).toEqual(['NONE', 'NONE'])
    const { throttleTimeMs, errors } = await mutate(client, strict)
    expect([throttleTimeMs, errors]).toEqual([4000, ['NONE', 'THROTTLING_QUOTA_EXCEEDED']])
  })

  it.each([
    ['CreatePartitions v2', grow, 2],
    ['DeleteTopics v4', remove, 4],
  ])('are done for older clients: %s', async (_api, mutate, version) => {
    const { client, bystander } = await setUp('controller_mutation_rate', perSecond)
    const small = topics.map(topic => ({ ...topic, numPartitions: mutate === grow ? 1 : 30 }))
    await create(bystander, 7, small)
    expect(await mutate(client, version)).toEqual({
      throttleTimeMs: 19_000,
      errors: ['NONE', 'NONE'],
    })
  })

  it('create no topic by itself, and say only that there is none', async () => {
    const { clock, client } = await setUp('controller_mutation_rate', perSecond)
    await create(client, 5, [topics[0]!])
    clock.advance(3000)
    const body = { topics: [{ name: 'by-itself' }], allowAutoTopicCreation: true }
    clock.advance(500)
    const early = client.request(metadata, 11, body)
    clock.advance(500)
    expect(errorName((await early).topics[0]!.errorCode)).toBe('NONE')
  })
})

describe('a client above its share of time', () => {
  it('is told so and muted, with every API', async () => {
    const { clock, client, bystander, topic } = await setUp('request_percentage', 0.01)
    // Each look at the clock takes a millisecond.
    const { monotonic } = clock
    clock.monotonic = () => {
      clock.advance(1)
      return monotonic.call(clock)
    }
    const all = { topics: [], allowAutoTopicCreation: false }
    expect((await client.request(metadata, latest(metadata), all)).throttleTimeMs).toBeGreaterThan(
      990,
    )
    clock.monotonic = monotonic
    const next = read(client, topic)
    expect(await isAnswered(next, bystander)).toBe(false)
    clock.advance(1000)
    await next
  })
})
