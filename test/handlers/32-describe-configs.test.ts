import { describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { latest, named, onKafka, uniqueName, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const [topicType, brokerType] = [2, 4] as const
const source = { topic: 1, static: 4, default: 5 } as const
const type = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const

type Resource = Input<typeof describeConfigs.request>['resources'][number]
type Response = Infer<typeof describeConfigs.response>
type Entry = Response['results'][number]['configs'][number]

interface Options {
  includeSynonyms?: boolean
  includeDocumentation?: boolean
}

async function ask(
  version: number,
  resources: Resource[],
  options: Options = {},
): Promise<Response['results']> {
  const { results } = await wire.client.request(describeConfigs, version, { resources, ...options })
  return results
}

const topic = (resourceName: string, configurationKeys: string[] | null = null): Resource => {
  return { resourceType: topicType, resourceName, configurationKeys }
}
const broker = (resourceName: string, configurationKeys: string[] | null = null): Resource => {
  return { resourceType: brokerType, resourceName, configurationKeys }
}

const nodeId = async (): Promise<string> =>
  String((await wire.client.request(metadata, 1, { topics: [] })).brokers[0]!.nodeId)

const byName = (entries: readonly Entry[]): Map<string, Entry> =>
  new Map(entries.map(entry => [entry.name, entry]))

it('DescribeConfigs refuses all when one is of no type that there is', async () => {
  const unknown = { resourceType: 7, resourceName: 'x', configurationKeys: null }
  const { name } = await wire.newTopic()
  const results = await ask(latest(describeConfigs), [topic(name), unknown])
  expect(results.map(named)).toMatchObject([
    { error: 'INVALID_REQUEST', resourceName: name, configs: [] },
    { error: 'INVALID_REQUEST', resourceName: 'x', configs: [] },
  ])
})

describe('DescribeConfigs of a topic', () => {
  it.each(versionsOf(describeConfigs))(
    'v%i tells value, source, type and the rest',
    async version => {
      const configs = { 'cleanup.policy': 'compact', 'max.message.bytes': '5000' }
      const { name } = await wire.newTopic({ configs })
      const options = { includeSynonyms: true, includeDocumentation: true }
      const [result] = await ask(version, [topic(name)], options)
      expect(named(result!)).toMatchObject({
        error: 'NONE',
        resourceType: topicType,
        resourceName: name,
      })
      const told = byName(result!.configs)
      expect(told.size).toBe(33)
      const texts = result!.configs.map(({ documentation }) => documentation?.length ?? 0)
      expect(Math.min(...texts) > 0).toBe(version >= 3)

      const common = { readOnly: false, isSensitive: false }
      const set = (configSource: number, isDefault: boolean) =>
        version < 1 ? { isDefault, configSource: -1 } : { isDefault: false, configSource }
      const of = (configType: number) => ({ configType: version < 3 ? 0 : configType })
      expect(told.get('max.message.bytes')).toMatchObject({
        value: '5000',
        ...common,
        ...set(source.topic, false),
        ...of(type.int),
        synonyms:
          version < 1
            ? []
            : [
                { name: 'max.message.bytes', value: '5000', source: source.topic },
                { name: 'message.max.bytes', value: '1048588', source: source.default },
              ],
      })
      expect(told.get('segment.bytes')).toMatchObject({
        value: '1073741824',
        ...common,
        ...set(source.default, true),
        ...of(type.int),
        synonyms:
          version < 1
            ? []
            : [{ name: 'log.segment.bytes', value: '1073741824', source: source.default }],
      })
      expect(told.get('cleanup.policy')).toMatchObject({ value: 'compact', ...of(type.list) })
      expect(told.get('preallocate')).toMatchObject({ value: 'false', ...of(type.boolean) })
      expect(told.get('flush.ms')).toMatchObject({
        value: '9223372036854775807',
        ...of(type.long),
      })
      expect(told.get('compression.type')).toMatchObject({ value: 'producer', ...of(type.string) })
      expect(told.get('min.cleanable.dirty.ratio')).toMatchObject({
        value: '0.5',
        ...of(type.double),
      })
    },
  )

  it('leaves out what is not asked for', async () => {
    const { name } = await wire.newTopic()
    for (const version of versionsOf(describeConfigs)) {
      const [result] = await ask(version, [topic(name)])
      for (const entry of result!.configs) {
        expect(entry).toMatchObject({ synonyms: [], documentation: version < 3 ? '' : null })
      }
    }
  })

  it('tells the configs that are named, which none is by default', async () => {
    const { name } = await wire.newTopic({ configs: { 'retention.ms': '5000' } })
    const names = ['retention.ms', 'no.such.config', '__proto__', 'constructor', 'retention.bytes']
    const results = await ask(4, [topic(name, names), topic(name, []), topic(name, ['toString'])])
    expect(results.map(({ configs }) => configs.map(entry => entry.name).toSorted())).toEqual([
      ['retention.bytes', 'retention.ms'],
      expect.objectContaining({ length: 33 }),
      [],
    ])
  })

  it.each([
    ['that does not exist', uniqueName(), 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['with an illegal name', 'a/b', 'INVALID_TOPIC_EXCEPTION'],
    ['without a name', '', 'INVALID_TOPIC_EXCEPTION'],
    ['named __proto__x', '__proto__x', 'UNKNOWN_TOPIC_OR_PARTITION'],
  ])('%s', async (_, resourceName, error) => {
    const { name } = await wire.newTopic()
    for (const version of versionsOf(describeConfigs)) {
      const results = await ask(version, [topic(resourceName), topic(name)])
      const answers = new Map(results.map(result => [result.resourceName, named(result)]))
      expect(answers.get(resourceName)).toMatchObject({
        error,
        errorMessage: expect.any(String),
        configs: [],
      })
      expect(answers.get(name)!.error).toBe('NONE')
    }
  })
})

describe('DescribeConfigs of a broker', () => {
  it.each(versionsOf(describeConfigs))('v%i', async version => {
    const id = await nodeId()
    const options = { includeSynonyms: true, includeDocumentation: true }
    const [result] = await ask(version, [broker(id)], options)
    expect(named(result!)).toMatchObject({ error: 'NONE', resourceName: id })
    const told = byName(result!.configs)
    expect(told.size).toBeGreaterThanOrEqual(340)
    expect(told.get('ssl.keystore.password')).toMatchObject({
      value: null,
      isSensitive: true,
      readOnly: false,
      configType: version < 3 ? 0 : 9,
    })
    expect(told.get('message.max.bytes')).toMatchObject({ readOnly: false })
    expect(told.get('auto.create.topics.enable')).toMatchObject({
      value: 'true',
      readOnly: true,
      isSensitive: false,
      configSource: version < 1 ? -1 : source.default,
      configType: version < 3 ? 0 : type.boolean,
      documentation: version < 3 ? '' : expect.stringContaining(' '),
    })
    expect(told.get('message.max.bytes')).toMatchObject({ value: '1048588' })
    expect(told.get('node.id')).toMatchObject({ value: id, readOnly: true })
    expect(told.get('listeners')).toMatchObject({
      value: expect.stringContaining('PLAINTEXT://'),
      configSource: version < 1 ? -1 : source.static,
      isDefault: false,
    })
  })

  it('tells the configs that are named', async () => {
    const names = ['num.partitions', 'no.such.config', 'log.retention.hours']
    const options = { includeSynonyms: true }
    const [result] = await ask(4, [broker(await nodeId(), names)], options)
    expect(result!.configs.map(({ name }) => name).toSorted()).toEqual([
      'log.retention.hours',
      'num.partitions',
    ])
    expect(byName(result!.configs).get('log.retention.hours')).toMatchObject({
      value: '168',
      synonyms: [{ name: 'log.retention.hours', value: '168', source: source.default }],
    })
  })

  it('by the name "": what is set for all brokers', async () => {
    const [result] = await ask(4, [broker('')])
    expect(named(result!).error).toBe('NONE')
    expect(result!.configs.length).toBeLessThan(5)
  })

  it.each(['99', '-1', 'x', '1x'])('named %j', async name => {
    for (const version of versionsOf(describeConfigs)) {
      const [result] = await ask(version, [broker(name)])
      expect(named(result!)).toMatchObject({
        error: 'INVALID_REQUEST',
        errorMessage: expect.any(String),
        configs: [],
      })
    }
  })
})

describe('DescribeConfigs of others', () => {
  it.each([
    ['client metrics', 16, ['interval.ms', 'match', 'metrics']],
    ['a group', 32, ['consumer.heartbeat.interval.ms', 'share.isolation.level']],
  ])('of %s: all there is to be set', async (_, resourceType, names) => {
    for (const version of versionsOf(describeConfigs)) {
      const request = { resourceType, resourceName: uniqueName(), configurationKeys: names }
      const [result] = await ask(version, [request], { includeSynonyms: true })
      expect(named(result!)).toMatchObject({ error: 'NONE', errorMessage: '' })
      expect(result!.configs.map(({ name }) => name).toSorted()).toEqual(names)
      for (const entry of result!.configs) {
        expect(entry).toMatchObject({
          readOnly: false,
          isSensitive: false,
          configSource: version < 1 ? -1 : source.default,
        })
      }
    }
  })

  it.each([8, 16, 32])('of type %i without a name', async resourceType => {
    const [result] = await ask(4, [{ resourceType, resourceName: '', configurationKeys: null }])
    expect(named(result!)).toMatchObject({ error: 'INVALID_REQUEST', configs: [] })
  })

  it.each([0, 1, 3, 5, 64, 127, -1])('of type %i', async resourceType => {
    for (const version of versionsOf(describeConfigs)) {
      const resource = { resourceType, resourceName: await nodeId(), configurationKeys: null }
      const [result] = await ask(version, [resource])
      expect(named(result!)).toMatchObject({
        error: 'INVALID_REQUEST',
        errorMessage: expect.any(String),
        resourceType,
        configs: [],
      })
    }
  })

  it('of nothing is nothing', async () => {
    expect(await ask(latest(describeConfigs), [])).toEqual([])
  })
})

describe.skipIf(onKafka)(
  'DescribeConfigs of what was set (skipped on Apache Kafka: has its own)',
  () => {
    const configured = useBroker({ 'num.partitions': 7, 'log.retention.hours': 1 })

    it('tells what was set, here and on its topics', async () => {
      const { name } = await configured.newTopic({ configs: { 'segment.ms': '60000' } })
      const request = {
        resources: [
          broker('0', ['num.partitions', 'log.retention.hours']),
          topic(name, ['retention.ms', 'segment.ms']),
        ],
        includeSynonyms: true,
      }
      const { results } = await configured.client.request(describeConfigs, 4, request)
      const [ofBroker, ofTopic] = results.map(({ configs }) => byName(configs))
      expect(ofBroker!.get('num.partitions')).toMatchObject({
        value: '7',
        configSource: source.static,
        synonyms: [
          { name: 'num.partitions', value: '7', source: source.static },
          { name: 'num.partitions', value: '1', source: source.default },
        ],
      })
      expect(ofTopic!.get('retention.ms')).toMatchObject({ value: '3600000' })
      expect(ofTopic!.get('segment.ms')).toMatchObject({
        value: '60000',
        configSource: source.topic,
      })
    })
  },
)
