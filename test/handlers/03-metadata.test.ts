import { describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { StorageError } from '../../storage/partition-log.ts'
import { RawClient } from '../raw-client.ts'
import { MemoryStorage } from './memory-storage.ts'
import { batchOf } from './batches.ts'
import { fetchFrom, produceTo } from './requests.ts'
import {
  differs,
  latest,
  named,
  newTopic,
  onKafka,
  uniqueName,
  useBroker,
  versionsOf,
} from './wire.ts'

const wire = useBroker()
const unknownId = 'AAAAAAAAAAAAAAAAAAAAAQ'

type Request = Input<typeof metadata.request>
type Response = Infer<typeof metadata.response>

function ask(version: number, request: Request, client = wire.client): Promise<Response> {
  return client.request(metadata, version, request)
}

const byName = (...names: string[]): Request => ({
  topics: names.map(name => ({ name })),
  allowAutoTopicCreation: false,
})
const byId = (...ids: string[]): Request => ({
  topics: ids.map(topicId => ({ topicId, name: null })),
  allowAutoTopicCreation: false,
})

const nodeOf = async (): Promise<number> => (await ask(1, byName())).brokers[0]!.nodeId

describe('Metadata', () => {
  it.each(versionsOf(metadata))('v%i of a topic', async version => {
    const topic = await wire.newTopic({ partitions: 3 })
    const nodeId = await nodeOf()
    const response = await ask(version, byName(topic.name))
    const [host, port] = wire.bootstrapServers.split(':')
    expect(response.brokers).toEqual([{ nodeId, host, port: Number(port), rack: null }])
    expect(response.controllerId).toBe(version < 1 ? -1 : nodeId)
    expect(response.clusterId).toEqual(version < 2 ? null : expect.stringMatching(/^[\w-]{22}$/))
    expect(response.errorCode).toBe(0)
    const partitions = response.topics[0]!.partitions.toSorted(
      (a, b) => a.partitionIndex - b.partitionIndex,
    )
    expect(response.topics).toEqual([
      {
        errorCode: 0,
        name: topic.name,
        topicId: version < 10 ? zeroUuid : topic.id,
        isInternal: false,
        partitions: expect.anything(),
        topicAuthorizedOperations: -(2 ** 31),
      },
    ])
    expect(partitions).toEqual(
      [0, 1, 2].map(partitionIndex => ({
        errorCode: 0,
        partitionIndex,
        leaderId: nodeId,
        leaderEpoch: version < 7 ? -1 : 0,
        replicaNodes: [nodeId],
        isrNodes: [nodeId],
        offlineReplicas: [],
      })),
    )
  })

  it.each(versionsOf(metadata))('v%i of all topics, or of none', async version => {
    const topics = [await wire.newTopic(), await wire.newTopic()]
    const all = await ask(version, { topics: version === 0 ? [] : null })
    const names = all.topics.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(topics.map(({ name }) => name)))
    expect(new Set(names).size).toBe(names.length)
    if (version > 0) expect((await ask(version, { topics: [] })).topics).toEqual([])
  })

  it.each(versionsOf(metadata))('v%i marks internal topics', async version => {
    const internal = '__consumer_offsets'
    // A run before, or Apache Kafka itself, may have created it.
    await newTopic(wire.client, { name: internal }).catch(() => {})
    const { topics } = await ask(version, byName(internal))
    expect(topics).toMatchObject([{ errorCode: 0, isInternal: version > 0 }])
  })

  it.each(versionsOf(metadata, { since: 8 }))('v%i tells what a client may do', async version => {
    const topic = await wire.newTopic()
    const answer = await ask(version, {
      ...byName(topic.name),
      includeTopicAuthorizedOperations: true,
      includeClusterAuthorizedOperations: true,
    })
    // The bits of READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS.
    expect(answer.topics[0]!.topicAuthorizedOperations).toBe(0b0_1101_1111_1000)
    // All but READ, WRITE and DELETE, which clusters do not know.
    const ofCluster = 0b1_1111_1010_0000
    expect(answer.clusterAuthorizedOperations).toBe(version < 11 ? ofCluster : -(2 ** 31))
  })
})

