import { afterEach, describe, expect, it } from 'vitest'
import { startBroker } from '../../src/index.ts'
import { RawClient } from '../raw-client.ts'
import { batchOf } from './batches.ts'
import { APPEND, ConfigClient, DELETE, resource, SET, SUBTRACT, type Change } from './configs.ts'
import { MemoryStorage } from './memory-storage.ts'
import { produceTo } from './requests.ts'
import { differs, newTopic, onKafka, useBroker } from './wire.ts'

const wire = useBroker()
const configs = new ConfigClient(() => wire.client)
const source = { broker: 2, cluster: 3, started: 4, default: 5 } as const
const everyBroker = ''

/** What the tests set, and unset afterwards: Apache Kafka may serve other tests meanwhile. */
const touched = [
  'log.index.interval.bytes',
  'compression.lz4.level',
  'log.cleanup.policy',
  'num.io.threads',
  'nobody.knows.this',
  'listener.name.other.ssl.keystore.password',
  'listener.name.other.max.connections',
]

afterEach(async () => {
  const unset = touched.map((name): Change => [name, DELETE, null])
  for (const name of [everyBroker, await configs.broker()]) {
    await configs.change(resource.broker, name, unset)
  }
})

const set = (name: string, value: string): Change[] => [[name, SET, value]]

async function told(name: string, config: string) {
  const { configs: entries } = await configs.describe(resource.broker, name, [config])
  return entries.map(({ value, configSource, readOnly, isSensitive, synonyms }) => ({
    value,
    configSource,
    readOnly,
    isSensitive,
    synonyms: synonyms.map(({ name, value, source }) => `${name}=${value}/${source}`),
  }))[0]
}

