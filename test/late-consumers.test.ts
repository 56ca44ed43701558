/** Consumers of a test that nobody has stopped, and the next test with the same names. */
import { Kafka, logLevel, type Consumer } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { fetch } from '../protocol/apis/01-fetch.ts'
import { metadata } from '../protocol/apis/03-metadata.ts'
import { consumerGroupHeartbeat } from '../protocol/apis/68-consumer-group-heartbeat.ts'
import { errorName } from '../protocol/errors.ts'
import { startBroker, type StartedBroker } from '../src/index.ts'
import { RawClient } from './raw-client.ts'

/** 200 are run by hand: RESETS=200 npx vitest run test/late-consumers.test.ts */
const rounds = Number(process.env['RESETS'] ?? 10)

/** A consumer that collects the values of a topic, and is never stopped by itself. */
async function consume(broker: StartedBroker, seen: string[]): Promise<Consumer> {
  const kafka = new Kafka({
    clientId: 'app',
    brokers: broker.bootstrapServers.split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 5, maxRetryTime: 20 },
  })
  const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  await consumer.run({
    eachMessage: ({ message }) => {
      seen.push(message.value!.toString())
      return Promise.resolve()
    },
  })
  return consumer
}

describe('after a reset', () => {
  it(`consumers of before get no record, ${rounds} times`, { timeout: 120_000 }, async () => {
    await using broker = await startBroker()
    const consumers: Consumer[] = []
    const seen = Array.from({ length: rounds }, (): string[] => [])
    for (const [round, own] of seen.entries()) {
      await broker.topic('orders').create()
      await broker.topic('orders').append({ value: `${round} first` })
      consumers.push(await consume(broker, own))
      await broker.topic('orders').append({ value: `${round} second` })
      await expect.poll(() => own.length, { interval: 2, timeout: 5000 }).toBe(2)
      await broker.reset()
    }
    await Promise.all(consumers.map(consumer => consumer.disconnect()))
    const expected = seen.map((_, round) => [`${round} first`, `${round} second`])
    expect(seen).toEqual(expected)
  })

  it('and after one more, they get none either', async () => {
    await using broker = await startBroker()
    const seen: string[] = []
    await broker.topic('orders').append({ value: '1' })
    const consumer = await consume(broker, seen)
    await expect.poll(() => seen.length).toBe(1)
    await broker.reset()
    await broker.reset()
    await broker.topic('orders').append({ value: '2' })
    const next: string[] = []
    const other = await consume(broker, next)
    await expect.poll(() => next, { timeout: 10_000 }).toEqual(['2'])
    expect(seen).toEqual(['1'])
    await Promise.all([consumer.disconnect(), other.disconnect()])
  })

  it('a consumer that is to live on joins again', async () => {
    await using broker = await startBroker()
    const seen: string[] = []
    await broker.topic('orders').append({ value: '1' })
    const consumer = await consume(broker, seen)
    await expect.poll(() => seen.length).toBe(1)
    await broker.reset({ lateConsumers: 'rejoin' })
    await broker.topic('orders').append({ value: '2' })
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['1', '2'])
    await consumer.disconnect()
  })

  it('a member of the newer protocol is unknown, and may not join by its connection', async () => {
    await using broker = await startBroker()
    await broker.topic('orders').create()
    await using client = await RawClient.connect(broker.bootstrapServers)
    const beat = async (memberEpoch: number, on = client): Promise<string> => {
      const { errorCode } = await on.request(consumerGroupHeartbeat, 1, {
        groupId: 'billing',
        memberId: 'member-of-the-test',
        memberEpoch,
        rebalanceTimeoutMs: 1000,
        subscribedTopicNames: ['orders'],
        ...(memberEpoch === 0 ? { topicPartitions: [] } : {}),
      })
      return errorName(errorCode)
    }
    expect(await beat(0)).toBe('NONE')
    await broker.reset()
    expect(await beat(1)).toBe('UNKNOWN_MEMBER_ID')
    expect(await beat(0)).toBe('FENCED_INSTANCE_ID')
    const read = await client.request(fetch, 11, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      isolationLevel: 0,
      topics: [],
    })
    expect(errorName(read.errorCode)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    await client.request(metadata, 9, { topics: [{ name: 'made' }], allowAutoTopicCreation: true })
    expect(await broker.topics()).toEqual([])
    await using next = await RawClient.connect(broker.bootstrapServers)
    expect(await beat(0, next)).toBe('NONE')
    await broker.reset({ lateConsumers: 'rejoin' })
    expect(await beat(1, next)).toBe('UNKNOWN_MEMBER_ID')
    expect(await beat(0, next)).toBe('NONE')
  })
})
