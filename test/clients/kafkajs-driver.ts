/**
 * What the kafkajs tests do again and again. They hold for Apache Kafka 4.3.1 as well: name one in
 * KAFKA_BOOTSTRAP to see it.
 */
import kafkajs, {
  type Admin,
  type Consumer,
  type ConsumerConfig,
  type ConsumerRunConfig,
  type EachMessagePayload,
  type Kafka,
  type Producer,
} from 'kafkajs'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { Target } from '../harness.ts'

const pollingMs = { timeout: 20_000, interval: 10 }
let names = 0

/** No two tests meet, not even of two runs against the same broker. */
export function uniqueName(kind: string): string {
  return `${kind}-${process.pid}-${performance.timeOrigin.toFixed(0)}-${names++}`
}

/** An expectation that is retried until it holds. */
export function eventually<T>(value: () => T | Promise<T>) {
  return expect.poll(value, pollingMs)
}

interface Disconnectable {
  disconnect(): Promise<void>
}

interface Session {
  readonly kafka: Kafka
  readonly admin: Admin
  readonly producer: Producer
  newTopic(numPartitions?: number): Promise<string>
  /** Connected and subscribed from the beginning; disconnected after the test. */
  newConsumer(groupId: string, topic: string, config?: Partial<ConsumerConfig>): Promise<Consumer>
  /** The same in a group of its own. */
  newReader(topic: string, config?: Partial<ConsumerConfig>): Promise<Consumer>
  closeAfterTest(connection: Disconnectable): void
}

/** A broker for all tests of the surrounding block, and a client of it. */
export function openSession(start: Target['start']): Session {
  const opened: Disconnectable[] = []
  const session = {} as { -readonly [K in keyof Session]: Session[K] }
  let target: Awaited<ReturnType<Target['start']>>

  beforeAll(async () => {
    target = await start()
    const kafka = client(target.bootstrapServers)
    const admin = kafka.admin()
    const producer = kafka.producer()
    await Promise.all([admin.connect(), producer.connect()])
    Object.assign(session, { kafka, admin, producer })
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(connection => connection.disconnect()))
  })
  afterAll(async () => {
    await Promise.all([session.admin.disconnect(), session.producer.disconnect()])
    await target[Symbol.asyncDispose]()
  })

  return Object.assign(session, {
    async newTopic(numPartitions = 1) {
      const topic = uniqueName('topic')
      await session.admin.createTopics({ topics: [{ topic, numPartitions }] })
      return topic
    },
    async newConsumer(groupId: string, topic: string, config?: Partial<ConsumerConfig>) {
      const defaults = { groupId, heartbeatInterval: 100, maxWaitTimeInMs: 100 }
      const consumer = session.kafka.consumer({ ...defaults, ...config })
      opened.push(consumer)
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      return consumer
    },
    newReader(topic: string, config?: Partial<ConsumerConfig>) {
      return session.newConsumer(uniqueName('group'), topic, config)
    },
    closeAfterTest(connection: Disconnectable) {
      opened.push(connection)
    },
  })
}

function client(bootstrapServers: string): Kafka {
  return new kafkajs.Kafka({
    clientId: 'odradek-test',
    brokers: bootstrapServers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 20, retries: 8 },
  })
}

/** Runs the consumer until it has seen so many messages; resolves with all it has seen. */
export async function read(
  consumer: Consumer,
  count: number,
  config: ConsumerRunConfig = {},
): Promise<EachMessagePayload[]> {
  const seen: EachMessagePayload[] = []
  await consumer.run({ ...config, eachMessage: async payload => void seen.push(payload) })
  await eventually(() => seen.length).toBeGreaterThanOrEqual(count)
  return seen
}

/** What the group gave to this consumer last. */
export function assignedPartitions(consumer: Consumer, topic: string): () => number[] {
  let assigned: number[] = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    assigned = payload.memberAssignment[topic] ?? []
  })
  return () => assigned
}
