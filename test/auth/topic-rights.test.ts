/** What clients learn of topics, and may change, by ACLs; on Apache Kafka the same. */
import { describe, expect, it } from 'vitest'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import { createPartitions } from '../../protocol/apis/37-create-partitions.ts'
import { describeCluster } from '../../protocol/apis/60-describe-cluster.ts'
import { describeProducers } from '../../protocol/apis/61-describe-producers.ts'
import { describeTopicPartitions } from '../../protocol/apis/75-describe-topic-partitions.ts'
import type { Input } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { latest, named, newTopic, partitionsOf, uniqueName, versionsOf } from '../handlers/wire.ts'
import { useGuardedBroker } from './guarded-broker.ts'

const broker = useGuardedBroker()
const unknownId = 'AAAAAAAAAAAAAAAAAAAADQ'
const notAsked = -(2 ** 31)

/** Bits of Kafka's AclOperation. */
const bits = (...operations: number[]): number =>
  operations.reduce((field, operation) => field | (1 << operation), 0)

describe('Metadata', () => {
  async function ask(request: Input<typeof metadata.request>, version = latest(metadata)) {
    const { topics } = await broker.alice.request(metadata, version, request)
    return topics
      .map(named)
      .toSorted((a, b) => ((a.name ?? a.topicId) < (b.name ?? b.topicId) ? -1 : 1))
  }

  it.each(versionsOf(metadata))('v%i lists what there is to see', async version => {
    const [seen, hidden] = [await newTopic(broker.root), await newTopic(broker.root)]
    await broker.allow(`describe topic ${seen.name}`)
    const names = (await ask({ topics: version === 0 ? [] : null }, version)).map(
      ({ name }) => name,
    )
    expect(names).toContain(seen.name)
    expect(names).not.toContain(hidden.name)
  })

  it.each(versionsOf(metadata))('v%i does not tell whether a topic exists', async version => {
    const hidden = await newTopic(broker.root)
    for (const name of [hidden.name, uniqueName()]) {
      const [answer] = await ask({ topics: [{ name }], allowAutoTopicCreation: true }, version)
      expect(answer).toMatchObject({
        error: 'TOPIC_AUTHORIZATION_FAILED',
        name,
        topicId: zeroUuid,
        partitions: [],
        topicAuthorizedOperations: notAsked,
      })
    }
    expect(await partitionsOf(broker.root, hidden.name)).toBe(1)
  })

  it('tells by an id that there is a topic, but not its name', async () => {
    const [seen, hidden] = [await newTopic(broker.root), await newTopic(broker.root)]
    await broker.allow(`read topic ${seen.name}`)
    const ids = [seen.id, hidden.id, unknownId]
    const topics = ids.map(topicId => ({ name: null, topicId }))
    const answers = await ask({ topics, includeTopicAuthorizedOperations: true })
    const byId = new Map(answers.map(answer => [answer.topicId, answer]))
    expect(byId.get(seen.id)).toMatchObject({ error: 'NONE', name: seen.name })
    const nameless = { name: null, topicAuthorizedOperations: notAsked }
    expect(byId.get(hidden.id)).toMatchObject({ error: 'TOPIC_AUTHORIZATION_FAILED', ...nameless })
    expect(byId.get(unknownId)).toMatchObject({ error: 'UNKNOWN_TOPIC_ID', ...nameless })
  })

  it.each(['create topic *', 'create cluster kafka-cluster'])(
    'creates a topic for who may %s',
    async right => {
      const name = uniqueName()
      await broker.allow(`describe topic ${name}`)
      const request = { topics: [{ name }], allowAutoTopicCreation: true }
      expect(await ask(request)).toMatchObject([{ error: 'TOPIC_AUTHORIZATION_FAILED', name }])
      expect(await partitionsOf(broker.root, name)).toBeUndefined()
      const missing = { ...request, allowAutoTopicCreation: false }
      expect(await ask(missing)).toMatchObject([{ error: 'UNKNOWN_TOPIC_OR_PARTITION', name }])
      await broker.allow(right)
      while ((await ask(request))[0]!.error !== 'NONE');
      expect(await partitionsOf(broker.root, name)).toBe(1)
    },
  )

  it('tells who may not create topics nothing of their names either', async () => {
    await broker.allow('describe topic *')
    const request = { topics: [{ name: 'a/b' }], allowAutoTopicCreation: true }
    expect(await ask(request)).toMatchObject([{ error: 'TOPIC_AUTHORIZATION_FAILED' }])
    await broker.allow('create topic *')
    expect(await ask(request)).toMatchObject([{ error: 'INVALID_TOPIC_EXCEPTION' }])
  })

  it('tells what may be done to topics and the cluster', async () => {
    const { name } = await newTopic(broker.root)
    const request = {
      topics: [{ name }],
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
      allowAutoTopicCreation: false,
    }
    await broker.allow(`write topic ${name}`, `alterConfigs topic ${name}`)
    await broker.allow('create cluster kafka-cluster')
    const before = await broker.alice.request(metadata, 10, request)
    expect(before.topics[0]!.topicAuthorizedOperations).toBe(bits(4, 8, 10, 11))
    expect(before.clusterAuthorizedOperations).toBe(0)
    await broker.allow('describe cluster kafka-cluster')
    await broker.deny(`alterConfigs topic ${name}`)
    const after = await broker.alice.request(metadata, 10, request)
    // A permission that is denied may still imply another one.
    expect(after.topics[0]!.topicAuthorizedOperations).toBe(bits(4, 8, 10))
    expect(after.clusterAuthorizedOperations).toBe(bits(5, 8))
    const cluster = { includeClusterAuthorizedOperations: true }
    const described = await broker.alice.request(describeCluster, latest(describeCluster), cluster)
    expect(described.clusterAuthorizedOperations).toBe(bits(5, 8))
  })
})

