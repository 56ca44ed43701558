import { describeConfigs } from '../../../protocol/apis/32-describe-configs.ts'
import { alterConfigs } from '../../../protocol/apis/33-alter-configs.ts'
import { incrementalAlterConfigs } from '../../../protocol/apis/44-incremental-alter-configs.ts'
import { listConfigResources } from '../../../protocol/apis/74-list-config-resources.ts'
import type { Input } from '../../../protocol/schema.ts'
import { scenarios } from '../scenario.ts'
import type { Session } from '../session.ts'

type Incremental = Input<typeof incrementalAlterConfigs.request>
type Alter = Input<typeof alterConfigs.request>
type Describe = Input<typeof describeConfigs.request>
type Change = readonly [name: string, operation: number, value: string | null]
type Changing = Session<Incremental>

/** Kafka: ConfigResource.Type, AlterConfigOp.OpType. */
const [topicType, brokerType, loggerType, clientMetrics, group] = [2, 4, 8, 16, 32] as const
const [set, unset, append, subtract] = [0, 1, 2, 3] as const
/** Both have this node id. */
const broker = '1'
const everyBroker = ''

function change(type: number, name: string, ...changes: Change[]): Incremental['resources'][0] {
  const configs = changes.map(([config, configOperation, value]) => {
    return { name: config, configOperation, value }
  })
  return { resourceType: type, resourceName: name, configs }
}

function changes(resources: Incremental['resources'], validateOnly = false): Incremental {
  return { resources, validateOnly }
}

/** A change of a new topic that both refuse, or take. */
function ofTopic(...list: Change[]) {
  return async (s: Changing): Promise<void> => {
    const { name } = await s.topic()
    await s.ask(changes([change(topicType, name, ...list)]))
  }
}

function ofOther(type: number, name: string | undefined, ...list: Change[]) {
  return (s: Changing): Incremental => changes([change(type, name ?? s.name(), ...list)], true)
}

/** What is told of some configs, once one of them has a value. */
async function see(
  s: Session<never>,
  resourceType: number,
  resourceName: string,
  [config, value]: [config: string, value: string | null],
): Promise<void> {
  const resource = { resourceType, resourceName, configurationKeys: [config] }
  const request = { resources: [resource], includeSynonyms: true, includeDocumentation: true }
  await s.until(async () => {
    const { results } = await s.get(describeConfigs, request)
    return (results[0]!.configs[0]?.value ?? null) === value
  })
  await s.also(describeConfigs, request)
}

function describe(
  resourceType: number,
  resourceName: string,
  configurationKeys: readonly string[] | null = null,
): Describe {
  const resource = { resourceType, resourceName, configurationKeys: configurationKeys as string[] }
  return { resources: [resource], includeSynonyms: true, includeDocumentation: true }
}

/** A step that both take, and then what is told. */
function appending(...steps: [change: Change, value: string][]) {
  return async (s: Changing): Promise<void> => {
    const { name } = await s.topic()
    for (const [step, value] of steps) {
      await s.ask(changes([change(topicType, name, step)]))
      await see(s, topicType, name, [step[0], value])
    }
  }
}

const wrongTopicValues = {
  'letters for a number': ['retention.ms', 'abc'],
  'nothing for a number': ['retention.ms', ''],
  'a fraction for a number': ['retention.bytes', '1.5'],
  'too large a number': ['max.message.bytes', '3000000000'],
  'too small a number': ['segment.bytes', '1000'],
  'below the least': ['local.retention.ms', '-3'],
  'no truth value': ['preallocate', 'yes'],
  'a compression that there is not': ['compression.type', 'lz5'],
  'a ratio above 1': ['min.cleanable.dirty.ratio', '1.5'],
  'a level above the highest': ['compression.zstd.level', '99'],
  'a policy that there is not': ['cleanup.policy', 'x'],
  'a timestamp type that there is not': ['message.timestamp.type', 'Foo'],
  'no replicas at all': ['min.insync.replicas', '0'],
  'an unknown name': ['nope', '1'],
  'a name of nothing': ['', '1'],
  'the name __proto__': ['__proto__', '1'],
} satisfies Record<string, [string, string]>

