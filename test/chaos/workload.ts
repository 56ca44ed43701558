/** A producer, and a group that reads what it sends, through whatever happens meanwhile. */
import kafkajs, { type Kafka, type KafkaMessage } from 'kafkajs'
import { expect } from 'vitest'
import { silentLogger } from '../../src/logger.ts'
import { startBroker, type StartedBroker, type StartOptions } from '../../src/index.ts'

/** Tries again soon, and for as long as it takes: the broker is near. */
const retry = { initialRetryTime: 5, maxRetryTime: 100, retries: 200 }

const partitions = 2

export interface Workload extends AsyncDisposable {
  readonly broker: StartedBroker
  readonly kafka: Kafka
  readonly topic: string
  /** One more record for each partition, in turns; kafkajs loses some of a send to several. */
  send(): Promise<void>
  /** That all that was sent is there once, in order, and that the group has read all of it. */
  settle(): Promise<void>
  /** What faults have done to requests, by the log: each once. */
  injected(): string[]
}

export async function openWorkload(options: StartOptions = {}): Promise<Workload> {
  const topic = 'orders'
  const replicationFactor = options.brokers ?? 1
  const injected = new Set<string>()
  const logger = {
    ...silentLogger,
    info(details: { effect?: string }, message: string) {
      if (message === 'injected a fault') injected.add(details.effect!)
    },
  }
  const broker = await startBroker({
    ...options,
    logger,
    topics: { [topic]: { partitions, replicationFactor } },
  })
  const kafka = new kafkajs.Kafka({
    clientId: 'workload',
    brokers: broker.bootstrapServers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: 5_000,
    retry,
  })
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  const consumer = kafka.consumer({
    groupId: 'billing',
    heartbeatInterval: 50,
    maxWaitTimeInMs: 20,
    retry: { ...retry, restartOnFailure: async () => true },
  })
  const read = new Set<string>()
  const see = ({ value }: KafkaMessage): void => void read.add(value!.toString())
  await Promise.all([producer.connect(), consumer.connect()])
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommitThreshold: 1,
    eachMessage: async ({ message }) => see(message),
  })
  let sent = 0
  return {
    broker,
    kafka,
    topic,
    async send() {
      for (let partition = 0; partition < partitions; partition++) {
        await producer.send({ topic, messages: [{ partition, value: `${partition}:${sent}` }] })
      }
      sent++
    },
    injected: () => [...injected],
    async settle() {
      const numbers = Array.from({ length: sent }, (_, i) => i)
      const all = [0, 1].flatMap(partition => numbers.map(i => `${partition}:${i}`))
      const records = await broker.topic<string>(topic).records()
      const inLog = records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
      expect(inLog.map(({ value }) => value)).toEqual(all)
      await expect.poll(() => read.size, { timeout: 20_000, interval: 5 }).toBe(all.length)
      const committed = async (): Promise<number> => {
        const { partitions: lags } = await broker.group('billing').describe()
        return lags.reduce((sum, { committedOffset }) => sum + (committedOffset ?? 0), 0)
      }
      await expect.poll(committed, { timeout: 20_000, interval: 5 }).toBe(2 * sent)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([producer.disconnect(), consumer.disconnect()])
      await broker.close()
    },
  }
}
