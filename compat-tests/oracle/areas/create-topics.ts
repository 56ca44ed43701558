import { metadata } from '../../../protocol/apis/03-metadata.ts'
import { createTopics } from '../../../protocol/apis/19-create-topics.ts'
import type { Input } from '../../../protocol/schema.ts'
import { scenarios } from '../scenario.ts'
import type { Session } from '../session.ts'

type Request = Input<typeof createTopics.request>
type NewTopic = Request['topics'][number]
type Create = Session<Request>

function request(topics: readonly NewTopic[], fields: Partial<Request> = {}): Request {
  return { topics, ...fields }
}

function topic(name: string, fields: Partial<NewTopic> = {}): NewTopic {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...fields }
}

function one(fields: Partial<NewTopic>, more: Partial<Request> = {}) {
  return (s: Create): Request => request([topic(s.name(), fields)], more)
}

function named(name: string) {
  return (): Request => request([topic(name)])
}

function withConfigs(...configs: [name: string, value: string | null][]) {
  return one({ configs: configs.map(([name, value]) => ({ name, value })) })
}

function assigned(...assignments: [partitionIndex: number, brokerIds: number[]][]) {
  return one({
    numPartitions: -1,
    replicationFactor: -1,
    assignments: assignments.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
  })
}

/** What Metadata says of a topic once it is there. */
async function see(s: Create, name: string, partitions: number): Promise<void> {
  await s.usable(name, partitions)
  await s.also(metadata, { topics: [{ name }], allowAutoTopicCreation: false })
}