const wrongGroupValues = {
  'a session below the least': ['consumer.session.timeout.ms', '44999'],
  'a session above the most': ['consumer.session.timeout.ms', '60001'],
  'a heartbeat below the least': ['consumer.heartbeat.interval.ms', '4999'],
  'a heartbeat of 0': ['consumer.heartbeat.interval.ms', '0'],
  'locks of a second': ['share.record.lock.duration.ms', '1000'],
  'one delivery': ['share.delivery.count.limit', '1'],
  'eleven deliveries': ['share.delivery.count.limit', '11'],
  'too many locks': ['share.partition.max.record.locks', '5000'],
  'an isolation that there is not': ['share.isolation.level', 'x'],
  'three standby replicas': ['streams.num.standby.replicas', '3'],
  'a delay below 0': ['streams.initial.rebalance.delay.ms', '-1'],
  'an unknown group config': ['nope', '1'],
} satisfies Record<string, [string, string]>

const wrongMetricsValues = {
  'an interval of 99': ['interval.ms', '99'],
  'an interval above an hour': ['interval.ms', '3600001'],
  'letters for an interval': ['interval.ms', 'x'],
  'a selector that there is not': ['match', 'nope=1'],
  'a selector without a pattern': ['match', 'client_id'],
  'a pattern that is none': ['match', 'client_id=['],
  'an unknown client metrics config': ['nope', '1'],
} satisfies Record<string, [string, string]>

const wrongBrokerValues = {
  'what needs a restart': ['num.partitions', '3'],
  'letters for a number of bytes': ['message.max.bytes', 'x'],
  'too small a segment': ['log.segment.bytes', '10'],
  'a word that is no compression': ['compression.type', 'zst'],
  'a key store of no listener': ['ssl.keystore.type', 'JKS'],
  'no replicas for all': ['min.insync.replicas', '0'],
} satisfies Record<string, [string, string]>

/** A scenario for each wrong value. */
function wrong(values: Record<string, string[]>, type: number, name?: string) {
  return Object.fromEntries(
    Object.entries(values).map(([what, [config, value]]) => {
      const one: Change = [config!, set, value!]
      return [what, type === topicType ? ofTopic(one) : ofOther(type, name, one)] as const
    }),
  )
}

