/** A broker with two topics, and a client that sends what it is told. */
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { errorName } from '../../protocol/errors.ts'
import { startBroker, type StartOptions } from '../../src/index.ts'
import { batchOf } from '../handlers/batches.ts'
import { produceTo, type ProduceOptions } from '../handlers/requests.ts'
import type { TestTopic } from '../handlers/wire.ts'
import { RawClient } from '../raw-client.ts'

export async function openBroker(options: StartOptions = {}) {
  const broker = await startBroker({
    topics: { orders: { partitions: 2 }, audit: { partitions: 1 } },
    ...options,
  })
  const [first] = broker.bootstrapServers.split(',')
  const client = await RawClient.connect(first!)
  const { topics } = await client.request(metadata, 12, {
    topics: [{ name: 'orders' }, { name: 'audit' }],
  })
  const topic = (name: string): TestTopic => {
    const found = topics.find(other => other.name === name)!
    return { name, id: found.topicId }
  }
  return {
    broker,
    client,
    connect: () => RawClient.connect(first!),
    orders: topic('orders'),
    audit: topic('audit'),
    produce: (name: string, value: string, asked: ProduceOptions = {}) =>
      produceTo(client, topic(name), batchOf([value]), asked),
    /** The error of each topic. */
    async commit(groupId: string, offsets: Readonly<Record<string, number>>, by = client) {
      const { topics: answers } = await by.request(offsetCommit, 8, {
        groupId,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        topics: Object.entries(offsets).map(([name, committedOffset]) => {
          return {
            name,
            partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }],
          }
        }),
      })
      return Object.fromEntries(
        answers.map(({ name, partitions }) => [name, errorName(partitions[0]!.errorCode)]),
      )
    },
    async committed(groupId: string, names: readonly string[] = ['orders']) {
      const { groups } = await client.request(offsetFetch, 8, {
        groups: [{ groupId, topics: names.map(name => ({ name, partitionIndexes: [0] })) }],
      })
      return groups[0]!.topics.map(({ partitions }) => partitions[0]!.committedOffset)
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      await broker.close()
    },
  }
}
