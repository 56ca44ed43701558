import { describe, expect, it } from 'vitest'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import { ConfigError, createConfig, topicConfig } from '../src/config.ts'
import { describeBrokerConfigs } from '../src/config/describe.ts'
import { DynamicConfigs } from '../src/dynamic-configs.ts'
import { rowsOf } from './storage/metadata-rows.ts'

const open = async (
  metadata = createMemoryMetadataStore(),
  settings: Record<string, string> = {},
): Promise<DynamicConfigs> => {
  const { config } = createConfig(
    Object.entries(settings).map(([name, value]) => ({ name, value, origin: name })),
  )
  const rows = (await rowsOf(metadata)).flatMap(({ kind, value }) =>
    kind === 'config' && value !== null ? [value] : [],
  )
  return new DynamicConfigs(rows, { config, acting: { ...config }, metadata })
}

describe('what was set dynamically', () => {
  it('survives a restart', async () => {
    const metadata = createMemoryMetadataStore()
    const before = await open(metadata)
    await before.update('clientMetrics', 'producers', () => ({ metrics: 'a.,b.', match: '' }))
    await before.update('clientMetrics', '__proto__', () => ({ 'interval.ms': '500' }))
    await before.update('clientMetrics', 'gone', () => ({ metrics: '*' }))
    await before.update('clientMetrics', 'gone', () => ({}))
    const after = await open(metadata)
    expect(after.of('clientMetrics', 'producers')).toEqual({ metrics: 'a.,b.', match: '' })
    expect(after.names('clientMetrics').toSorted()).toEqual(['__proto__', 'producers'])
    expect([...after.clientMetrics.keys()].toSorted()).toEqual(['__proto__', 'producers'])
  })

  it('is told of where the next start does not go with it', async () => {
    const metadata = createMemoryMetadataStore()
    const before = await open(metadata)
    await before.update('broker', '0', () => ({ 'sasl.enabled.mechanisms': 'PLAIN' }))
    const started = open(metadata, {
      listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
      'sasl.enabled.mechanisms': 'SCRAM-SHA-256',
    })
    await expect(started).rejects.toThrow(ConfigError)
    await expect(started).rejects.toThrow('PLAIN needs users')
    await expect(started).rejects.toThrow('(with what was set while brokers ran)')
  })

  it('of one type is not of another', async () => {
    const configs = await open()
    await configs.update('clientMetrics', '1', () => ({ metrics: '*' }))
    expect(configs.of('broker', '1')).toEqual({})
    expect(configs.names('group')).toEqual([])
  })

  it('is changed by one after the other, each from what the one before it left', async () => {
    const configs = await open()
    const names = ['a', 'b', 'c']
    const add = (name: string): Promise<void> =>
      configs.update('clientMetrics', 'all', current => ({ ...current, [name]: name }))
    await Promise.all(names.map(add))
    expect(configs.of('clientMetrics', 'all')).toEqual({ a: 'a', b: 'b', c: 'c' })
  })

  it('stays as it was when a change throws, or gives it back', async () => {
    const configs = await open()
    await configs.update('clientMetrics', 'x', () => ({ metrics: '*' }))
    const failing = configs.update('clientMetrics', 'x', () => {
      throw new RangeError('refused')
    })
    await expect(failing).rejects.toThrow('refused')
    await configs.update('clientMetrics', 'x', current => current)
    expect(configs.of('clientMetrics', 'x')).toEqual({ metrics: '*' })
  })
})

describe('client metrics subscriptions', () => {
  it('are typed, with defaults for what is not set', async () => {
    const configs = await open()
    const match = 'client_id=app-.*,client_software_version=1\\.[0-9]'
    await configs.update('clientMetrics', 'apps', () => ({ metrics: 'a.,b.', match }))
    const { metrics, intervalMs, match: patterns } = configs.clientMetrics.get('apps')!
    expect({ metrics, intervalMs }).toEqual({ metrics: ['a.', 'b.'], intervalMs: 300_000 })
    const clientId = patterns.get('client_id')!
    expect(['app-1', 'my-app-1', 'app'].map(id => clientId.test(id))).toEqual([true, false, false])
    expect(patterns.get('client_software_version')!.test('1.23')).toBe(false)
    expect(patterns.get('client_source_port')).toBeUndefined()
  })
})

describe('configs of brokers', () => {
  const settings = { 'message.max.bytes': '1000', 'node.id': '1', brokers: '2' }

  it('act at once: what is set on the first one, on all, at start', async () => {
    const metadata = createMemoryMetadataStore()
    const configs = await open(metadata, settings)
    const { config } = configs
    const held = () => topicConfig({}, config).maxMessageBytes
    const values = [held()]
    for (const [broker, value] of [
      ['', '2000'],
      ['1', '3000'],
      ['2', '4000'],
    ] as const) {
      await configs.update('broker', broker, () => ({ 'message.max.bytes': value }))
      values.push(held())
    }
    await configs.update('broker', '1', () => ({}))
    expect([...values, held()]).toEqual([1000, 2000, 3000, 3000, 2000])
    const after = await open(metadata, settings)
    expect(topicConfig({}, after.config).maxMessageBytes).toBe(2000)
    expect(after.of('broker', '2')).toEqual({ 'message.max.bytes': '4000' })
  })

  it('take effect on values that are not of topics', async () => {
    const configs = await open()
    const { config } = configs
    await configs.update('broker', '', () => ({ 'producer.id.expiration.ms': '5000' }))
    expect(config.producerIdExpirationMs).toBe(5000)
    await configs.update('broker', '', () => ({}))
    expect(config.producerIdExpirationMs).toBe(86_400_000)
  })

  it('are told of each broker, with its own id and listeners', async () => {
    const configs = await open(createMemoryMetadataStore(), settings)
    await configs.update('broker', '2', () => ({ 'message.max.bytes': '4000' }))
    const told = (nodeId: number) => {
      const entries = describeBrokerConfigs(configs.layersOf(nodeId))
      const valueOf = (name: string) => entries.find(entry => entry.name === name)!.value
      return ['node.id', 'broker.id', 'listeners', 'message.max.bytes'].map(valueOf)
    }
    expect(told(1)).toEqual(['1', '1', 'PLAINTEXT://127.0.0.1:9092', '1000'])
    expect(told(2)).toEqual(['2', '2', 'PLAINTEXT://127.0.0.1:9093', '4000'])
  })

  it('do not keep for ever what nobody has set', async () => {
    const store = createMemoryMetadataStore()
    const name = 'min.insync.replicas'
    const before = await open(store, { [name]: '2' })
    await before.update('broker', '', current => ({ ...current, 'message.max.bytes': '4000' }))
    const after = await open(store, { [name]: '1' })
    expect(after.of('broker', '')).toEqual({ [name]: '1', 'message.max.bytes': '4000' })
    await after.update('broker', '', current => ({ ...current, [name]: '3' }))
    expect((await open(store, { [name]: '1' })).of('broker', '')).toMatchObject({ [name]: '3' })
  })

  it('have min.insync.replicas set on all brokers from the beginning', async () => {
    const configs = await open(createMemoryMetadataStore(), { 'min.insync.replicas': '2' })
    expect(configs.of('broker', '')).toEqual({ 'min.insync.replicas': '2' })
  })
})