describe('DescribeTopicPartitions', () => {
  async function ask(request: Input<typeof describeTopicPartitions.request>) {
    const answer = await broker.alice.request(describeTopicPartitions, 0, request)
    return { ...answer, topics: answer.topics.map(named) }
  }

  it('lists what there is to see', async () => {
    const [seen, hidden] = [await newTopic(broker.root), await newTopic(broker.root)]
    await broker.allow(`alter topic ${seen.name}`)
    const { topics } = await ask({ topics: [] })
    const told = topics.find(({ name }) => name === seen.name)
    expect(told).toMatchObject({ error: 'NONE', topicAuthorizedOperations: bits(7, 8) })
    expect(topics.some(({ name }) => name === hidden.name)).toBe(false)
  })

  it('tells last, on each page, of those that are not to be seen', async () => {
    const seen = [
      await newTopic(broker.root, { name: `b-${uniqueName()}`, partitions: 2 }),
      await newTopic(broker.root, { name: `c-${uniqueName()}` }),
    ]
    const hidden = await newTopic(broker.root, { name: `d-${uniqueName()}` })
    const missing = `e-${uniqueName()}`
    await broker.allow(...seen.map(({ name }) => `describe topic ${name}`))
    const topics = [...seen, hidden, { name: missing }].map(({ name }) => ({ name }))
    const refusals = [hidden.name, missing].map(name => ({
      error: 'TOPIC_AUTHORIZATION_FAILED',
      name,
      topicId: zeroUuid,
      isInternal: false,
      partitions: [],
      topicAuthorizedOperations: notAsked,
    }))
    const first = await ask({ topics, responsePartitionLimit: 1 })
    expect(first.topics[0]).toMatchObject({ error: 'NONE', name: seen[0]!.name })
    expect(first.topics.slice(1).toSorted(byName)).toEqual(refusals)
    expect(first.nextCursor).toEqual({ topicName: seen[0]!.name, partitionIndex: 1 })
    const second = await ask({ topics, responsePartitionLimit: 2, cursor: first.nextCursor })
    expect(second.topics.slice(0, 2).map(({ name }) => name)).toEqual(seen.map(({ name }) => name))
    expect(second.topics.slice(2).toSorted(byName)).toEqual(refusals)
    expect(second.nextCursor).toBeNull()
  })
})

