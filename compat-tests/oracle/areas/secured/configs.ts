/** Whose configs users may see and change. */
import { describeConfigs } from '../../../../protocol/apis/32-describe-configs.ts'
import { alterConfigs } from '../../../../protocol/apis/33-alter-configs.ts'
import { incrementalAlterConfigs } from '../../../../protocol/apis/44-incremental-alter-configs.ts'
import { listConfigResources } from '../../../../protocol/apis/74-list-config-resources.ts'
import { guarded, type Need } from '../../guarded.ts'
import type { Session } from '../../session.ts'
import { twoTopics } from './topics.ts'

/** Kafka's ConfigResource.Type. */
const types = { unknown: 0, topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 }

interface Resource {
  resourceType: number
  resourceName: string
  key: string
  value: string | null
}

/** One of each type, and a second topic. */
async function all(s: Session<never>): Promise<Resource[]> {
  const [a, b] = await twoTopics(s)
  const ofTopic = { resourceType: types.topic, key: 'retention.ms', value: '-1' }
  const unknown = { ...ofTopic, resourceName: s.name('unknown') }
  const group = { resourceType: types.group, resourceName: s.name('g') }
  const metrics = { resourceType: types.clientMetrics, resourceName: s.name('m') }
  return [
    { ...ofTopic, resourceName: a.name },
    { ...ofTopic, resourceName: b.name },
    unknown,
    { ...group, key: 'consumer.session.timeout.ms', value: '45000' },
    { ...metrics, key: 'interval.ms', value: '5000' },
  ]
}

const broker = (resourceName: string): Resource => {
  return { resourceType: types.broker, resourceName, key: 'log.cleaner.threads', value: '1' }
}
const logger: Resource = {
  resourceType: types.brokerLogger,
  resourceName: '1',
  key: 'kafka.server.KafkaApis',
  value: 'WARN',
}
const invalid: Resource = {
  resourceType: types.topic,
  resourceName: 'a/b',
  key: 'nonsense',
  value: '1',
}
const none: Resource = { resourceType: types.unknown, resourceName: 'x', key: 'x', value: '1' }
const odd = [broker('1'), broker('77'), broker('x'), invalid, none]

function described(resources: readonly Resource[]) {
  return {
    resources: resources.map(({ resourceType, resourceName, key }) => {
      const configurationKeys = resourceType === types.clientMetrics ? null : [key]
      return { resourceType, resourceName, configurationKeys }
    }),
    includeSynonyms: false,
  }
}

function set(resources: readonly Resource[], validateOnly = false) {
  return {
    resources: resources.map(({ resourceType, resourceName, key: name, value }) => {
      return { resourceType, resourceName, configs: [{ name, value }] }
    }),
    validateOnly,
  }
}

function changed(resources: readonly Resource[], validateOnly = false) {
  return {
    resources: resources.map(({ resourceType, resourceName, key: name, value }) => {
      return { resourceType, resourceName, configs: [{ name, value, configOperation: 0 }] }
    }),
    validateOnly,
  }
}

const needed = (operation: Need[0]): Need[] => [
  [operation, 'topic'],
  [operation, 'group', 'g'],
  [operation, 'cluster'],
]
const seen = needed('describeConfigs')
const altered = needed('alterConfigs')

export const securedConfigsScenarios = [
  ...guarded(describeConfigs, 'of all types', seen, async s => described(await all(s))),
  ...guarded(
    describeConfigs,
    'of brokers and what is wrong',
    [['describeConfigs', 'cluster']],
    () => {
      return described(odd)
    },
  ),
  ...guarded(describeConfigs, 'by who may alter them', [['alterConfigs', 'topic']], async s => {
    return described(await all(s))
  }),
  ...guarded(alterConfigs, 'of all types', altered, async s => set(await all(s))),
  ...guarded(alterConfigs, 'of brokers and what is wrong', [['alterConfigs', 'cluster']], () => {
    return set(odd, true)
  }),
  ...guarded(alterConfigs, 'without a value', altered, async s => {
    const [topic] = await all(s)
    return set([{ ...topic!, value: null }])
  }),
  ...guarded(incrementalAlterConfigs, 'of all types', altered, async s => changed(await all(s))),
  ...guarded(
    incrementalAlterConfigs,
    'of brokers and what is wrong',
    [['alterConfigs', 'cluster']],
    () => changed([...odd, logger], true),
  ),
  ...guarded(incrementalAlterConfigs, 'of the same twice', altered, async s => {
    const [topic] = await all(s)
    return changed([topic!, topic!])
  }),
  ...guarded(incrementalAlterConfigs, 'without a value', altered, async s => {
    const [topic] = await all(s)
    return changed([{ ...topic!, value: null }])
  }),
  ...guarded(listConfigResources, 'of topics', [['describeConfigs', 'cluster']], () => {
    return { resourceTypes: [types.clientMetrics] }
  }),
]
