/** What kafkajs' admin client does with topics, partitions, records, configs and ACLs. */
import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { targets } from '../harness.ts'
import { eventually, openSession, read, uniqueName } from './kafkajs-driver.ts'

const {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  ConfigSource,
  ResourcePatternTypes,
} = kafkajs

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

  it('adds partitions', async () => {
    const topic = await session.newTopic(2)
    const broker = await aBroker()
    const add = (count: number, validateOnly = false): Promise<boolean> =>
      session.admin.createPartitions({ validateOnly, topicPartitions: [{ topic, count }] })
    await add(3, true)
    expect(await partitionsOf(topic)).toHaveLength(2)
    await add(3)
    await eventually(async () => (await partitionsOf(topic)).length).toBe(3)
    await expect(add(1)).rejects.toMatchObject({ type: 'INVALID_PARTITIONS' })
    const assignments = [[broker], [broker]]
    await session.admin.createPartitions({ topicPartitions: [{ topic, count: 5, assignments }] })
    await eventually(async () => {
      const partitions = await partitionsOf(topic)
      return partitions.slice(3).map(({ leader }) => leader)
    }).toEqual([broker, broker])
  })

  it('deletes records', async () => {
    const topic = await session.newTopic()
    const messages = ['a', 'b', 'c'].map(value => ({ value }))
    await session.producer.send({ topic, messages })
    const deleteBefore = (offset: string): Promise<void> =>
      session.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] })
    // kafkajs knows the leaders of topics that it has met.
    await session.admin.fetchTopicOffsets(topic)
    await deleteBefore('1')
    const [offsets] = await session.admin.fetchTopicOffsets(topic)
    expect(offsets).toMatchObject({ low: '1', high: '3' })
    await expect(deleteBefore('99')).rejects.toMatchObject({
      cause: { partitions: [{ partition: 0, error: { type: 'OFFSET_OUT_OF_RANGE' } }] },
    })
    await deleteBefore('-1')
    const [emptied] = await session.admin.fetchTopicOffsets(topic)
    expect(emptied).toMatchObject({ low: '3', high: '3' })
  })

  it('finds the end of topics when no time is given', async () => {
    const topic = await session.newTopic()
    await session.producer.send({ topic, messages: [{ value: 'a' }, { value: 'b' }] })
    const found = await session.admin.fetchTopicOffsetsByTimestamp(topic)
    expect(found).toEqual([{ partition: 0, offset: '2' }])
  })

  it('reassigns partitions, and goes on with them', async () => {
    const topic = await session.newTopic()
    const { brokers } = await session.admin.describeCluster()
    const before = (await partitionsOf(topic))[0]!.leader
    const after = brokers.map(({ nodeId }) => nodeId).find(id => id !== before) ?? before
    const reassign = async (replicas: number[]): Promise<void> => {
      const partitionAssignment = [{ partition: 0, replicas }]
      await session.admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] })
    }
    await session.producer.send({ topic, messages: [{ value: 'before' }] })
    await reassign([after])
    await eventually(async () => {
      const [partition] = await partitionsOf(topic)
      return { leader: partition!.leader, replicas: partition!.replicas }
    }).toEqual({ leader: after, replicas: [after] })
    await session.producer.send({ topic, messages: [{ value: 'after' }] })
    const messages = await read(await session.newReader(topic), 2)
    expect(messages.map(({ message }) => message.value!.toString())).toEqual(['before', 'after'])
    await expect(reassign([4711])).rejects.toMatchObject({
      errors: [{ type: 'INVALID_REPLICA_ASSIGNMENT', partition: 0 }],
    })
    await eventually(async () => {
      const listed = await session.admin.listPartitionReassignments({
        topics: [{ topic, partitions: [0] }],
      })
      return listed.topics
    }).toEqual([])
  })

  it('alters configs', async () => {
    const topic = await session.newTopic()
    const alter = (name: string, value: string, validateOnly = false) =>
      session.admin.alterConfigs({
        validateOnly,
        resources: [
          { type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name, value }] },
        ],
      })
    await alter('max.message.bytes', '1000', true)
    await expect(alter('max.message.bytes', 'many')).rejects.toMatchObject({
      type: 'INVALID_CONFIG',
    })
    await alter('retention.ms', '1234567')
    const described = async () => {
      const { resources } = await session.admin.describeConfigs({
        includeSynonyms: true,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: topic,
            configNames: ['max.message.bytes', 'retention.ms'],
          },
        ],
      })
      const entries = resources[0]!.configEntries
      return entries.toSorted((a, b) => a.configName.localeCompare(b.configName))
    }
    await eventually(described).toMatchObject([
      {
        configName: 'max.message.bytes',
        configValue: '1048588',
        configSource: ConfigSource.DEFAULT_CONFIG,
        configSynonyms: [{ configName: 'message.max.bytes' }],
      },
      {
        configName: 'retention.ms',
        configValue: '1234567',
        configSource: ConfigSource.TOPIC_CONFIG,
      },
    ])
  })

  it('describes and alters the configs of a broker', async () => {
    const broker = { type: ConfigResourceTypes.BROKER, name: String(await aBroker()) }
    const alter = (value: string) =>
      session.admin.alterConfigs({
        validateOnly: false,
        resources: [{ ...broker, configEntries: [{ name: 'message.max.bytes', value }] }],
      })
    const described = async () => {
      const { resources } = await session.admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ ...broker, configNames: ['message.max.bytes'] }],
      })
      return resources[0]!.configEntries
    }
    await alter('1048600')
    await eventually(described).toMatchObject([
      { configValue: '1048600', configSource: ConfigSource.DYNAMIC_BROKER_CONFIG, readOnly: false },
    ])
    await expect(alter('many')).rejects.toMatchObject({ type: 'INVALID_REQUEST' })
    await session.admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...broker, configEntries: [] }],
    })
    await eventually(described).toMatchObject([{ configValue: '1048588' }])
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