const byName = (a: { name: string | null }, b: { name: string | null }): number =>
  a.name! < b.name! ? -1 : 1

it('ListOffsets refuses topics one by one', async () => {
  const [seen, hidden] = [await newTopic(broker.root), await newTopic(broker.root)]
  await broker.allow(`describe topic ${seen.name}`)
  const partitions = [{ partitionIndex: 0, timestamp: -1 }]
  const topics = [hidden, seen, { name: uniqueName() }].map(({ name }) => ({ name, partitions }))
  const answer = await broker.alice.request(listOffsets, 7, { replicaId: -1, topics })
  const errors = new Map(answer.topics.map(({ name, partitions: told }) => [name, named(told[0]!)]))
  expect(errors.get(seen.name)).toMatchObject({ error: 'NONE', offset: 0 })
  for (const { name } of [hidden, topics[2]!]) {
    const refusal = { error: 'TOPIC_AUTHORIZATION_FAILED', offset: -1, timestamp: -1 }
    expect(errors.get(name)).toMatchObject(refusal)
  }
})

describe('CreateTopics', () => {
  async function create(...names: string[]) {
    const topics = names.map(name => {
      return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    })
    const answer = await broker.alice.request(createTopics, latest(createTopics), { topics })
    return new Map(answer.topics.map(topic => [topic.name, named(topic)]))
  }

  it('refuses topics one by one, after what is wrong with the request', async () => {
    const [mine, other, twice] = [`mine-${uniqueName()}`, uniqueName(), uniqueName()]
    await broker.allow('create topic mine-…')
    const answers = await create(mine, other, twice, twice, '__cluster_metadata')
    expect(answers.get(mine)?.error).toBe('NONE')
    expect(answers.get(other)).toMatchObject({
      error: 'TOPIC_AUTHORIZATION_FAILED',
      errorMessage: 'Authorization failed.',
    })
    expect(answers.get(twice)?.error).toBe('INVALID_REQUEST')
    expect(answers.get('__cluster_metadata')?.error).toBe('INVALID_REQUEST')
    expect(await partitionsOf(broker.root, other)).toBeUndefined()
  })

  it('tells of configs only who may see them', async () => {
    await broker.allow('create cluster kafka-cluster')
    const name = uniqueName()
    expect((await create(name)).get(name)).toMatchObject({
      error: 'NONE',
      topicConfigErrorCode: 29,
      numPartitions: -1,
      replicationFactor: -1,
      configs: [],
    })
    await broker.allow('describeConfigs topic *')
    const other = uniqueName()
    const answer = (await create(other)).get(other)!
    expect(answer).toMatchObject({ topicConfigErrorCode: 0, numPartitions: 1 })
    expect(answer.configs!.length).toBeGreaterThan(20)
  })
})

