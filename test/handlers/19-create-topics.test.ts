import { describe, expect, it } from 'vitest'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { errorName } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { batchOf } from './batches.ts'
import { fetchFrom, produceTo } from './requests.ts'
import { useThreeBrokers } from './three-brokers.ts'
import {
  latest,
  named,
  nodeIdOf,
  onKafka,
  partitionsOf,
  settle,
  uniqueName,
  useBroker,
  versionsOf,
} from './wire.ts'

const wire = useBroker()

type Request = Input<typeof createTopics.request>
type Wanted = Request['topics'][number]
type Answer = Infer<typeof createTopics.response>['topics'][number]

const plain = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
/** With an assignment, or for the broker's defaults (KIP-464). */
const unsaid = { numPartitions: -1, replicationFactor: -1 }

async function create(
  version: number,
  topics: Partial<Wanted>[],
  validateOnly = false,
): Promise<Answer[]> {
  const wanted = topics.map(topic => ({ name: uniqueName(), ...plain, ...topic }))
  const response = await wire.client.request(createTopics, version, {
    topics: wanted,
    timeoutMs: 30_000,
    validateOnly,
  })
  return response.topics
}

describe('CreateTopics', () => {
  it.each(versionsOf(createTopics))('v%i', async version => {
    const name = uniqueName()
    const [answer] = await create(version, [{ name, numPartitions: 3 }])
    expect(answer).toEqual({
      name,
      topicId: version < 7 ? zeroUuid : expect.stringMatching(/^[\w-]{22}$/),
      errorCode: 0,
      errorMessage: version < 1 ? '' : null,
      topicConfigErrorCode: 0,
      numPartitions: version < 5 ? -1 : 3,
      replicationFactor: version < 5 ? -1 : 1,
      configs: version < 5 ? [] : expect.any(Array),
    })
    if (version >= 7) expect(answer!.topicId).not.toBe(zeroUuid)
    await settle(async () => (await partitionsOf(wire.client, name)) !== undefined)
    expect(await partitionsOf(wire.client, name)).toBe(3)
  })

  it.each(versionsOf(createTopics, { since: 5 }))(
    'v%i tells the configs (KIP-525)',
    async version => {
      const configs = [
        { name: 'retention.ms', value: '5000' },
        { name: 'cleanup.policy', value: 'compact' },
      ]
      const [answer] = await create(version, [{ configs }])
      const told = new Map(answer!.configs!.map(config => [config.name, config]))
      const common = { readOnly: false, isSensitive: false }
      expect(told.get('retention.ms')).toMatchObject({ value: '5000', configSource: 1, ...common })
      expect(told.get('cleanup.policy')).toMatchObject({
        value: 'compact',
        configSource: 1,
        ...common,
      })
      expect(told.get('max.message.bytes')).toMatchObject({
        value: '1048588',
        configSource: 5,
        ...common,
      })
      expect(told.size).toBe(33)
      expect([...told.keys()]).toEqual([...told.keys()].toSorted())
    },
  )

  it.each(versionsOf(createTopics, { since: 1 }))(
    'v%i of validateOnly changes nothing',
    async version => {
      const name = uniqueName()
      for (let i = 0; i < 2; i++) {
        const [answer] = await create(version, [{ name }], true)
        expect(answer!.errorCode).toBe(0)
        // An id that no topic will have.
        if (version >= 7) expect(answer!.topicId).not.toBe(zeroUuid)
        if (version >= 5) expect(answer).toMatchObject({ numPartitions: 1, replicationFactor: 1 })
      }
      expect(await partitionsOf(wire.client, name)).toBeUndefined()
    },
  )

  it.each(versionsOf(createTopics))(
    'v%i of the defaults of the broker (KIP-464)',
    async version => {
      const name = uniqueName()
      const [answer] = await create(version, [{ name, ...unsaid }])
      expect(answer!.errorCode).toBe(0)
      await settle(async () => (await partitionsOf(wire.client, name)) !== undefined)
      expect(await partitionsOf(wire.client, name)).toBe(1)
    },
  )

  it('of an assignment', async () => {
    const brokerIds = [await nodeIdOf(wire.client)]
    const name = uniqueName()
    const assignments = [1, 0, 2].map(partitionIndex => ({ partitionIndex, brokerIds }))
    const [answer] = await create(7, [{ name, ...unsaid, assignments }])
    expect(answer).toMatchObject({ errorCode: 0, numPartitions: 3, replicationFactor: 1 })
    await settle(async () => (await partitionsOf(wire.client, name)) !== undefined)
    expect(await partitionsOf(wire.client, name)).toBe(3)
  })

  it('of nothing is nothing', async () => {
    for (const version of versionsOf(createTopics)) expect(await create(version, [])).toEqual([])
  })

  it.skipIf(onKafka)(
    'is answered when the topic can be used (skipped on Apache Kafka: a bit later)',
    async () => {
      for (let i = 0; i < 10; i++) {
        const [answer] = await create(7, [{ numPartitions: 2 }])
        const topic = { name: answer!.name, id: answer!.topicId }
        const client = await wire.connect()
        const answers = await Promise.all([
          produceTo(client, topic, batchOf(['one']), { partition: 1 }),
          fetchFrom(client, topic, { partition: 1 }),
          produceTo(wire.client, topic, batchOf(['one']), { version: 12 }),
        ])
        expect(answers.map(({ error }) => error)).toEqual(['NONE', 'NONE', 'NONE'])
      }
    },
  )
})