const incremental = [
  ...scenarios(incrementalAlterConfigs, {
    'no resources': () => changes([]),
    'set, and see': async s => {
      const { name } = await s.topic()
      await s.ask(changes([change(topicType, name, ['retention.ms', set, '1000'])]))
      await see(s, topicType, name, ['retention.ms', '1000'])
      await s.ask(changes([change(topicType, name, ['retention.ms', unset, null])]))
      await see(s, topicType, name, ['retention.ms', '-1'])
    },
    'append and subtract': appending(
      [['cleanup.policy', append, 'compact'], 'delete,compact'],
      [['cleanup.policy', subtract, 'delete'], 'compact'],
      [['cleanup.policy', subtract, 'compact'], ''],
    ),
    'append what is there': appending([['cleanup.policy', append, 'delete'], 'delete']),
    'subtract what is not there': appending([['cleanup.policy', subtract, 'compact'], 'delete']),
    'unset what is not set': ofTopic(['retention.ms', unset, null], ['nope', unset, 'x']),
    'append to a number': ofTopic(['retention.ms', append, '1']),
    'subtract from a number': ofTopic(['retention.ms', subtract, '1']),
    'append to an unknown config': ofTopic(['nope', append, '1']),
    'set null': ofTopic(['retention.ms', set, null], ['cleanup.policy', append, null]),
    'a config twice': ofTopic(['retention.ms', set, '1'], ['retention.ms', unset, null]),
    'operation 9': ofTopic(['retention.ms', 9, '1']),
    'lags that contradict each other': ofTopic(
      ['min.compaction.lag.ms', set, '10'],
      ['max.compaction.lag.ms', set, '5'],
    ),
    ...wrong(wrongTopicValues, topicType),
    'a topic that there is not': s => changes([change(topicType, s.name())]),
    'an unknown config of a topic that there is not': s => {
      return changes([change(topicType, s.name(), ['nope', set, '1'])])
    },
    'a topic without a name': () => changes([change(topicType, '')]),
    'a topic with an illegal name': () => changes([change(topicType, 'a/b')]),
    'a resource twice': async s => {
      const { name } = await s.topic()
      const one = change(topicType, name, ['retention.ms', set, '1'])
      await s.ask(changes([one, change(topicType, name)]))
    },
    'a type that there is not': () => changes([change(7, 'x'), change(0, ''), change(1, 'x')]),
  }),

  ...scenarios(incrementalAlterConfigs, {
    'a group': async s => {
      const changing = change(group, s.name(), ['share.isolation.level', set, 'read_committed'])
      await s.ask(changes([changing]))
      await see(s, group, s.name(), ['share.isolation.level', 'read_committed'])
    },
    'a group without a name': ofOther(group, ''),
    'append to a config of a group': ofOther(group, undefined, ['share.x', append, '1']),
    ...wrong(wrongGroupValues, group),
    'client metrics': async s => {
      const changing = change(clientMetrics, s.name(), ['match', set, ' client_id = a.* '])
      await s.ask(changes([changing]))
      await see(s, clientMetrics, s.name(), ['match', 'client_id = a.*'])
      await s.ask(changes([change(clientMetrics, s.name(), ['match', unset, null])]))
      await see(s, clientMetrics, s.name(), ['match', ''])
    },
    'client metrics without a name': ofOther(clientMetrics, ''),
    'append to client metrics': ofOther(clientMetrics, undefined, ['metrics', append, 'x']),
    ...wrong(wrongMetricsValues, clientMetrics),
  }),

  ...scenarios(
    incrementalAlterConfigs,
    {
      'all brokers, and one': async s => {
        const config = 'log.index.interval.bytes'
        for (const [name, value] of [
          [everyBroker, '5000'],
          [broker, '6000'],
        ] as const) {
          await s.ask(changes([change(brokerType, name, [config, set, value])]))
          await see(s, brokerType, broker, [config, value])
          await see(s, brokerType, everyBroker, [config, '5000'])
        }
        await s.ask(changes([change(brokerType, broker, [config, unset, null])]))
        await see(s, brokerType, broker, [config, '5000'])
        await s.ask(changes([change(brokerType, everyBroker, [config, unset, null])]))
        await see(s, brokerType, broker, [config, '4096'])
      },
      'what nobody knows': async s => {
        await s.ask(changes([change(brokerType, broker, ['nobody.knows', set, 'x'])]))
        await s.until(async () => {
          const asked = describe(brokerType, broker, ['nobody.knows'])
          return (await s.get(describeConfigs, asked)).results[0]!.configs.length > 0
        })
        await s.also(describeConfigs, describe(brokerType, broker, ['nobody.knows']))
        await s.ask(changes([change(brokerType, broker, ['nobody.knows', unset, null])]))
      },
      ...wrong(wrongBrokerValues, brokerType, everyBroker),
      'a password for all': ofOther(brokerType, everyBroker, ['sasl.jaas.config', set, 'x']),
      'null for a broker': ofOther(brokerType, broker, ['message.max.bytes', set, null]),
      'operation 9 on a broker': ofOther(brokerType, broker, ['message.max.bytes', 9, '1']),
      'unset min.insync.replicas': ofOther(brokerType, '', ['min.insync.replicas', unset, null]),
      'min.insync.replicas of one': ofOther(brokerType, broker, ['min.insync.replicas', set, '1']),
      'a broker that there is not': ofOther(brokerType, '99'),
      'a broker with letters for an id': ofOther(brokerType, 'x'),
      'a logger that there is not': ofOther(loggerType, broker, ['nope', set, 'INFO']),
      'a level that there is not': ofOther(loggerType, broker, ['root', set, 'nope']),
      'unset the level of root': ofOther(loggerType, broker, ['root', unset, null]),
      'append to a level': ofOther(loggerType, broker, ['root', append, 'INFO']),
      'loggers of no broker': ofOther(loggerType, '', ['root', set, 'INFO']),
    },
    { alone: true },
  ),
]