describe('DeleteTopics', () => {
  async function remove(...topics: { name: string | null; topicId: string }[]) {
    const request = { topics, timeoutMs: 30_000 }
    return (await broker.alice.request(deleteTopics, 6, request)).responses.map(named)
  }
  const refusal = {
    error: 'TOPIC_AUTHORIZATION_FAILED',
    errorMessage: expect.any(String),
  }

  it('does not tell whether there is a topic, or what one is called', async () => {
    const { name, id } = await newTopic(broker.root)
    expect(await remove({ name, topicId: zeroUuid })).toEqual([
      { ...refusal, name, topicId: zeroUuid },
    ])
    const missing = uniqueName()
    expect(await remove({ name: missing, topicId: zeroUuid })).toEqual([
      { ...refusal, name: missing, topicId: zeroUuid },
    ])
    expect(await remove({ name: null, topicId: id })).toEqual([
      { ...refusal, name: null, topicId: id },
    ])
    expect(await remove({ name: null, topicId: unknownId })).toMatchObject([
      { error: 'UNKNOWN_TOPIC_ID', name: null },
    ])
  })

  it('refuses who may only see a topic', async () => {
    const { name, id } = await newTopic(broker.root)
    await broker.allow('describe topic *')
    expect(await remove({ name, topicId: zeroUuid })).toEqual([
      { ...refusal, name, topicId: zeroUuid },
    ])
    expect(await remove({ name: null, topicId: id })).toEqual([{ ...refusal, name, topicId: id }])
    expect(await remove({ name: uniqueName(), topicId: zeroUuid })).toMatchObject([
      { error: 'UNKNOWN_TOPIC_OR_PARTITION' },
    ])
    expect(await partitionsOf(broker.root, name)).toBe(1)
  })

  it('deletes by id what the client may delete but not see', async () => {
    const { name, id } = await newTopic(broker.root)
    await broker.allow(`delete topic ${name}`)
    await broker.deny(`describe topic ${name}`)
    expect(await remove({ name, topicId: zeroUuid })).toMatchObject([refusal])
    expect(await remove({ name: null, topicId: id })).toMatchObject([{ error: 'NONE', name }])
  })

  it.each(['delete topic *', 'delete cluster kafka-cluster'])('deletes with %s', async right => {
    const { name } = await newTopic(broker.root)
    await broker.allow(right)
    expect(await remove({ name, topicId: zeroUuid })).toMatchObject([{ error: 'NONE', name }])
  })
})

it('DeleteRecords refuses topics one by one', async () => {
  const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
  await broker.allow(`delete topic ${mine.name}`)
  const partitions = [{ partitionIndex: 0, offset: 0 }]
  const topics = [mine, other, { name: uniqueName() }].map(({ name }) => ({ name, partitions }))
  const answer = await broker.alice.request(deleteRecords, 2, { topics, timeoutMs: 30_000 })
  const errors = new Map(answer.topics.map(({ name, partitions: [told] }) => [name, named(told!)]))
  expect(errors.get(mine.name)).toMatchObject({ error: 'NONE', lowWatermark: 0 })
  for (const { name } of topics.slice(1)) {
    const refusal = { error: 'TOPIC_AUTHORIZATION_FAILED', lowWatermark: -1 }
    expect(errors.get(name)).toMatchObject(refusal)
  }
})

it('CreatePartitions refuses topics one by one, and first those that are named twice', async () => {
  const [mine, other, twice] = [
    await newTopic(broker.root),
    await newTopic(broker.root),
    await newTopic(broker.root),
  ]
  await broker.allow(`alter topic ${mine.name}`)
  const topics = [mine, other, twice, twice, { name: uniqueName() }].map(({ name }) => {
    return { name, count: 2, assignments: null }
  })
  const request = { topics, timeoutMs: 30_000, validateOnly: true }
  const { results } = await broker.alice.request(createPartitions, 3, request)
  const answers = new Map(results.map(result => [result.name, named(result)]))
  expect(answers.get(mine.name)?.error).toBe('NONE')
  expect(answers.get(twice.name)?.error).toBe('INVALID_REQUEST')
  for (const name of [other.name, topics[4]!.name]) {
    const refusal = { error: 'TOPIC_AUTHORIZATION_FAILED', errorMessage: null }
    expect(answers.get(name)).toMatchObject(refusal)
  }
})

it('DescribeProducers says first what is wrong with a name', async () => {
  const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
  await broker.allow(`read topic ${mine.name}`)
  const names = [mine.name, other.name, uniqueName(), 'a/b']
  const topics = names.map(name => ({ name, partitionIndexes: [0] }))
  const answer = await broker.alice.request(describeProducers, 0, { topics })
  expect(answer.topics.map(({ partitions }) => named(partitions[0]!).error)).toEqual([
    'NONE',
    'TOPIC_AUTHORIZATION_FAILED',
    'TOPIC_AUTHORIZATION_FAILED',
    'INVALID_TOPIC_EXCEPTION',
  ])
})