describe('IncrementalAlterConfigs of brokers', () => {
  it('sets on all, and above that on one', async () => {
    const broker = await configs.broker()
    const config = 'log.index.interval.bytes'
    const common = { readOnly: false, isSensitive: false }
    await configs.change(resource.broker, everyBroker, set(config, '5000'))
    await expect
      .poll(() => told(broker, config))
      .toEqual({
        ...common,
        value: '5000',
        configSource: source.cluster,
        synonyms: [`${config}=5000/3`, `${config}=4096/5`],
      })
    await configs.change(resource.broker, broker, set(config, '6000'))
    await expect
      .poll(() => told(broker, config))
      .toEqual({
        ...common,
        value: '6000',
        configSource: source.broker,
        synonyms: [`${config}=6000/2`, `${config}=5000/3`, `${config}=4096/5`],
      })
    expect(await told(everyBroker, config)).toMatchObject({
      value: '5000',
      configSource: source.cluster,
      synonyms: [`${config}=5000/3`],
    })
    await configs.change(resource.broker, broker, [[config, DELETE, null]])
    await expect.poll(() => told(broker, config)).toMatchObject({ value: '5000' })
    await configs.change(resource.broker, everyBroker, [[config, DELETE, null]])
    await expect
      .poll(() => told(broker, config))
      .toMatchObject({ value: '4096', configSource: source.default })
    expect(await told(everyBroker, config)).toBeUndefined()
  })

  it('is told of topics that do not set their own', async () => {
    const { name } = await wire.newTopic()
    const { name: own } = await wire.newTopic({ configs: { 'index.interval.bytes': '7000' } })
    const config = 'log.index.interval.bytes'
    await configs.change(resource.broker, everyBroker, set(config, '5000'))
    const entryOf = async (topic: string) =>
      (await configs.describe(resource.topic, topic, ['index.interval.bytes'])).configs[0]
    await expect
      .poll(() => entryOf(name))
      .toMatchObject({
        value: '5000',
        configSource: source.cluster,
        synonyms: [
          { name: config, value: '5000', source: source.cluster },
          { name: config, value: '4096', source: source.default },
        ],
      })
    expect(await entryOf(own)).toMatchObject({ value: '7000', configSource: 1 })
  })

  it('appends to lists and subtracts from them', async () => {
    const config = 'log.cleanup.policy'
    for (const [operation, item, value] of [
      [APPEND, 'compact', 'delete,compact'],
      [SUBTRACT, 'delete', 'compact'],
    ] as const) {
      const changes: Change[] = [[config, operation, item]]
      expect((await configs.change(resource.broker, everyBroker, changes)).error).toBe('NONE')
      await expect.poll(() => told(everyBroker, config)).toMatchObject({ value })
    }
  })

  it('keeps what nobody knows, and passwords, to itself', async () => {
    const broker = await configs.broker()
    const secrets = ['nobody.knows.this', 'listener.name.other.ssl.keystore.password']
    for (const config of secrets) {
      const answer = await configs.change(resource.broker, broker, set(config, 'secret'))
      expect(answer.error).toBe('NONE')
      await expect
        .poll(() => told(broker, config))
        .toEqual({
          value: null,
          configSource: source.broker,
          readOnly: true,
          isSensitive: true,
          synonyms: [`${config}=null/2`],
        })
    }
  })

  it.each<[string, Change[], string, RegExp]>([
    ['what needs a restart', set('num.partitions', '3'), 'INVALID_REQUEST', /^Cannot update these/],
    ['an id', set('broker.id', '3'), 'INVALID_REQUEST', /^Cannot update .*\[broker\.id\]$/],
    ['a wrong number', set('message.max.bytes', 'x'), 'INVALID_REQUEST', /^Invalid value x for/],
    ['too small a number', set('log.segment.bytes', '10'), 'INVALID_REQUEST', /at least 1048576/],
    ['a wrong word', set('compression.type', 'zst'), 'INVALID_REQUEST', /String must be one of/],
    ['a wrong listener value', set('listener.name.x.max.connections', 'x'), 'INVALID_REQUEST', /x/],
    ['no connections', set('max.connections', '0'), 'INVALID_REQUEST', /Invalid max.connections 0/],
    ['none of any address', set('max.connections.per.ip', '0'), 'INVALID_REQUEST', /zero only if/],
    ['a bare key store', set('ssl.keystore.type', 'JKS'), 'INVALID_REQUEST', /listener prefix/],
    ['null', [['message.max.bytes', SET, null]], 'INVALID_REQUEST', /Null value not supported/],
    [
      'operation 7',
      [['message.max.bytes', 7, '1']],
      'INVALID_REQUEST',
      /Unknown operations type 7/,
    ],
    ['APPEND to a number', [['message.max.bytes', APPEND, '1']], 'INVALID_CONFIG', /./],
    ['APPEND to nothing known', [['constructor', APPEND, '1']], 'INVALID_CONFIG', /./],
  ])('refuses %s', async (_, changes, error, message) => {
    for (const name of [everyBroker, await configs.broker()]) {
      expect(await configs.change(resource.broker, name, changes)).toMatchObject({
        error,
        errorMessage: expect.stringMatching(message),
      })
    }
  })

  it.each([
    ['sasl.jaas.config', 'x'],
    ['listener.name.other.ssl.keystore.password', 'x'],
    ['cordoned.log.dirs', 'x'],
  ])('refuses %s on all brokers', async (config, value) => {
    expect(await configs.change(resource.broker, everyBroker, set(config, value))).toMatchObject({
      error: 'INVALID_REQUEST',
      errorMessage: expect.stringMatching(/broker id must be specified/),
    })
  })

  it('takes connection limits of a listener for all brokers', async () => {
    const changes = set('listener.name.other.max.connections', '10')
    expect((await configs.change(resource.broker, everyBroker, changes)).error).toBe('NONE')
  })

  it('unsets what is not set, whatever it is', async () => {
    const changes: Change[] = [
      ['num.partitions', DELETE, null],
      ['nobody.knows.this', DELETE, null],
    ]
    for (const name of [everyBroker, await configs.broker()]) {
      expect((await configs.change(resource.broker, name, changes)).error).toBe('NONE')
    }
  })

  it('keeps min.insync.replicas the same on all brokers', async () => {
    const config = 'min.insync.replicas'
    expect(await told(everyBroker, config)).toMatchObject({ configSource: source.cluster })
    const unset: Change[] = [[config, DELETE, null]]
    for (const name of [everyBroker, await configs.broker()]) {
      expect((await configs.change(resource.broker, name, unset)).error).toBe('INVALID_CONFIG')
    }
    const changes = set(config, '1')
    expect((await configs.change(resource.broker, everyBroker, changes)).error).toBe('NONE')
    const ofOne = await configs.change(resource.broker, await configs.broker(), changes)
    expect(ofOne.error).toBe('INVALID_CONFIG')
    const replaced = await configs.replace(resource.broker, everyBroker, [])
    expect(replaced.error).toBe('INVALID_CONFIG')
  })

  it('changes nothing when it shall only validate', async () => {
    const config = 'compression.lz4.level'
    const options = { validateOnly: true }
    const good = await configs.change(resource.broker, everyBroker, set(config, '3'), options)
    const bad = await configs.change(resource.broker, everyBroker, set(config, '99'), options)
    expect([good.error, bad.error]).toEqual(['NONE', 'INVALID_REQUEST'])
    expect(await told(everyBroker, config)).toBeUndefined()
  })

  it.each(['99', '-1', 'x', ' 1', '1.0'])('knows no broker %j', async name => {
    expect(await configs.change(resource.broker, name, [])).toMatchObject({
      error: 'INVALID_REQUEST',
      errorMessage: expect.stringContaining(name),
    })
  })

  it('knows its id in other spellings', async () => {
    const broker = await configs.broker()
    for (const name of [`0${broker}`, `+${broker}`]) {
      expect((await configs.change(resource.broker, name, [])).error).toBe('NONE')
      expect((await configs.describe(resource.broker, name)).errorCode).toBe(0)
    }
  })

  it('does not move listeners, which Apache Kafka can', async () => {
    expect(await told(await configs.broker(), 'listeners')).toMatchObject({
      readOnly: differs({ here: true, kafka: false }),
    })
  })
})

