/** What kafkajs waits for a broker when it joins groups, all else at its defaults. */
import { randomUUID } from 'node:crypto'
import kafkajs, { type Consumer, type Kafka } from 'kafkajs'

const turns = 10
const partitions = 2

export interface Delays {
  /** From run() of a lone consumer of a topic that is there to its first record, milliseconds. */
  firstRecord: number[]
  /** From run() of a second member until both have their partitions, milliseconds. */
  secondMember: number[]
}

/** Members heartbeat that often; the first one learns only so that a second one has come. */
export const heartbeatIntervalMs = 250

export async function measureDelays(bootstrapServers: string): Promise<Delays> {
  const { Kafka, logLevel } = kafkajs
  const client = new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING })
  const topic = `delays-${randomUUID()}`
  await fill(client, topic)
  const delays: Delays = { firstRecord: [], secondMember: [] }
  for (let turn = 0; turn < turns; turn++) {
    const groupId = `delays-${randomUUID()}`
    const first = await subscribed(client, groupId, topic)
    const second = await subscribed(client, groupId, topic)
    try {
      delays.firstRecord.push(await untilFirstRecord(first))
      delays.secondMember.push(await untilShared(first, second))
    } finally {
      await Promise.all([first.disconnect(), second.disconnect()])
    }
  }
  return delays
}

async function fill(client: Kafka, topic: string): Promise<void> {
  const admin = client.admin()
  const producer = client.producer()
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] })
  for (let partition = 0; partition < partitions; partition++) {
    await producer.send({ topic, messages: [{ partition, value: 'first' }] })
  }
  await Promise.all([admin.disconnect(), producer.disconnect()])
}

async function subscribed(client: Kafka, groupId: string, topic: string): Promise<Consumer> {
  const heartbeatInterval = heartbeatIntervalMs
  // Between heartbeats it waits for records, of which there are none any more.
  const consumer = client.consumer({ groupId, heartbeatInterval, maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  return consumer
}

async function untilFirstRecord(consumer: Consumer): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const startMs = performance.now()
  await consumer.run({
    eachMessage: () => {
      resolve()
      return Promise.resolve()
    },
  })
  await promise
  return performance.now() - startMs
}

async function untilShared(first: Consumer, second: Consumer): Promise<number> {
  const shared = Promise.all([joined(first, 1), joined(second, 1)])
  const startMs = performance.now()
  await second.run({ eachMessage: () => Promise.resolve() })
  await shared
  return performance.now() - startMs
}

/** Resolves when the member has so many partitions. */
async function joined(consumer: Consumer, count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const remove = consumer.on('consumer.group_join', ({ payload }) => {
    if (Object.values(payload.memberAssignment).flat().length === count) resolve()
  })
  await promise
  remove()
}