function replacing(...configs: [name: string, value: string | null][]) {
  return async (s: Session<Alter>): Promise<void> => {
    const { name } = await s.topic({ configs: [{ name: 'segment.bytes', value: '2000000' }] })
    const resource = {
      resourceType: topicType,
      resourceName: name,
      configs: configs.map(([config, value]) => ({ name: config, value })),
    }
    await s.ask({ resources: [resource], validateOnly: false })
  }
}

const alter = scenarios(alterConfigs, {
  'set all': async s => {
    const { name } = await s.topic({ configs: [{ name: 'segment.bytes', value: '2000000' }] })
    const configs = [{ name: 'retention.ms', value: '1000' }]
    const resource = { resourceType: topicType, resourceName: name, configs }
    await s.ask({ resources: [resource], validateOnly: false })
    await see(s, topicType, name, ['retention.ms', '1000'])
    await see(s, topicType, name, ['segment.bytes', '1073741824'])
  },
  'no resources to replace': () => ({ resources: [], validateOnly: false }),
  'a wrong value among all': replacing(['retention.ms', 'x']),
  'an unknown config among all': replacing(['nope', '1']),
  'null among all': replacing(['retention.ms', null]),
  'a config twice among all': replacing(['retention.ms', '1'], ['retention.ms', '2']),
  'all of a topic that there is not': s => ({
    resources: [{ resourceType: topicType, resourceName: s.name(), configs: [] }],
    validateOnly: false,
  }),
  'all of a topic without a name': () => ({
    resources: [{ resourceType: topicType, resourceName: '', configs: [] }],
    validateOnly: false,
  }),
})

const told = scenarios(describeConfigs, {
  'nothing to tell of': () => ({ resources: [], includeSynonyms: true }),
  'all of a topic': async (s: Session<Describe>) => {
    const { name } = await s.topic({ configs: [{ name: 'retention.ms', value: '1000' }] })
    await s.ask(describe(topicType, name))
    await s.ask({ ...describe(topicType, name), includeSynonyms: false })
    await s.ask({ ...describe(topicType, name), includeDocumentation: false })
  },
  'some of a topic': async s => {
    const { name } = await s.topic()
    await s.ask(describe(topicType, name, ['retention.ms', 'nope', '__proto__']))
    await s.ask(describe(topicType, name, []))
  },
  'all of a group': s => describe(group, s.name()),
  'all of client metrics': s => describe(clientMetrics, s.name()),
  'all of a topic that there is not': s => describe(topicType, s.name()),
  'of a topic with an illegal name': () => describe(topicType, 'a/b'),
  'of a topic without a name': () => describe(topicType, ''),
  'of a group without a name': () => describe(group, ''),
  'of client metrics without a name': () => describe(clientMetrics, ''),
  'of loggers of no broker': () => describe(loggerType, ''),
  'of a broker that there is not': () => describe(brokerType, '99'),
  'of a broker with letters for an id': () => describe(brokerType, 'x'),
  'of a broker in another spelling': () => describe(brokerType, '01', ['num.partitions']),
  'some of a broker': () => {
    const names = ['num.io.threads', 'log.retention.hours', 'ssl.key.password', 'broker.rack']
    return describe(brokerType, broker, [...names, 'background.threads', 'sasl.jaas.config'])
  },
  'of all brokers': () => describe(brokerType, everyBroker, ['min.insync.replicas']),
  'of a type that there is not': () => describe(7, 'x'),
  'of type 0': () => describe(0, ''),
})

const listed = scenarios(
  listConfigResources,
  {
    'all that can be set': () => ({ resourceTypes: [] }),
    'brokers and their loggers': () => ({ resourceTypes: [brokerType, loggerType, brokerType] }),
    'topics and a type that there is not': () => ({ resourceTypes: [topicType, 99] }),
    'type 0 only': () => ({ resourceTypes: [0] }),
  },
  { alone: true },
)

export const configsScenarios = [...incremental, ...alter, ...told, ...listed]
