/** What kafkajs' admin client relies on. */
import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { targets } from '../harness.ts'
import { assignedPartitions, eventually, openSession, uniqueName } from './kafkajs-driver.ts'

const { ConfigResourceTypes, ConfigSource } = kafkajs

describe.each(targets)('kafkajs admin, $name', { timeout: 60_000 }, ({ brokers: count, start }) => {
  const session = openSession(start)

  it('creates, lists, describes and deletes topics', async () => {
    const topic = uniqueName('topic')
    const topics = [{ topic, numPartitions: 3 }]
    expect(await session.admin.createTopics({ topics })).toBe(true)
    expect(await session.admin.createTopics({ topics })).toBe(false)
    expect(await session.admin.listTopics()).toContain(topic)
    const { topics: described } = await session.admin.fetchTopicMetadata({ topics: [topic] })
    const [{ name, partitions } = { name: '', partitions: [] }] = described
    expect(name).toBe(topic)
    expect(partitions.map(({ partitionId }) => partitionId).toSorted((a, b) => a - b)).toEqual([
      0, 1, 2,
    ])
    for (const { partitionErrorCode, leader, replicas, isr } of partitions) {
      expect({ partitionErrorCode, replicas, isr }).toEqual({
        partitionErrorCode: 0,
        replicas: [leader],
        isr: [leader],
      })
    }
    await session.admin.deleteTopics({ topics: [topic] })
    await eventually(() => session.admin.listTopics()).not.toContain(topic)
  })

  it('is refused bad topics', async () => {
    const create = (topic: string, numPartitions = 1): Promise<boolean> =>
      session.admin.createTopics({ topics: [{ topic, numPartitions }] })
    await expect(create('no spaces')).rejects.toMatchObject({
      errors: [{ type: 'INVALID_TOPIC_EXCEPTION' }],
    })
    await expect(create(uniqueName('none'), 0)).rejects.toMatchObject({
      errors: [{ type: 'INVALID_PARTITIONS' }],
    })
    const absent = session.admin.deleteTopics({ topics: [uniqueName('absent')] })
    await expect(absent).rejects.toMatchObject({ cause: { type: 'UNKNOWN_TOPIC_OR_PARTITION' } })
  })

  it('describes the cluster', async () => {
    const { brokers, controller, clusterId } = await session.admin.describeCluster()
    expect(brokers).toHaveLength(count)
    expect(brokers.map(({ nodeId }) => nodeId)).toContain(controller)
    expect(clusterId).toMatch(/^[\w-]{22}$/)
  })

  it('describes configs with value and source', async () => {
    const topic = uniqueName('configured')
    const configEntries = [{ name: 'retention.ms', value: '1234567' }]
    await session.admin.createTopics({ topics: [{ topic, configEntries }] })
    const { resources } = await session.admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    })
    const entry = (name: string): unknown =>
      resources[0]!.configEntries.find(({ configName }) => configName === name)
    expect(entry('retention.ms')).toMatchObject({
      configValue: '1234567',
      configSource: ConfigSource.TOPIC_CONFIG,
      readOnly: false,
    })
    expect(entry('cleanup.policy')).toMatchObject({
      configValue: 'delete',
      configSource: ConfigSource.DEFAULT_CONFIG,
    })
  })

  it('fetches, sets and resets the offsets of groups', async () => {
    const topic = await session.newTopic(2)
    const [set, reset] = [uniqueName('group'), uniqueName('group')]
    const offsets = async (groupId: string): Promise<string[]> => {
      const [fetched] = await session.admin.fetchOffsets({ groupId, topics: [topic] })
      const byNumber = fetched!.partitions.toSorted((a, b) => a.partition - b.partition)
      return byNumber.map(({ offset }) => offset)
    }
    expect(await offsets(set)).toEqual(['-1', '-1'])
    // Either takes kafkajs five seconds, on any broker: it waits like a consumer without data.
    await Promise.all([
      session.admin.setOffsets({
        groupId: set,
        topic,
        partitions: [{ partition: 0, offset: '7' }],
      }),
      session.admin.resetOffsets({ groupId: reset, topic, earliest: true }),
    ])
    expect(await offsets(set)).toEqual(['7', '-1'])
    expect(await offsets(reset)).toEqual(['-2', '-2'])
  })

  it('finds offsets by timestamp', async () => {
    const topic = await session.newTopic()
    const day = (number: number): string => String(Date.UTC(2024, 0, number))
    for (const number of [1, 2, 3]) {
      await session.producer.send({ topic, messages: [{ value: 'x', timestamp: day(number) }] })
    }
    const offsetAt = async (timestamp: number): Promise<string> => {
      const [found] = await session.admin.fetchTopicOffsetsByTimestamp(topic, timestamp)
      return found!.offset
    }
    expect(await offsetAt(0)).toBe('0')
    expect(await offsetAt(Number(day(2)))).toBe('1')
    expect(await offsetAt(Number(day(2)) + 1)).toBe('2')
    expect(await offsetAt(Number(day(3)) + 1)).toBe('3')
    expect(await session.admin.fetchTopicOffsets(topic)).toEqual([
      { partition: 0, offset: '3', high: '3', low: '0' },
    ])
  })

  it('lists and describes groups', async () => {
    const topic = await session.newTopic()
    const groupId = uniqueName('group')
    const consumer = await session.newConsumer(groupId, topic)
    const joined = assignedPartitions(consumer, topic)
    await consumer.run({ eachMessage: async () => {} })
    await eventually(() => joined()).toEqual([0])
    const { groups } = await session.admin.listGroups()
    expect(groups).toContainEqual({ groupId, protocolType: 'consumer' })
    const describeGroup = async (): Promise<unknown> => {
      const described = await session.admin.describeGroups([groupId])
      return described.groups[0]
    }
    expect(await describeGroup()).toMatchObject({
      groupId,
      state: 'Stable',
      protocol: 'RoundRobinAssigner',
      protocolType: 'consumer',
      members: [{ clientId: 'odradek-test', clientHost: '/127.0.0.1' }],
    })
    await consumer.disconnect()
    expect(await describeGroup()).toMatchObject({ state: 'Empty', members: [] })
  })
})
