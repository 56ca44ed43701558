/** What kafkajs' admin client does with topics, partitions, records, configs and ACLs. */
import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { targets } from '../harness.ts'
import { eventually, openSession, uniqueName } from './kafkajs-driver.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

describe.each(targets)('kafkajs admin of topics, $name', { timeout: 60_000 }, ({ start }) => {
  const session = openSession(start)

  async function partitionsOf(topic: string) {
    const { topics } = await session.admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]!.partitions.toSorted((a, b) => a.partitionId - b.partitionId)
  }

  async function aBroker(): Promise<number> {
    const { brokers } = await session.admin.describeCluster()
    return brokers.at(-1)!.nodeId
  }

  it('validates topics without creating them', async () => {
    const topic = uniqueName('validated')
    const valid = { validateOnly: true, waitForLeaders: false, topics: [{ topic }] }
    expect(await session.admin.createTopics(valid)).toBe(true)
    const invalid = { validateOnly: true, topics: [{ topic, replicationFactor: 9 }] }
    await expect(session.admin.createTopics(invalid)).rejects.toMatchObject({
      errors: [{ type: 'INVALID_REPLICATION_FACTOR', topic }],
    })
    expect(await session.admin.listTopics()).not.toContain(topic)
  })

  it('creates topics without waiting for leaders', async () => {
    const topics = [uniqueName('one'), uniqueName('two')]
    const created = session.admin.createTopics({
      waitForLeaders: false,
      topics: topics.map(topic => ({ topic })),
    })
    expect(await created).toBe(true)
    await eventually(() => session.admin.listTopics()).toEqual(expect.arrayContaining(topics))
  })

  it('puts replicas where it is told', async () => {
    const [topic, broker] = [uniqueName('assigned'), await aBroker()]
    const replicaAssignment = [
      { partition: 0, replicas: [broker] },
      { partition: 1, replicas: [broker] },
    ]
    expect(await session.admin.createTopics({ topics: [{ topic, replicaAssignment }] })).toBe(true)
    const partitions = await partitionsOf(topic)
    expect(partitions.map(({ leader, replicas }) => ({ leader, replicas }))).toEqual(
      replicaAssignment.map(({ replicas }) => ({ leader: broker, replicas })),
    )
    const astray = [{ partition: 0, replicas: [4711] }]
    await expect(
      session.admin.createTopics({
        topics: [{ topic: uniqueName('astray'), replicaAssignment: astray }],
      }),
    ).rejects.toMatchObject({ errors: [{ type: 'INVALID_REPLICA_ASSIGNMENT' }] })
  })

  it('tells of topics that are not there', async () => {
    const absent = session.admin.fetchTopicMetadata({ topics: [uniqueName('absent')] })
    await expect(absent).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' })
    const topic = await session.newTopic()
    const { topics } = await session.admin.fetchTopicMetadata()
    expect(topics.map(({ name }) => name)).toContain(topic)
  })

  it('finds the end of topics when no time is given', async () => {
    const topic = await session.newTopic()
    await session.producer.send({ topic, messages: [{ value: 'a' }, { value: 'b' }] })
    const found = await session.admin.fetchTopicOffsetsByTimestamp(topic)
    expect(found).toEqual([{ partition: 0, offset: '2' }])
  })

  it('is told that there is no authorizer', async () => {
    const filter = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: 'any',
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: 'User:alice',
      host: '*',
      operation: AclOperationTypes.READ,
      permissionType: AclPermissionTypes.ALLOW,
    }
    const disabled = { type: 'SECURITY_DISABLED' }
    await expect(session.admin.describeAcls(filter)).rejects.toMatchObject(disabled)
    await expect(session.admin.createAcls({ acl: [filter] })).rejects.toMatchObject(disabled)
    await expect(session.admin.deleteAcls({ filters: [filter] })).rejects.toMatchObject(disabled)
  })
})
