import { afterEach, beforeEach, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { leaveGroup } from '../../protocol/apis/13-leave-group.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { decodeGroupRecord, type GroupRecord } from '../../protocol/group-records.ts'
import { batchesIn, batchSize, lastOffset } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import { offsetKey, type OffsetRow } from '../../storage/metadata-store.ts'
import { keyPartition } from '../../src/cluster.ts'
import { MemoryStorage } from '../handlers/memory-storage.ts'
import { fetchFrom } from '../handlers/requests.ts'
import { RawClient } from '../raw-client.ts'

const name = '__consumer_offsets'
/** Where Apache Kafka has put the records of this group. */
const partition = 42

let storage: MemoryStorage
let broker: Awaited<ReturnType<MemoryStorage['start']>>
let client: RawClient
let orders: string

beforeEach(async () => {
  storage = new MemoryStorage()
  await start()
  const topic = { name: 'orders', numPartitions: 2, replicationFactor: 1 }
  const created = await client.request(createTopics, 7, {
    topics: [{ ...topic, assignments: [], configs: [] }],
    timeoutMs: 1000,
  })
  orders = created.topics[0]!.topicId
})
afterEach(stop)

async function start(): Promise<void> {
  broker = await storage.start()
  client = await RawClient.connect(broker.bootstrapServers)
}

async function stop(): Promise<void> {
  await client[Symbol.asyncDispose]()
  await broker.close()
}

async function described() {
  const topics = [{ name }]
  const request = { topics, allowAutoTopicCreation: false }
  return (await client.request(metadata, 12, request)).topics[0]!
}

/** The first records of the partition, once there are so many. */
async function records(count: number): Promise<GroupRecord[]> {
  const found: GroupRecord[] = []
  for (let at = 0; at < count;) {
    const { topicId: id, errorCode } = await described()
    if (errorCode !== 0) continue
    const options = { maxWaitMs: 1000 }
    const answer = await fetchFrom(client, { name, id }, { partition, fetchOffset: at }, options)
    expect(answer.error).toBe('NONE')
    const bytes = Buffer.concat(answer.records ?? [])
    for (const position of batchesIn(bytes)) {
      const batch = bytes.subarray(position)
      for (const { key, value } of decodeRecords(batch.subarray(0, batchSize(batch)), 1e6)) {
        found.push(decodeGroupRecord(key!, value)!)
      }
      at = lastOffset(batch) + 1
    }
  }
  return found
}

function commit(committedOffset: number, partitionIndex = 0, groupId = 'g1') {
  const partitions = [{ partitionIndex, committedOffset, committedMetadata: 'note' }]
  return client.request(offsetCommit, 9, { groupId, topics: [{ name: 'orders', partitions }] })
}

it('keeps a group where Apache Kafka does', () => {
  expect(keyPartition('g1', 50)).toBe(partition)
})

it('exists when somebody has looked for a coordinator, as Apache Kafka creates it', async () => {
  expect(await described()).toMatchObject({ errorCode: 3 })
  await client.request(findCoordinator, 3, { keyType: 0, key: 'g1' })
  let topic = await described()
  while (topic.errorCode !== 0) topic = await described()
  expect(topic).toMatchObject({ isInternal: true })
  expect(topic.partitions).toHaveLength(50)
  const resources = [{ resourceType: 2, resourceName: name, configurationKeys: null }]
  const { results } = await client.request(describeConfigs, 4, { resources })
  const configs = Object.fromEntries(results[0]!.configs.map(each => [each.name, each.value]))
  expect(configs).toMatchObject({
    'cleanup.policy': 'compact',
    'compression.type': 'producer',
    'segment.bytes': '104857600',
  })
})

it('tells of commits', async () => {
  await commit(3)
  await records(1)
  await commit(4)
  const key = { kind: 'offset', group: 'g1', topic: 'orders', partition: 0 }
  expect(await records(2)).toMatchObject([
    { ...key, value: { offset: 3, metadata: 'note', leaderEpoch: -1, topicId: orders } },
    { ...key, value: { offset: 4, metadata: 'note', leaderEpoch: -1, topicId: orders } },
  ])
})

it('tells of generations', async () => {
  const protocols = ['sticky', 'range'].map(name => ({ name, metadata: Buffer.from(name) }))
  const joining = { groupId: 'g1', protocolType: 'consumer', protocols }
  const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000 }
  const request = { ...joining, ...timeouts, memberId: '', groupInstanceId: 'one' }
  const { memberId, generationId } = await client.request(joinGroup, 5, request)
  const assignments = [{ memberId, assignment: Buffer.from('mine') }]
  await client.request(syncGroup, 3, { groupId: 'g1', memberId, generationId, assignments })
  await records(1)
  await client.request(leaveGroup, 3, { groupId: 'g1', members: [{ memberId }] })
  const group = { protocolType: 'consumer', generation: 1, protocol: 'sticky', leader: memberId }
  const member = {
    memberId,
    groupInstanceId: 'one',
    clientId: 'test',
    clientHost: '/127.0.0.1',
    sessionTimeout: 10_000,
    rebalanceTimeout: 60_000,
    subscription: Buffer.from('sticky'),
    assignment: Buffer.from('mine'),
  }
  expect(await records(2)).toMatchObject([
    { kind: 'group', group: 'g1', value: { ...group, members: [member] } },
    { kind: 'group', value: { generation: 2, protocol: null, leader: null, members: [] } },
  ])
})

it('says that the offsets of a deleted topic are gone', async () => {
  await commit(3)
  await records(1)
  await client.request(deleteTopics, 5, { topicNames: ['orders'], timeoutMs: 1000 })
  expect((await records(2))[1]).toMatchObject({ kind: 'offset', topic: 'orders', value: null })
})

it('goes on after a restart', async () => {
  await commit(3)
  await stop()
  await start()
  await commit(4)
  expect(await records(2)).toMatchObject([{ value: { offset: 3 } }, { value: { offset: 4 } }])
})

it('is told after a crash what it lacks, and what is no longer so', async () => {
  await commit(3, 0)
  await commit(5, 1)
  await stop()
  const row = { group: 'g1', topic: 'orders', topicId: orders, leaderEpoch: -1, metadata: '' }
  const later: OffsetRow = { ...row, partition: 0, offset: 4, commitTimestamp: 1000 }
  await storage.commit([
    { kind: 'stateTopic', key: name, value: null },
    { kind: 'offset', key: offsetKey('g1', 'orders', 0), value: later },
    { kind: 'offset', key: offsetKey('g1', 'orders', 1), value: null },
  ])
  await start()
  expect((await records(4)).slice(2)).toMatchObject([
    { partition: 0, value: { offset: 4 } },
    { partition: 1, value: null },
  ])
})

it('says nothing twice after a crash', async () => {
  await commit(3)
  await stop()
  await storage.commit([{ kind: 'stateTopic', key: name, value: null }])
  await start()
  await commit(4)
  expect(await records(2)).toMatchObject([{ value: { offset: 3 } }, { value: { offset: 4 } }])
})

it('is told everything anew when it was deleted', async () => {
  await commit(3, 0)
  await records(1)
  await client.request(deleteTopics, 5, { topicNames: [name], timeoutMs: 1000 })
  await commit(5, 1)
  expect(await records(2)).toMatchObject([
    { partition: 0, value: { offset: 3 } },
    { partition: 1, value: { offset: 5 } },
  ])
})
