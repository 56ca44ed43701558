/** What tests share that need several nodes: they ask our own brokers only. */
import { afterAll, beforeAll, expect } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import type { Infer } from '../../protocol/schema.ts'
import { startBroker, type StartOptions } from '../../src/index.ts'
import { RawClient } from '../raw-client.ts'
import { named, uniqueName, type TestTopic } from './wire.ts'

type Partition = Infer<typeof metadata.response>['topics'][number]['partitions'][number]

interface ThreeBrokers {
  /** The first of them is the controller. */
  readonly ids: readonly number[]
  /** A connection to this node. */
  clientOf(id: number): RawClient
  /** A topic with these replicas for each partition. */
  newTopic(assignments: readonly (readonly number[])[]): Promise<TestTopic>
  /** As Metadata tells them. */
  partitionsOf(topic: TestTopic): Promise<Partition[]>
}

/** Starts brokers 5, 6 and 7 before the tests and closes them after these. */
export function useThreeBrokers(config: StartOptions['config'] = {}): ThreeBrokers {
  const resources = new AsyncDisposableStack()
  const clients = new Map<number, RawClient>()
  const ids = [5, 6, 7]

  beforeAll(async () => {
    const options = { brokers: 3, config: { 'node.id': 5, ...config } }
    const broker = resources.use(await startBroker(options))
    for (const [i, address] of broker.bootstrapServers.split(',').entries()) {
      clients.set(ids[i]!, resources.use(await RawClient.connect(address)))
    }
  })
  afterAll(() => resources.disposeAsync())

  const clientOf = (id: number): RawClient => clients.get(id)!
  return {
    ids,
    clientOf,
    async newTopic(assignments) {
      const name = uniqueName()
      const { topics } = await clientOf(5).request(createTopics, 7, {
        topics: [
          {
            name,
            numPartitions: -1,
            replicationFactor: -1,
            assignments: assignments.map((brokerIds, partitionIndex) => {
              return { partitionIndex, brokerIds: [...brokerIds] }
            }),
            configs: [],
          },
        ],
      })
      expect(named(topics[0]!)).toMatchObject({ error: 'NONE', errorMessage: null })
      return { name, id: topics[0]!.topicId }
    },
    async partitionsOf({ name }) {
      const { topics } = await clientOf(5).request(metadata, 13, { topics: [{ name }] })
      return topics[0]!.partitions
    },
  }
}