describe.skipIf(onKafka)(
  'What is set on brokers acts (skipped on Apache Kafka: other tests share it)',
  () => {
    const alone = useBroker()
    const own = new ConfigClient(() => alone.client)

    it('from the answer on, on topics that there are and on new ones', async () => {
      const before = await alone.newTopic()
      const excepted = await alone.newTopic({ configs: { 'max.message.bytes': '1000000' } })
      const records = batchOf(['x'.repeat(300)])
      expect((await produceTo(alone.client, before, records)).error).toBe('NONE')
      await own.change(resource.broker, everyBroker, set('message.max.bytes', '200'))
      const after = await alone.newTopic()
      expect((await produceTo(alone.client, before, records)).error).toBe('MESSAGE_TOO_LARGE')
      expect((await produceTo(alone.client, after, records)).error).toBe('MESSAGE_TOO_LARGE')
      expect((await produceTo(alone.client, excepted, records)).error).toBe('NONE')
      await own.change(resource.broker, await own.broker(), set('message.max.bytes', '2000'))
      expect((await produceTo(alone.client, before, records)).error).toBe('NONE')
    })

    it('again after a restart, as does what is set on other resources', async () => {
      const storage = new MemoryStorage()
      const records = batchOf(['x'.repeat(300)])
      const group = 'group-1'
      const topic = await withBroker(storage, async client => {
        const before = new ConfigClient(() => client)
        const resources = [
          [resource.broker, everyBroker, set('message.max.bytes', '200')],
          [resource.group, group, set('share.isolation.level', 'read_committed')],
          [resource.clientMetrics, 'metrics-1', set('interval.ms', '500')],
        ] as const
        for (const { error } of await before.changeAll(resources)) expect(error).toBe('NONE')
        const created = await newTopic(client)
        await before.change(resource.topic, created.name, set('retention.ms', '1000'))
        return created
      })
      await withBroker(storage, async client => {
        const after = new ConfigClient(() => client)
        expect((await produceTo(client, topic, records)).error).toBe('MESSAGE_TOO_LARGE')
        expect(await after.set(resource.topic, topic.name, [1])).toEqual({ 'retention.ms': '1000' })
        expect(await after.set(resource.clientMetrics, 'metrics-1', [7])).toEqual({
          'interval.ms': '500',
        })
        expect(await after.set(resource.group, group, [8])).toEqual({
          'share.isolation.level': 'read_committed',
        })
      })
    })

    it('on each of several brokers by its own id, asked of itself', async () => {
      await using cluster = await startBroker({ brokers: 2 })
      const addresses = cluster.bootstrapServers.split(',')
      await using first = await RawClient.connect(addresses[0]!)
      await using second = await RawClient.connect(addresses[1]!)
      const [one, two] = [first, second].map(client => new ConfigClient(() => client))
      const changes = set('log.index.interval.bytes', '5000')
      expect((await two!.change(resource.broker, '1', changes)).error).toBe('NONE')
      expect((await one!.change(resource.broker, '1', changes)).error).toBe('INVALID_REQUEST')
      expect((await one!.describe(resource.broker, '1')).errorCode).toBe(42)
      expect(await two!.set(resource.broker, '1', [2])).toEqual({
        'log.index.interval.bytes': '5000',
      })
      expect(await one!.set(resource.broker, '0', [2])).toEqual({})
      const [nodeId] = (await two!.describe(resource.broker, '1', ['node.id'])).configs
      expect(nodeId).toMatchObject({ value: '1', readOnly: true })
    })
  },
)

/** Runs a broker over the storage for as long as somebody uses it. */
async function withBroker<T>(
  storage: MemoryStorage,
  use: (client: RawClient) => Promise<T>,
): Promise<T> {
  const broker = await storage.start()
  try {
    await using client = await RawClient.connect(broker.bootstrapServers)
    return await use(client)
  } finally {
    await broker.close()
  }
}