describe('Metadata of what does not exist', () => {
  it.each(versionsOf(metadata))('v%i', async version => {
    const [topic, missing] = [await wire.newTopic(), uniqueName()]
    const names = [missing, topic.name, 'a/b', '', '..', 'x'.repeat(250)]
    // Before v4, topics that are asked for are created.
    const asked = version < 4 ? names.slice(1) : names
    const { topics } = await ask(version, byName(...asked))
    const answers = new Map(topics.map(answer => [answer.name, named(answer).error]))
    const error = 'UNKNOWN_TOPIC_OR_PARTITION'
    expect(answers).toEqual(
      new Map([
        [topic.name, 'NONE'],
        ['a/b', 'INVALID_TOPIC_EXCEPTION'],
        ['', 'INVALID_TOPIC_EXCEPTION'],
        ['..', 'INVALID_TOPIC_EXCEPTION'],
        ['x'.repeat(250), 'INVALID_TOPIC_EXCEPTION'],
        ...(version < 4 ? [] : [[missing, error] as const]),
      ] as const),
    )
  })
})

describe('Metadata by topic id (KIP-516)', () => {
  it.each(versionsOf(metadata, { since: 12 }))('v%i', async version => {
    const topics = [await wire.newTopic(), await wire.newTopic({ partitions: 2 })]
    const answer = await ask(version, byId(...topics.map(({ id }) => id), unknownId))
    const answers = answer.topics.map(topic =>
      [topic.topicId, topic.name, named(topic).error, topic.partitions.length].join(' '),
    )
    expect(answers.toSorted()).toEqual(
      [
        `${topics[0]!.id} ${topics[0]!.name} NONE 1`,
        `${topics[1]!.id} ${topics[1]!.name} NONE 2`,
        `${unknownId}  UNKNOWN_TOPIC_ID 0`,
      ].toSorted(),
    )
  })

  it.each(versionsOf(metadata, { since: 12 }))(
    'v%i, which counts more than a name',
    async version => {
      const topic = await wire.newTopic()
      const answers = await ask(version, {
        topics: [
          { topicId: topic.id, name: 'another' },
          { topicId: unknownId, name: topic.name },
        ],
      })
      expect(
        answers.topics.map(({ name, topicId, errorCode }) => [name, topicId, errorCode]),
      ).toEqual(
        expect.arrayContaining([
          [topic.name, topic.id, errors.NONE],
          [null, unknownId, errors.UNKNOWN_TOPIC_ID],
        ]),
      )
    },
  )

  it.each(versionsOf(metadata, { since: 10, until: 11 }))('v%i does not know it', async version => {
    const topic = await wire.newTopic()
    for (const request of [
      byId(topic.id),
      byId(zeroUuid),
      { topics: [{ topicId: topic.id, name: topic.name }] },
    ]) {
      const { topics, brokers } = await ask(version, request)
      expect(topics.map(named)).toMatchObject([{ error: 'INVALID_REQUEST', partitions: [] }])
      expect(brokers).toEqual([])
    }
  })

  it.each(versionsOf(metadata, { since: 12 }))('v%i of neither a name nor an id', async version => {
    const { topics } = await ask(version, byId(zeroUuid))
    const error = differs({ here: 'INVALID_REQUEST', kafka: 'UNKNOWN_SERVER_ERROR' })
    expect(topics.map(named)).toMatchObject([{ error, partitions: [] }])
  })
})