describe('CreateTopics refuses (Kafka: ReplicationControlManager)', () => {
  it.each<[string, Partial<Wanted>, string]>([
    ['no partitions', { numPartitions: 0 }, 'INVALID_PARTITIONS'],
    ['-2 partitions', { numPartitions: -2 }, 'INVALID_PARTITIONS'],
    ['no replicas', { replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
    ['-2 replicas', { replicationFactor: -2 }, 'INVALID_REPLICATION_FACTOR'],
    ['3 replicas on one broker', { replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
    ['neither', { numPartitions: 0, replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
    ['a name with a slash', { name: 'a/b' }, 'INVALID_TOPIC_EXCEPTION'],
    ['a name with a space', { name: 'a b' }, 'INVALID_TOPIC_EXCEPTION'],
    ['a name with a letter that is not ASCII', { name: 'ä' }, 'INVALID_TOPIC_EXCEPTION'],
    ['the name ""', { name: '' }, 'INVALID_TOPIC_EXCEPTION'],
    ['the name "."', { name: '.' }, 'INVALID_TOPIC_EXCEPTION'],
    ['the name ".."', { name: '..' }, 'INVALID_TOPIC_EXCEPTION'],
    ['a name of 250 characters', { name: 'x'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION'],
  ])('%s', async (_, topic, error) => {
    for (const version of versionsOf(createTopics)) {
      const [answer] = await create(version, [topic])
      expect(named(answer!)).toMatchObject({
        error,
        topicId: zeroUuid,
        errorMessage: version < 1 ? '' : expect.stringContaining(' '),
        numPartitions: -1,
        replicationFactor: -1,
        configs: [],
      })
    }
  })

  it.each<[string, string, string | null]>([
    ['unknown', 'no.such.config', '1'],
    ['of the broker', 'log.retention.ms', '1'],
    ['named __proto__', '__proto__', '1'],
    ['named constructor', 'constructor', '1'],
    ['named toString', 'toString', '1'],
    ['without a value', 'retention.ms', null],
    ['with an empty value', 'retention.ms', ''],
    ['that is no number', 'retention.ms', 'soon'],
    ['that is no whole number', 'retention.ms', '1.5'],
    ['beyond 64 bits', 'retention.ms', '9223372036854775808'],
    ['beyond 32 bits', 'segment.bytes', '2147483648'],
    ['below its range', 'segment.bytes', '1048575'],
    ['above its range', 'min.cleanable.dirty.ratio', '1.1'],
    ['that is none of the words', 'cleanup.policy', 'forget'],
    ['that is none of the words in its case', 'message.timestamp.type', 'logappendtime'],
    ['that is no boolean', 'preallocate', 'yes'],
  ])('a config %s', async (_, key, value) => {
    const [answer] = await create(7, [{ configs: [{ name: key, value }] }])
    expect(named(answer!).error).toBe('INVALID_CONFIG')
    expect(answer!.errorMessage).toContain(key)
  })

  it('configs that contradict one another', async () => {
    const configs = [
      { name: 'min.compaction.lag.ms', value: '2' },
      { name: 'max.compaction.lag.ms', value: '1' },
    ]
    expect(named((await create(7, [{ configs }]))[0]!).error).toBe('INVALID_CONFIG')
  })

  it('assignments that cannot be', async () => {
    const here = await nodeIdOf(wire.client)
    const one = (partitionIndex: number, ...brokerIds: number[]) => ({ partitionIndex, brokerIds })
    const invalid: [Partial<Wanted>, string][] = [
      [{ assignments: [one(0, 77)] }, 'INVALID_REPLICA_ASSIGNMENT'],
      [{ assignments: [one(0, here, here)] }, 'INVALID_REPLICA_ASSIGNMENT'],
      [{ assignments: [one(0)] }, 'INVALID_REPLICA_ASSIGNMENT'],
      [{ assignments: [one(0, here), one(2, here)] }, 'INVALID_REPLICA_ASSIGNMENT'],
      [{ assignments: [one(0, here), one(0, here)] }, 'INVALID_REPLICA_ASSIGNMENT'],
      [{ assignments: [one(1, here)] }, 'INVALID_REPLICA_ASSIGNMENT'],
      [{ assignments: [one(-1, here)] }, 'INVALID_REPLICA_ASSIGNMENT'],
      [{ assignments: [one(0, here)], numPartitions: 1 }, 'INVALID_REQUEST'],
      [{ assignments: [one(0, here)], replicationFactor: 1 }, 'INVALID_REQUEST'],
    ]
    for (const [topic, error] of invalid) {
      const [answer] = await create(7, [{ ...unsaid, ...topic }])
      expect(named(answer!)).toMatchObject({ error, errorMessage: expect.any(String) })
    }
  })

  it.each(versionsOf(createTopics))('v%i a topic that exists', async version => {
    const { name } = await wire.newTopic({ partitions: 2 })
    for (const topic of [{}, { numPartitions: 0 }, { configs: [{ name: 'x', value: '1' }] }]) {
      const [answer] = await create(version, [{ name, ...topic }], version > 0)
      expect(named(answer!).error).toBe('TOPIC_ALREADY_EXISTS')
    }
    expect(await partitionsOf(wire.client, name)).toBe(2)
  })

  it('a name that differs from another in . and _ only', async () => {
    const name = `${uniqueName()}.a_b`
    const twin = name.replace('.a_b', '_a.b')
    await wire.newTopic({ name })
    expect((await create(7, [{ name: twin }])).map(named)).toMatchObject([
      { name: twin, error: 'INVALID_TOPIC_EXCEPTION' },
    ])
    const both = [`${uniqueName()}.x`].flatMap(first => [first, first.replace('.x', '_x')])
    const answers = await create(
      7,
      both.map(twinName => ({ name: twinName })),
    )
    // The topics of one request are not compared.
    expect(answers.map(answer => named(answer).error)).toEqual(['NONE', 'NONE'])
  })

  it("the log of Kafka's controllers, and nothing else", async () => {
    const answers = await create(7, [{ name: '__cluster_metadata' }, {}], true)
    expect(answers.map(answer => named(answer).error).toSorted()).toEqual([
      'INVALID_REQUEST',
      'NONE',
    ])
  })

  it('configs without values, all of them by name', async () => {
    const configs = ['retention.ms', 'no.such.config'].map(name => ({ name, value: null }))
    const [answer] = await create(7, [{ configs, numPartitions: 0 }])
    expect(named(answer!)).toMatchObject({
      error: 'INVALID_CONFIG',
      errorMessage: 'Null value not supported for topic configs: retention.ms,no.such.config',
    })
  })

  it.each([0, -1])('everything that has %i ms of time', async timeoutMs => {
    const names = [uniqueName(), uniqueName(), 'a/b', '__cluster_metadata']
    for (const version of versionsOf(createTopics)) {
      const { topics } = await wire.client.request(createTopics, version, {
        topics: [...names, names[0]!].map(name => ({ name, ...plain })),
        timeoutMs,
      })
      expect(topics.map(answer => `${answer.name} ${named(answer).error}`)).toEqual(
        [...names, names[0]!].map(name => `${name} REQUEST_TIMED_OUT`),
      )
    }
    expect(await partitionsOf(wire.client, names[0]!)).toBeUndefined()
  })

  it('a name that the request has twice, and nothing else', async () => {
    const [name, other] = [uniqueName(), uniqueName()]
    for (const version of versionsOf(createTopics)) {
      const answers = await create(version, [{ name }, { name: `${other}-${version}` }, { name }])
      expect(
        new Set(answers.map(answer => `${answer.name} ${errorName(answer.errorCode)}`)),
      ).toEqual(new Set([`${name} INVALID_REQUEST`, `${other}-${version} NONE`]))
      expect(answers).toHaveLength(2)
    }
    expect(await partitionsOf(wire.client, name)).toBeUndefined()
  })

  it.each<[string, Partial<Wanted>[], string[]]>([
    ['10,001 partitions', [{ numPartitions: 10_001 }], ['POLICY_VIOLATION']],
    ['as many as there can be', [{ numPartitions: 2 ** 31 - 1 }], ['POLICY_VIOLATION']],
    ['a topic and 9999 partitions', [{ numPartitions: 9999 }], ['NONE']],
    ['a topic and 10,000 partitions', [{ numPartitions: 10_000 }], ['POLICY_VIOLATION']],
    [
      'a topic, a config and 9998 partitions',
      [{ numPartitions: 9998, configs: [{ name: 'retention.ms', value: '5' }] }],
      ['NONE'],
    ],
    [
      'a topic, a config and 9999 partitions',
      [{ numPartitions: 9999, configs: [{ name: 'retention.ms', value: '5' }] }],
      ['POLICY_VIOLATION'],
    ],
    [
      'two topics and 9998 partitions',
      [{ numPartitions: 4999 }, { numPartitions: 4999 }],
      ['NONE', 'NONE'],
    ],
    [
      'two topics and 9999 partitions',
      [{ numPartitions: 4999 }, { numPartitions: 5000 }],
      ['POLICY_VIOLATION', 'POLICY_VIOLATION'],
    ],
    [
      '20,000 partitions of a name that cannot be',
      [{ numPartitions: 20_000, name: 'a/b' }, {}],
      ['POLICY_VIOLATION', 'POLICY_VIOLATION'],
    ],
    [
      '-5000 and 10,001 partitions',
      [{ numPartitions: -5000 }, { numPartitions: 10_001 }],
      ['POLICY_VIOLATION', 'POLICY_VIOLATION'],
    ],
    [
      '10,000 partitions without replicas',
      [{ numPartitions: 10_000, replicationFactor: 0 }],
      ['INVALID_REPLICATION_FACTOR'],
    ],
    [
      '20,000 partitions of a name that is there twice',
      [
        { numPartitions: 20_000, name: 'twice' },
        { numPartitions: 20_000, name: 'twice' },
      ],
      ['INVALID_REQUEST'],
    ],
  ])('more than 10,000 records: %s', async (_, topics, errors) => {
    const answers = await create(7, topics, true)
    expect(answers.map(answer => named(answer).error)).toEqual(errors)
    for (const { errorCode, errorMessage } of answers) {
      expect(errorMessage).toEqual(errorCode === 0 ? null : expect.stringContaining(' '))
    }
  })
})

describe('CreateTopics takes', () => {
  it.each([
    ['the longest name', { name: uniqueName().padEnd(249, 'x') }],
    ['a config with spaces around it', { configs: [{ name: 'retention.ms', value: ' 5 ' }] }],
    ['no limit', { configs: [{ name: 'retention.ms', value: '-1' }] }],
    ['several words', { configs: [{ name: 'cleanup.policy', value: 'delete, compact' }] }],
    ['no words', { configs: [{ name: 'cleanup.policy', value: '' }] }],
  ])('%s', async (_, topic) => {
    expect((await create(latest(createTopics), [topic])).map(named)).toMatchObject([
      { error: 'NONE' },
    ])
  })

  it('the last of several values of a config', async () => {
    const configs = ['1000', '2000'].map(value => ({ name: 'retention.ms', value }))
    const [answer] = await create(7, [{ configs }])
    const told = answer!.configs!.find(({ name }) => name === 'retention.ms')
    expect(told).toMatchObject({ value: '2000', configSource: 1 })
  })
})

describe.skipIf(onKafka)('CreateTopics on three brokers (skipped on Apache Kafka)', () => {
  const brokers = useThreeBrokers()

  const assign = async (...assignments: number[][]): Promise<Answer> => {
    const { topics } = await brokers.clientOf(6).request(createTopics, 7, {
      topics: [
        {
          name: uniqueName(),
          ...unsaid,
          assignments: assignments.map((brokerIds, partitionIndex) => {
            return { partitionIndex, brokerIds }
          }),
          configs: [],
        },
      ],
    })
    return topics[0]!
  }

  it('puts replicas where it is told; the first one leads', async () => {
    const answer = await assign([7, 5], [6, 7])
    expect(answer).toMatchObject({ errorCode: 0, numPartitions: 2, replicationFactor: 2 })
    const topic = { name: answer.name, id: answer.topicId }
    expect(await brokers.partitionsOf(topic)).toMatchObject([
      { leaderId: 7, replicaNodes: [7, 5], isrNodes: [7, 5] },
      { leaderId: 6, replicaNodes: [6, 7], isrNodes: [6, 7] },
    ])
  })

  it.each<[string, number[][]]>([
    ['fewer replicas than before', [[7, 5], [6]]],
    ['more replicas than before', [[7], [6, 5]]],
    ['a broker twice', [[7, 7]]],
    ['a broker that there is not', [[7, 8]]],
    ['nobody', [[]]],
  ])('refuses an assignment to %s', async (_, assignments) => {
    expect(named(await assign(...assignments))).toMatchObject({
      error: 'INVALID_REPLICA_ASSIGNMENT',
      errorMessage: expect.stringContaining('assignment'),
    })
  })
})