export const createTopicsScenarios = [
  ...scenarios(createTopics, {
    'no topics': () => request([]),
    'one topic': one({}),
    'and what Metadata says of it': async s => {
      await s.ask(request([topic(s.name(), { numPartitions: 3 })]))
      await see(s, s.name(), 3)
    },
    'two topics': s => request([topic(s.name('a')), topic(s.name('b'), { numPartitions: 2 })]),
    'a good one and a bad one': s => request([topic(s.name('a')), topic('a/b')]),
    'the same name twice': s => request([topic(s.name()), topic(s.name())]),
    'the same name twice and another': s => {
      return request([topic(s.name()), topic(s.name()), topic(s.name('b'))])
    },
    'one that exists': async s => {
      await s.topic()
      await s.ask(request([topic(s.name())]))
    },
    'one that exists, with a bad replication factor': async s => {
      await s.topic()
      await s.ask(request([topic(s.name(), { replicationFactor: 9 })]))
    },
    'one that collides by dots and underscores': async s => {
      await s.topic({ name: s.name('a.b') })
      await s.ask(request([topic(s.name('a_b'))]))
    },
    'two that collide by dots and underscores': s => {
      return request([topic(s.name('a.b')), topic(s.name('a_b'))])
    },
    'timeout 0': one({}, { timeoutMs: 0 }),
    'timeout below 0': one({}, { timeoutMs: -1 }),
  }),

  ...scenarios(createTopics, {
    'an empty name': named(''),
    'a dot for a name': named('.'),
    'two dots for a name': named('..'),
    'a name with a slash': named('a/b'),
    'a name with a space': named('a b'),
    'a name with a letter beyond ASCII': named('ä'),
    'a name of 250': named('n'.repeat(250)),
    'a name of 32767': named('n'.repeat(32_767)),
    'a name with a control character': named('a\u0000b'),
    'the name of the offsets topic, with 2 replicas': () => {
      return request([topic('__consumer_offsets', { replicationFactor: 2 })])
    },
  }),

  ...scenarios(createTopics, {
    'a name of 249': s => request([topic(s.name('n').padEnd(249, 'n'))]),
    '0 partitions': one({ numPartitions: 0 }),
    '-1 partitions': one({ numPartitions: -1 }),
    '-2 partitions': one({ numPartitions: -2 }),
    '0 replicas': one({ replicationFactor: 0 }),
    '-1 replicas': one({ replicationFactor: -1 }),
    '-2 replicas': one({ replicationFactor: -2 }),
    '2 replicas': one({ replicationFactor: 2 }),
    '32767 replicas': one({ replicationFactor: 32_767 }),
    '-1 partitions and replicas': one({ numPartitions: -1, replicationFactor: -1 }),
    '0 partitions and replicas': one({ numPartitions: 0, replicationFactor: 0 }),
    '20000 partitions': one({ numPartitions: 20_000 }, { validateOnly: true }),
  }),

  ...scenarios(createTopics, {
    'assigned by hand': assigned([0, [1]], [1, [1]]),
    'assigned to an unknown broker': assigned([0, [7]]),
    'assigned to broker -1': assigned([0, [-1]]),
    'assigned to nobody': assigned([0, []]),
    'assigned to the same broker twice': assigned([0, [1, 1]]),
    'assigned from partition 1 on': assigned([1, [1]]),
    'assigned with a gap': assigned([0, [1]], [2, [1]]),
    'assigned out of order': assigned([1, [1]], [0, [1]]),
    'assigned partition -1': assigned([-1, [1]]),
    'assigned the same partition twice': assigned([0, [1]], [0, [1]]),
    'assigned with different factors': assigned([0, [1]], [1, [1, 2]]),
    'assigned, with a number of partitions': one({
      numPartitions: 1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: 0, brokerIds: [1] }],
    }),
    'assigned, with a replication factor': one({
      numPartitions: -1,
      replicationFactor: 1,
      assignments: [{ partitionIndex: 0, brokerIds: [1] }],
    }),
    'assigned, with both': one({ assignments: [{ partitionIndex: 0, brokerIds: [1] }] }),
  }),

  ...scenarios(createTopics, {
    'a config': withConfigs(['retention.ms', '1000']),
    'several configs': withConfigs(['cleanup.policy', 'compact,delete'], ['segment.ms', '9']),
    'a config at its default': withConfigs(['retention.ms', '604800000']),
    'an unknown config': withConfigs(['retention', '1000']),
    'a config without a name': withConfigs(['', '1']),
    'a config of null': withConfigs(['retention.ms', null]),
    'a config of nothing': withConfigs(['retention.ms', '']),
    'a config that is no number': withConfigs(['retention.ms', 'long']),
    'a config with spaces': withConfigs(['retention.ms', ' 1000 ']),
    'a config below its least': withConfigs(['retention.ms', '-2']),
    'a config beyond its type': withConfigs(['segment.bytes', '2147483648']),
    'a config that is none of its choices': withConfigs(['cleanup.policy', 'keep']),
    'a config that is no truth value': withConfigs(['preallocate', 'yes']),
    'a truth value in capitals': withConfigs(['preallocate', 'TRUE']),
    'a config twice': withConfigs(['retention.ms', '1'], ['retention.ms', '2']),
    'configs that do not go together': withConfigs(
      ['min.compaction.lag.ms', '10'],
      ['max.compaction.lag.ms', '5'],
    ),
    'a config of Object.prototype': withConfigs(['__proto__', '1']),
    "a broker's config": withConfigs(['log.retention.ms', '1']),
    'more replicas in sync than there are': withConfigs(['min.insync.replicas', '2']),
    'compression that Kafka lacks': withConfigs(['compression.type', 'brotli']),
    'an empty cleanup.policy': withConfigs(['cleanup.policy', '']),
    'remote storage where there is none': withConfigs(['remote.storage.enable', 'true']),
    'an old config': withConfigs(['message.format.version', '2.8']),
    'a fraction below 0': withConfigs(['min.cleanable.dirty.ratio', '-0.1']),
    'a fraction above 1': withConfigs(['min.cleanable.dirty.ratio', '1.5']),
    'a throttled replica list': withConfigs(['leader.replication.throttled.replicas', '0:1']),
    'a throttled replica list that is none': withConfigs([
      'leader.replication.throttled.replicas',
      'all',
    ]),
  }),

  ...scenarios(
    createTopics,
    {
      'only to be checked': async s => {
        await s.ask(request([topic(s.name())], { validateOnly: true }))
        await s.also(metadata, { topics: [{ name: s.name() }], allowAutoTopicCreation: false })
      },
      'only to be checked, and it exists': async s => {
        await s.topic()
        await s.ask(request([topic(s.name())], { validateOnly: true }))
      },
      'only to be checked, the same twice': s => {
        return request([topic(s.name()), topic(s.name())], { validateOnly: true })
      },
      'only to be checked, with a bad config': one(
        { configs: [{ name: 'retention.ms', value: 'x' }] },
        { validateOnly: true },
      ),
      'only to be checked, with a bad name': () => request([topic('a/b')], { validateOnly: true }),
    },
    { since: 1 },
  ),

  ...scenarios(
    createTopics,
    {
      'names of Object.prototype': async s => {
        const topicNames = ['__proto__', 'constructor']
        await s.ask(request(topicNames.map(name => topic(name))))
        for (const name of topicNames) await s.remove(name)
      },
    },
    { alone: true },
  ),
]
