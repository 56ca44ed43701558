/**
 * What the tests of handlers share: a broker, connections to it, topics and versions. The tests
 * hold for Apache Kafka 4.3.1 as well: name one in KAFKA_BOOTSTRAP to see it, a fresh one, with
 * log.retention.ms=-1, because the records in here are old.
 */
import { afterAll, afterEach, beforeAll } from 'vitest'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { errorName, errors, type ErrorName } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { Api } from '../../protocol/api.ts'
import { startBroker, type StartOptions } from '../../src/index.ts'
import { RawClient } from '../raw-client.ts'

const external = process.env['KAFKA_BOOTSTRAP']

/** The tests run against Apache Kafka. */
export const onKafka = external !== undefined

/** What is expected where we differ from Apache Kafka on purpose. */
export function differs<T>({ here, kafka }: { here: T; kafka: T }): T {
  return onKafka ? kafka : here
}

const kafkaVersions = external === undefined ? undefined : await askVersions(external)

async function askVersions(bootstrapServers: string): Promise<Map<number, [number, number]>> {
  await using client = await RawClient.connect(bootstrapServers)
  const { apiKeys } = await client.request(apiVersions, 0, {})
  return new Map(
    apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]),
  )
}

/** The versions of an API that can be tested: all; on Apache Kafka, those that it still has. */
export function versionsOf(
  { key, versions: [first, last] }: Pick<Api, 'key' | 'versions'>,
  { since = 0, until = Infinity } = {},
): number[] {
  const [lowest, highest] = kafkaVersions?.get(key) ?? [first, last]
  return Array.from({ length: last - first + 1 }, (_, i) => first + i).filter(
    version => version >= Math.max(since, lowest) && version <= Math.min(until, highest),
  )
}

/** Of an API, the last version. */
export function latest({ versions }: Pick<Api, 'versions'>): number {
  return versions[1]
}

/** A topic by both of its names. */
export interface TestTopic {
  name: string
  id: string
}

interface TopicOptions {
  name?: string
  partitions?: number
  configs?: Readonly<Record<string, string>>
}

/** Connections to a broker that runs for the tests of a file or a suite. */
export interface Wire {
  /** One that all tests share; a test that breaks it takes one of its own. */
  readonly client: RawClient
  readonly bootstrapServers: string
  /** One more, closed after the test. */
  connect(): Promise<RawClient>
  /** A topic that nobody else knows. */
  newTopic(options?: TopicOptions): Promise<TestTopic>
}

/** Starts a broker before the tests and closes it after them. */
export function useBroker(
  config: StartOptions['config'] = {},
  options: Omit<StartOptions, 'config'> = {},
): Wire {
  const resources = new AsyncDisposableStack()
  const connections: RawClient[] = []
  let bootstrapServers = external ?? ''
  let client: RawClient | undefined

  beforeAll(async () => {
    if (!onKafka) {
      const broker = resources.use(await startBroker({ config, ...options }))
      bootstrapServers = broker.bootstrapServers
    }
    client = resources.use(await RawClient.connect(bootstrapServers))
  })
  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection[Symbol.asyncDispose]()
  })
  afterAll(() => resources.disposeAsync())

  return {
    get client() {
      return client!
    },
    get bootstrapServers() {
      return bootstrapServers
    },
    async connect() {
      const connection = await RawClient.connect(bootstrapServers)
      connections.push(connection)
      return connection
    },
    newTopic: options => newTopic(client!, options),
  }
}

let names = 0

/** No two tests meet, not even of two runs against the same broker. */
export function uniqueName(): string {
  return `topic-${process.pid}-${performance.timeOrigin.toFixed(0)}-${names++}`
}

export async function newTopic(client: RawClient, options: TopicOptions = {}): Promise<TestTopic> {
  const { name = uniqueName(), partitions = 1, configs = {} } = options
  const { topics } = await client.request(createTopics, latest(createTopics), {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
  })
  const { errorCode, errorMessage, topicId: id } = topics[0]!
  if (errorCode !== errors.NONE) throw new Error(`${errorName(errorCode)}: ${errorMessage}`)
  const topic = { name, id }
  await settle(() => isUsable(client, topic, partitions))
  return topic
}

async function isUsable(client: RawClient, { name }: TestTopic, count: number): Promise<boolean> {
  const partitions = Array.from({ length: count }, (_, partitionIndex) => {
    return { partitionIndex, timestamp: -1 }
  })
  const { topics } = await client.request(listOffsets, 7, {
    replicaId: -1,
    topics: [{ name, partitions }],
  })
  return topics[0]!.partitions.every(({ errorCode }) => errorCode === errors.NONE)
}

/** What holds here at once, as tests show; Apache Kafka's broker must hear of it first. */
export async function settle(condition: () => Promise<boolean>): Promise<void> {
  if (!onKafka) return
  while (!(await condition()));
}

export async function deleteTopic(client: RawClient, { name }: TestTopic): Promise<void> {
  const { responses } = await client.request(deleteTopics, latest(deleteTopics), {
    topics: [{ name, topicId: zeroUuid }],
    timeoutMs: 30_000,
  })
  if (responses[0]!.errorCode !== errors.NONE) throw new Error(errorName(responses[0]!.errorCode))
  await settle(async () => (await partitionsOf(client, name)) === undefined)
}

/** How many partitions a topic has, if it exists. */
export async function partitionsOf(client: RawClient, name: string): Promise<number | undefined> {
  const { topics } = await client.request(metadata, latest(metadata), {
    topics: [{ name }],
    allowAutoTopicCreation: false,
  })
  const { errorCode, partitions } = topics[0]!
  return errorCode === errors.NONE ? partitions.length : undefined
}

/** The node that answers, or the first of the cluster. */
export async function nodeIdOf(client: RawClient): Promise<number> {
  return (await client.request(metadata, 1, { topics: [] })).brokers[0]!.nodeId
}

/** An answer whose error is told by its name, for people who read a failed test. */
export type Named<T extends { errorCode: number }> = Omit<T, 'errorCode'> & { error: ErrorName }

export function named<T extends { errorCode: number }>(answer: T): Named<T> {
  const { errorCode, ...rest } = answer
  return { error: errorName(errorCode), ...rest }
}

/** Resolves to 'closed' when the broker hangs up, or to 'answered'. */
export async function closedOrAnswered(client: RawClient, bytes: Buffer): Promise<string> {
  try {
    await client.exchange(bytes)
    return 'answered'
  } catch {
    return 'closed'
  }
}
