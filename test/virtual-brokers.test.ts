/** Several brokers in one process look to clients like Kafka's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { produce } from '../protocol/apis/00-produce.ts'
import { fetch } from '../protocol/apis/01-fetch.ts'
import { listOffsets } from '../protocol/apis/02-list-offsets.ts'
import { metadata } from '../protocol/apis/03-metadata.ts'
import { offsetFetch } from '../protocol/apis/09-offset-fetch.ts'
import { findCoordinator } from '../protocol/apis/10-find-coordinator.ts'
import { heartbeat } from '../protocol/apis/12-heartbeat.ts'
import { describeGroups } from '../protocol/apis/15-describe-groups.ts'
import { createTopics } from '../protocol/apis/19-create-topics.ts'
import { describeCluster } from '../protocol/apis/60-describe-cluster.ts'
import { errorName } from '../protocol/errors.ts'
import { startBroker, type StartedBroker } from '../src/index.ts'
import { batchOf } from './handlers/batches.ts'
import { fetchFrom, fetchRequest, produceRequest } from './handlers/requests.ts'
import { named, uniqueName, type TestTopic } from './handlers/wire.ts'
import { RawClient } from './raw-client.ts'

describe('three brokers', () => {
  let broker: StartedBroker
  /** One to each, in the order of their ids: 5, 6, 7. */
  let clients: RawClient[]
  const ids = [5, 6, 7]

  beforeAll(async () => {
    broker = await startBroker({ brokers: 3, config: { 'node.id': 5 } })
    clients = await Promise.all(broker.bootstrapServers.split(',').map(RawClient.connect))
  })
  afterAll(async () => {
    for (const client of clients) await client[Symbol.asyncDispose]()
    await broker.close()
  })

  const clientOf = (id: number): RawClient => clients[ids.indexOf(id)]!

  async function newTopic(numPartitions: number, replicationFactor: number): Promise<TestTopic> {
    const name = uniqueName()
    const topic = { name, numPartitions, replicationFactor, assignments: [], configs: [] }
    const { topics } = await clients[0]!.request(createTopics, 7, { topics: [topic] })
    expect(named(topics[0]!)).toMatchObject({ error: 'NONE', numPartitions, replicationFactor })
    return { name, id: topics[0]!.topicId }
  }

  async function describeTopic({ name }: TestTopic) {
    const { topics } = await clients[0]!.request(metadata, 13, { topics: [{ name }] })
    return topics[0]!.partitions
  }

  it('tell the same of themselves, whomever one asks', async () => {
    const ports = broker.bootstrapServers.split(',').map(each => Number(each.split(':')[1]))
    const host = '127.0.0.1'
    for (const client of clients) {
      const { brokers, controllerId } = await client.request(metadata, 13, { topics: [] })
      expect(brokers).toEqual(
        ids.map((nodeId, i) => ({ nodeId, host, port: ports[i], rack: null })),
      )
      expect(controllerId).toBe(5)
      const cluster = await client.request(describeCluster, 2, {
        includeClusterAuthorizedOperations: false,
      })
      expect(cluster.brokers.map(({ brokerId, port }) => [brokerId, port])).toEqual(
        ids.map((id, i) => [id, ports[i]]),
      )
    }
  })

  it('share the leaderships of a topic', async () => {
    const partitions = await describeTopic(await newTopic(6, 3))
    const leaders = partitions.map(({ leaderId }) => leaderId)
    for (const id of ids) expect(leaders.filter(leader => leader === id)).toHaveLength(2)
    for (const { leaderId, replicaNodes, isrNodes } of partitions) {
      expect(replicaNodes[0]).toBe(leaderId)
      expect(new Set(replicaNodes)).toEqual(new Set(ids))
      expect(isrNodes).toEqual(replicaNodes)
    }
  })

  it('are no more than three', async () => {
    const topic = { name: uniqueName(), numPartitions: 1, assignments: [], configs: [] }
    const { topics } = await clients[0]!.request(createTopics, 7, {
      topics: [{ ...topic, replicationFactor: 4 }],
    })
    expect(errorName(topics[0]!.errorCode)).toBe('INVALID_REPLICATION_FACTOR')
  })

  it('take records and tell offsets on the leader only', async () => {
    const topic = await newTopic(3, 2)
    for (const { partitionIndex, leaderId, leaderEpoch } of await describeTopic(topic)) {
      for (const id of ids) {
        const error = id === leaderId ? 'NONE' : 'NOT_LEADER_OR_FOLLOWER'
        const records = batchOf(['value'])
        const request = produceRequest(topic, [{ index: partitionIndex, records }])
        const { responses, nodeEndpoints } = await clientOf(id).request(produce, 13, request)
        const answer = named(responses[0]!.partitionResponses[0]!)
        const hint =
          error === 'NONE' ? { leaderId: -1, leaderEpoch: -1 } : { leaderId, leaderEpoch }
        expect(answer).toMatchObject({ error, currentLeader: hint })
        expect(nodeEndpoints.map(({ nodeId }) => nodeId)).toEqual(
          error === 'NONE' ? [] : [leaderId],
        )
        const { topics } = await clientOf(id).request(listOffsets, 7, {
          replicaId: -1,
          topics: [{ name: topic.name, partitions: [{ partitionIndex, timestamp: -1 }] }],
        })
        expect(named(topics[0]!.partitions[0]!).error).toBe(error)
      }
    }
  })

  it('are read from followers as well, but not before v11 (KIP-392)', async () => {
    const topic = await newTopic(1, 2)
    const [partition] = await describeTopic(topic)
    const [leader, follower] = partition!.replicaNodes as [number, number]
    const stranger = ids.find(id => id !== leader && id !== follower)!
    const produced = produceRequest(topic, [{ index: 0, records: batchOf(['value']) }])
    await clientOf(leader).request(produce, 13, produced)
    for (const [id, version, error] of [
      [leader, 4, 'NONE'],
      [leader, 18, 'NONE'],
      [follower, 10, 'NOT_LEADER_OR_FOLLOWER'],
      [follower, 11, 'NONE'],
      [stranger, 11, 'NOT_LEADER_OR_FOLLOWER'],
      [stranger, 18, 'NOT_LEADER_OR_FOLLOWER'],
    ] as const) {
      const answer = await fetchFrom(clientOf(id), topic, {}, { version })
      expect({ id, version, error: answer.error }).toEqual({ id, version, error })
    }
    const { responses, nodeEndpoints } = await clientOf(stranger).request(
      fetch,
      18,
      fetchRequest(topic, [{}]),
    )
    const { currentLeader } = responses[0]!.partitions[0]!
    expect(currentLeader).toEqual({ leaderId: leader, leaderEpoch: 0 })
    expect(nodeEndpoints.map(({ nodeId }) => nodeId)).toEqual([leader])
  })

  it('never ask for more replicas in sync than there are', async () => {
    const name = uniqueName()
    const configs = [{ name: 'min.insync.replicas', value: '3' }]
    const topic = { name, numPartitions: 1, replicationFactor: 2, assignments: [], configs }
    const created = await clients[0]!.request(createTopics, 7, { topics: [topic] })
    const id = created.topics[0]!.topicId
    const [partition] = await describeTopic({ name, id })
    for (const [acks, error] of [
      [-1, 'NONE'],
      [1, 'NONE'],
    ] as const) {
      const records = batchOf(['value'])
      const request = produceRequest({ name, id }, [{ index: 0, records }], { acks })
      const { responses } = await clientOf(partition!.leaderId).request(produce, 13, request)
      expect(named(responses[0]!.partitionResponses[0]!).error).toBe(error)
    }
  })

  it('coordinate different groups, each its own', async () => {
    const groupIds = Array.from({ length: 30 }, (_, i) => `group-${i}`)
    const { coordinators } = await clients[1]!.request(findCoordinator, 6, {
      keyType: 0,
      coordinatorKeys: groupIds,
    })
    expect(new Set(coordinators.map(({ nodeId }) => nodeId))).toEqual(new Set(ids))
    for (const { key: groupId, nodeId } of coordinators) {
      for (const id of ids) {
        const isCoordinator = id === nodeId
        const client = clientOf(id)
        const beat = await client.request(heartbeat, 4, { groupId, generationId: 1, memberId: 'm' })
        expect(errorName(beat.errorCode)).toBe(
          isCoordinator ? 'UNKNOWN_MEMBER_ID' : 'NOT_COORDINATOR',
        )
        const fetched = await client.request(offsetFetch, 8, {
          groups: [{ groupId, topics: null }],
        })
        const described = await client.request(describeGroups, 5, { groups: [groupId] })
        const error = isCoordinator ? 'NONE' : 'NOT_COORDINATOR'
        expect(errorName(fetched.groups[0]!.errorCode)).toBe(error)
        expect(errorName(described.groups[0]!.errorCode)).toBe(error)
      }
    }
  })
})