describe('Metadata creates topics that it is asked for', () => {
  it.each(versionsOf(metadata))('v%i', async version => {
    const name = uniqueName()
    const [answer] = (await ask(version, { topics: [{ name }] })).topics
    // Apache Kafka lets the client ask again.
    const error = differs({ here: 'NONE', kafka: 'UNKNOWN_TOPIC_OR_PARTITION' })
    expect(named(answer!)).toMatchObject({ error, name })
    expect(answer!.partitions).toHaveLength(differs({ here: 1, kafka: 0 }))
  })

  it.each(versionsOf(metadata, { since: 4 }))('v%i, but not against its will', async version => {
    const name = uniqueName()
    for (let i = 0; i < 2; i++) {
      const { topics } = await ask(version, byName(name))
      expect(topics.map(named)).toMatchObject([{ error: 'UNKNOWN_TOPIC_OR_PARTITION', name }])
    }
  })

  it('and names each once, whoever else asks for it', async () => {
    const name = uniqueName()
    const clients = await Promise.all([wire.connect(), wire.connect(), wire.connect()])
    const topics = [{ name }, { name }]
    const answers = await Promise.all(clients.map(client => ask(12, { topics }, client)))
    for (const answer of answers) expect(answer.topics).toMatchObject([{ name }])
    const ids = new Set(answers.map(answer => answer.topics[0]!.topicId))
    if (!onKafka) expect(ids.size).toBe(1)
  })

  it.skipIf(onKafka)('usable at once (skipped on Apache Kafka: soon)', async () => {
    const name = uniqueName()
    const { topics } = await ask(12, { topics: [{ name }] })
    const topic = { name, id: topics[0]!.topicId }
    expect(await produceTo(wire.client, topic, batchOf(['one']))).toMatchObject({ error: 'NONE' })
    expect(await fetchFrom(wire.client, topic)).toMatchObject({ error: 'NONE', highWatermark: 1 })
  })

  it.each(['a/b', '..', 'x'.repeat(250), 'ä', ''])('but none named %s', async name => {
    const { topics } = await ask(12, { topics: [{ name }] })
    expect(topics.map(named)).toMatchObject([{ error: 'INVALID_TOPIC_EXCEPTION', name }])
  })

  it("but not the log of Kafka's controllers", async () => {
    const { topics } = await ask(12, { topics: [{ name: '__cluster_metadata' }] })
    expect(topics.map(named)).toMatchObject([{ error: 'UNKNOWN_TOPIC_OR_PARTITION' }])
    await expect(wire.newTopic({ name: '__cluster_metadata' })).rejects.toThrow('INVALID_REQUEST')
  })

  it('but not one that differs from another in . and _ only', async () => {
    const { name } = await wire.newTopic({ name: `${uniqueName()}.a_b` })
    const twin = name.replace('.a_b', '_a.b')
    const { topics } = await ask(12, { topics: [{ name: twin }] })
    const error = differs({ here: 'INVALID_TOPIC_EXCEPTION', kafka: 'UNKNOWN_TOPIC_OR_PARTITION' })
    expect(topics.map(named)).toMatchObject([{ error, name: twin, partitions: [] }])
  })
})

describe.skipIf(onKafka)(
  'a broker that creates no topics (skipped on Apache Kafka: has its own configs)',
  () => {
    const strict = useBroker({ 'auto.create.topics.enable': false, 'num.partitions': 3 })

    it('says so, in every version', async () => {
      const name = uniqueName()
      for (const version of versionsOf(metadata)) {
        const { topics } = await ask(version, { topics: [{ name }] }, strict.client)
        expect(topics.map(named)).toMatchObject([{ error: 'UNKNOWN_TOPIC_OR_PARTITION', name }])
      }
    })
  },
)

describe.skipIf(onKafka)(
  'a broker with too large a default.replication.factor (skipped on Apache Kafka: has its own)',
  () => {
    const alone = useBroker({ 'default.replication.factor': 2 })

    it('says so, where Apache Kafka lets its clients ask for ever', async () => {
      const { topics } = await ask(12, { topics: [{ name: uniqueName() }] }, alone.client)
      expect(topics.map(named)).toMatchObject([{ error: 'INVALID_REPLICATION_FACTOR' }])
    })
  },
)

describe.skipIf(onKafka)(
  'a broker with num.partitions (skipped on Apache Kafka: has its own)',
  () => {
    const three = useBroker({ 'num.partitions': 3 })

    it('creates topics with so many', async () => {
      const { topics } = await ask(12, { topics: [{ name: uniqueName() }] }, three.client)
      expect(topics[0]!.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([0, 1, 2])
    })
  },
)

describe.skipIf(onKafka)(
  'Metadata while a topic is broken (skipped on Apache Kafka: its own storage)',
  () => {
    it('tells of that one, and of all others', async () => {
      const storage = new MemoryStorage()
      const before = await storage.start()
      const names = ['first', 'broken', 'last']
      {
        await using client = await RawClient.connect(before.bootstrapServers)
        for (const name of names) await newTopic(client, { name })
      }
      await before.close()
      const { logs } = storage
      storage.logs = {
        ...logs,
        open: async (id, config) => {
          if (id.topic === 'broken') throw new StorageError('damaged')
          return logs.open(id, config)
        },
      }
      const after = await storage.start()
      await using client = await RawClient.connect(after.bootstrapServers)
      const { topics } = await ask(latest(metadata), { topics: null }, client)
      expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual(
        names.toSorted().map(name => [name, errors.NONE]),
      )
      for (const { name, partitions } of topics) {
        const isBroken = name === 'broken'
        expect(partitions.map(named)).toMatchObject([
          {
            error: isBroken ? 'LEADER_NOT_AVAILABLE' : 'NONE',
            leaderId: isBroken ? -1 : 0,
            isrNodes: isBroken ? [] : [0],
            offlineReplicas: isBroken ? [0] : [],
          },
        ])
      }
      await after.close()
    })
  },
)
