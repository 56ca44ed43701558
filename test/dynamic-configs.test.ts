import { describe, expect, it } from 'vitest'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import { DynamicConfigs } from '../src/dynamic-configs.ts'
import { rowsOf } from './storage/metadata-rows.ts'

const open = async (metadata = createMemoryMetadataStore()): Promise<DynamicConfigs> => {
  const rows = (await rowsOf(metadata)).flatMap(({ kind, value }) =>
    kind === 'config' && value !== null ? [value] : [],
  )
  return new DynamicConfigs(rows, { metadata })
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

  it('of one type is not of another', async () => {
    const configs = await open()
    await configs.update('clientMetrics', '1', () => ({ metrics: '*' }))
    expect(configs.of('broker', '1')).toEqual({})
    expect(configs.names('broker')).toEqual([])
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
