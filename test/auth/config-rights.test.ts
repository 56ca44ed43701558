/** Who may see and alter configs, by ACLs; on Apache Kafka the same. */
import { beforeAll, describe, expect, it } from 'vitest'
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { alterConfigs } from '../../protocol/apis/33-alter-configs.ts'
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import { DELETE, resource, SET } from '../handlers/configs.ts'
import { latest, named, newTopic, nodeIdOf, uniqueName } from '../handlers/wire.ts'
import { useGuardedBroker } from './guarded-broker.ts'

const broker = useGuardedBroker()
const denied = {
  cluster: 'CLUSTER_AUTHORIZATION_FAILED',
  topic: 'TOPIC_AUTHORIZATION_FAILED',
  group: 'GROUP_AUTHORIZATION_FAILED',
}
let node: string

beforeAll(async () => {
  node = String(await nodeIdOf(broker.root))
})

describe('DescribeConfigs', () => {
  async function ask(...resources: (readonly [type: number, name: string])[]) {
    const answer = await broker.alice.request(describeConfigs, latest(describeConfigs), {
      resources: resources.map(([resourceType, resourceName]) => {
        return { resourceType, resourceName, configurationKeys: null }
      }),
    })
    const told = new Map(
      answer.results.map(each => [`${each.resourceType} ${each.resourceName}`, named(each)]),
    )
    return resources.map(([type, name]) => told.get(`${type} ${name}`)!)
  }

  it('refuses resources one by one', async () => {
    const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
    await broker.allow(`describeConfigs topic ${mine.name}`, 'describeConfigs group mine')
    const answers = await ask(
      [resource.topic, mine.name],
      [resource.topic, other.name],
      [resource.topic, uniqueName()],
      [resource.topic, 'a/b'],
      [resource.group, 'mine'],
      [resource.group, 'other'],
      [resource.broker, node],
      [resource.broker, ''],
      [resource.logger, node],
      [resource.clientMetrics, 'any'],
    )
    const { cluster, topic, group } = denied
    const expected = [
      'NONE',
      topic,
      topic,
      topic,
      'NONE',
      group,
      cluster,
      cluster,
      cluster,
      cluster,
    ]
    expect(answers.map(({ error }) => error)).toEqual(expected)
    expect(answers[1]).toMatchObject({ configs: [] })
    expect(answers[0]!.configs.length).toBeGreaterThan(20)
  })

  it('refuses all where one is of no type', async () => {
    const { name } = await newTopic(broker.root)
    await broker.allow('all topic *')
    const answers = await ask([resource.topic, name], [99, 'x'])
    expect(answers.map(({ error }) => error)).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST'])
  })

  it('shows brokers, loggers and metrics to who may see configs of the cluster', async () => {
    await broker.allow('describeConfigs cluster kafka-cluster')
    const answers = await ask(
      [resource.broker, node],
      [resource.logger, node],
      [resource.clientMetrics, 'any'],
      [resource.topic, uniqueName()],
    )
    expect(answers.map(({ error }) => error)).toEqual(['NONE', 'NONE', 'NONE', denied.topic])
  })
})

describe('altering', () => {
  type Change = readonly [name: string, operation: number, value: string | null]

  async function change(type: number, name: string, ...changes: Change[]) {
    const configs = changes.map(([config, configOperation, value]) => {
      return { name: config, configOperation, value }
    })
    const resources = [{ resourceType: type, resourceName: name, configs }]
    const { responses } = await broker.alice.request(incrementalAlterConfigs, 1, {
      resources,
      validateOnly: false,
    })
    return named(responses[0]!).error
  }

  async function replace(type: number, name: string, ...configs: [string, string | null][]) {
    const named1 = configs.map(([config, value]) => ({ name: config, value }))
    const resources = [{ resourceType: type, resourceName: name, configs: named1 }]
    const { responses } = await broker.alice.request(alterConfigs, 2, {
      resources,
      validateOnly: false,
    })
    return named(responses[0]!).error
  }

  it('refuses by the type of the resource, before it looks at it', async () => {
    const { name } = await newTopic(broker.root)
    const { topic, group, cluster } = denied
    for (const which of [name, uniqueName(), 'a/b']) {
      expect(await change(resource.topic, which, ['no.such.config', SET, 'x'])).toBe(topic)
      expect(await replace(resource.topic, which, ['no.such.config', 'x'])).toBe(topic)
    }
    expect(await change(resource.group, 'g', ['no.such.config', SET, 'x'])).toBe(group)
    expect(await replace(resource.group, 'g', ['no.such.config', 'x'])).toBe(group)
    expect(await change(resource.clientMetrics, 'm', ['no', SET, 'x'])).toBe(cluster)
    expect(await change(resource.broker, '', ['log.cleaner.threads', SET, '1'])).toBe(cluster)
    expect(await replace(resource.broker, node, ['log.cleaner.threads', '1'])).toBe(cluster)
    expect(await change(resource.logger, node, ['root', SET, 'INFO'])).toBe(cluster)
  })

  it('says first what is wrong with the request', async () => {
    const { name } = await newTopic(broker.root)
    const value: Change = ['retention.ms', SET, '1']
    expect(await change(resource.topic, name, value, value)).toBe('INVALID_REQUEST')
    expect(await change(resource.topic, name, ['retention.ms', SET, null])).toBe('INVALID_REQUEST')
    expect(await change(99, name, value)).toBe('INVALID_REQUEST')
    expect(await replace(resource.topic, name, ['retention.ms', null])).toBe('INVALID_REQUEST')
  })

  it('says first what is wrong with the configs of a broker, but not with loggers', async () => {
    const { cluster } = denied
    expect(await change(resource.broker, '77', ['log.cleaner.threads', SET, '1'])).toBe(
      'INVALID_REQUEST',
    )
    expect(await change(resource.broker, node, ['log.cleaner.threads', SET, 'x'])).toMatch(
      /^INVALID_(REQUEST|CONFIG)$/,
    )
    expect(await change(resource.logger, '77', ['root', SET, 'INFO'])).toBe(cluster)
    expect(await change(resource.logger, node, ['no.such.logger', DELETE, null])).toBe(cluster)
    expect(await replace(resource.logger, node, ['root', 'INFO'])).toBe('INVALID_REQUEST')
  })

  it('is for those who may', async () => {
    const { name } = await newTopic(broker.root)
    await broker.allow(`alterConfigs topic ${name}`, 'alterConfigs group mine')
    await broker.allow('alterConfigs cluster kafka-cluster')
    expect(await change(resource.topic, name, ['retention.ms', SET, '1000'])).toBe('NONE')
    expect(await replace(resource.topic, name, ['retention.ms', '2000'])).toBe('NONE')
    expect(
      await change(resource.group, 'mine', ['consumer.session.timeout.ms', SET, '50000']),
    ).toBe('NONE')
    expect(await change(resource.broker, node, ['log.cleaner.threads', SET, '1'])).toBe('NONE')
    expect(await change(resource.broker, node, ['log.cleaner.threads', DELETE, null])).toBe('NONE')
    expect(await change(resource.topic, uniqueName(), ['retention.ms', SET, '1'])).toBe(
      denied.topic,
    )
  })
})
