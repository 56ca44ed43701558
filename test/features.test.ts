/** The rules of Kafka's FeatureControlManager; codes and order as Apache Kafka 4.3.1 answers. */
import { describe, expect, it } from 'vitest'
import type { Release } from '../protocol/releases.ts'
import { Features, upgradeTypeOf, type FeatureUpdate, type UpgradeType } from '../src/features.ts'
import { servedBy } from '../src/emulation.ts'
import { handlers } from '../src/handlers/index.ts'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import type { FeatureRow, MetadataStore } from '../storage/metadata-store.ts'
import { apis as everyApi } from './protocol/every-api.ts'

interface Given {
  release?: Release | null
  apis?: typeof everyApi
  metadata?: MetadataStore
}

function features(given: Given = {}): Features {
  const { release = null, apis = everyApi, metadata = createMemoryMetadataStore() } = given
  return new Features({ release, apis, metadata })
}

function levels({ finalized }: Features): Record<string, number> {
  return Object.fromEntries(finalized.map(({ name, level }) => [name, level]))
}

function to(feature: string, level: number, type: UpgradeType = 'upgrade'): FeatureUpdate {
  return { feature, level, type }
}

const all = {
  'metadata.version': 30,
  'transaction.version': 2,
  'group.version': 1,
  'eligible.leader.replicas.version': 1,
  'share.version': 1,
  'streams.version': 1,
}

describe('features that are supported', () => {
  it.each<[Release | null, Record<string, [number, number]>]>([
    ['2.8', {}],
    ['3.9', { 'metadata.version': [1, 21], 'kraft.version': [0, 1] }],
    [
      null,
      {
        'metadata.version': [7, 30],
        'kraft.version': [0, 1],
        'transaction.version': [0, 2],
        'group.version': [0, 1],
        'eligible.leader.replicas.version': [0, 1],
        'share.version': [0, 1],
        'streams.version': [0, 1],
      },
    ],
  ])('%s: with all APIs, those of Apache Kafka', (release, expected) => {
    const ranges = features({ release }).supported.map(({ name, minVersion, maxVersion }) => {
      return [name, [minVersion, maxVersion]]
    })
    expect(Object.fromEntries(ranges)).toEqual(expected)
  })

  it.each([
    ['group.version', 'ConsumerGroupHeartbeat'],
    ['share.version', 'ShareGroupHeartbeat'],
    ['streams.version', 'StreamsGroupHeartbeat'],
    ['transaction.version', 'EndTxn'],
    ['eligible.leader.replicas.version', 'DescribeTopicPartitions'],
  ])('%s goes with %s', async (feature, name) => {
    expect(features().level(feature)).toBeGreaterThan(0)
    const without = features({ apis: everyApi.filter(api => api.name !== name) })
    expect(without.supported.map(each => each.name)).not.toContain(feature)
    expect(without.level(feature)).toBe(0)
    await expect(without.update([to(feature, 1)], true)).rejects.toThrow('does not support')
    // Kafka, too, takes 0 for what it knows but does not support.
    await without.update([to(feature, 0)], false)
  })

  it('transaction.version needs the EndTxn of KIP-890', () => {
    const apis = everyApi.map(api =>
      api.name === 'EndTxn' ? { ...api, versions: [0, 4] as const } : api,
    )
    expect(features({ apis }).level('transaction.version')).toBe(0)
  })

  // Apache Kafka 3.9 has the API of KIP-848, and refuses it by a config instead of a feature.
  it.each([null, '4.3'] as const)('%s: what this broker tells is what it serves', release => {
    const apis = servedBy(release, handlers)
    const names = new Set(apis.map(({ name }) => name))
    const told = new Features({ release, apis, metadata: createMemoryMetadataStore() })
    expect(told.level('group.version') > 0).toBe(names.has('ConsumerGroupHeartbeat'))
    expect(told.level('share.version') > 0).toBe(names.has('ShareGroupHeartbeat'))
    expect(told.level('streams.version') > 0).toBe(names.has('StreamsGroupHeartbeat'))
  })
})

describe('an update of features', () => {
  it('begins with what a new cluster has', () => {
    expect(levels(features())).toEqual(all)
    expect(levels(features({ release: '3.9' }))).toEqual({ 'metadata.version': 21 })
    expect(levels(features({ release: '2.8' }))).toEqual({})
  })

  it('is kept', async () => {
    const metadata = createMemoryMetadataStore()
    await features({ metadata }).update(
      [to('group.version', 0, 'safe downgrade'), to('kraft.version', 1)],
      false,
    )
    const rows = new Map<string, FeatureRow>()
    for await (const { kind, key, value } of metadata.load()) {
      if (kind === 'feature' && value) rows.set(key, value)
    }
    const again = features()
    again.load(rows)
    const { 'group.version': _, ...others } = all
    expect(levels(again)).toEqual({ ...others, 'kraft.version': 1 })
  })

  it('changes nothing when it is only validated', async () => {
    const metadata = createMemoryMetadataStore()
    const tried = features({ metadata })
    await tried.update([to('share.version', 0, 'unsafe downgrade')], true)
    expect(levels(tried)).toEqual(all)
    expect(await Array.fromAsync(metadata.load())).toEqual([])
  })

  it('changes nothing when one of several is refused', async () => {
    const tried = features()
    const updates = [to('share.version', 0, 'safe downgrade'), to('group.version', 9)]
    await expect(tried.update(updates, false)).rejects.toThrow('group.version to 9')
    expect(levels(tried)).toEqual(all)
  })

  it('stores nothing that is so already', async () => {
    const metadata = createMemoryMetadataStore()
    await features({ metadata }).update([to('group.version', 1)], false)
    expect(await Array.fromAsync(metadata.load())).toEqual([])
  })

  it('takes the last one for a feature', async () => {
    const tried = features()
    const down = to('group.version', 0, 'safe downgrade')
    await expect(tried.update([down, to('group.version', 0)], false)).rejects.toThrow('upgrade')
    await tried.update([to('group.version', 7), down], false)
    expect(tried.level('group.version')).toBe(0)
  })

  it.each<[FeatureUpdate, string]>([
    [to('group.version', 1, 'unknown'), 'no such type'],
    [to('group.version', -1), 'less than 0'],
    [to('nope.version', 1), 'no such feature'],
    [to('nope.version', 0), 'no such feature'],
    [to('', 1), 'no such feature'],
    [to('group.version', 2), 'supports 0 to 1'],
    [to('transaction.version', 3), 'supports 0 to 2'],
    [to('metadata.version', 6, 'safe downgrade'), 'supports 7 to 30'],
    [to('metadata.version', 31), 'supports 7 to 30'],
    [to('group.version', 0), 'does not downgrade'],
    [to('kraft.version', 1, 'safe downgrade'), 'does not upgrade'],
    [to('kraft.version', 1, 'unsafe downgrade'), 'does not upgrade'],
    [to('metadata.version', 29), 'does not downgrade'],
    [to('metadata.version', 29, 'safe downgrade'), 'might be lost'],
    [to('metadata.version', 29, 'unsafe downgrade'), 'not supported'],
  ])('cannot be %o', async (update, reason) => {
    await expect(features().update([update], true)).rejects.toMatchObject({
      error: 'INVALID_UPDATE_VERSION',
      message: expect.stringContaining(reason) as string,
    })
  })

  it.each<FeatureUpdate>([
    to('group.version', 1),
    to('group.version', 1, 'safe downgrade'),
    to('group.version', 0, 'safe downgrade'),
    to('group.version', 0, 'unsafe downgrade'),
    to('transaction.version', 1, 'safe downgrade'),
    to('kraft.version', 0),
    to('kraft.version', 1),
    to('metadata.version', 30, 'unsafe downgrade'),
  ])('can be %o', async update => {
    await features().update([update], true)
  })

  it('downgrades metadata.version as long as nothing is lost (3.9)', async () => {
    const tried = features({ release: '3.9' })
    const down = (level: number): FeatureUpdate => to('metadata.version', level, 'safe downgrade')
    await expect(tried.update([down(16)], false)).rejects.toThrow('might be lost')
    await tried.update([down(17)], false)
    await expect(tried.update([down(16)], false)).rejects.toThrow('might be lost')
    await tried.update([to('metadata.version', 21)], false)
    expect(tried.level('metadata.version')).toBe(21)
  })

  it('never downgrades kraft.version', async () => {
    const tried = features()
    await tried.update([to('kraft.version', 1)], false)
    for (const type of ['safe downgrade', 'unsafe downgrade'] as const) {
      const update = tried.update([to('kraft.version', 0, type)], true)
      await expect(update).rejects.toThrow('cannot be downgraded')
    }
  })

  it('looks at the metadata.version that will be: eligible leaders need 23', async () => {
    const tried = features()
    const name = 'eligible.leader.replicas.version'
    tried.load(new Map(Object.entries({ 'metadata.version': 18, [name]: 0 }).map(row)))
    await expect(tried.update([to(name, 1)], true)).rejects.toThrow('needs metadata.version 23')
    await tried.update([to(name, 1), to('metadata.version', 23)], false)
    expect(tried.level(name)).toBe(1)
  })

  it('keeps within what is supported what another release has stored', () => {
    const narrowed = features({ release: '3.9' })
    narrowed.load(new Map([row(['metadata.version', 30]), row(['share.version', 1])]))
    expect(levels(narrowed)).toEqual({ 'metadata.version': 21 })
  })
})

function row([name, level]: [string, number]): [string, FeatureRow] {
  return [name, { level }]
}

describe('types of upgrades', () => {
  it.each([
    [1, 'upgrade'],
    [2, 'safe downgrade'],
    [3, 'unsafe downgrade'],
    [0, 'unknown'],
    [4, 'unknown'],
    [-1, 'unknown'],
  ])('%i is %s', (code, type) => {
    expect(upgradeTypeOf(code)).toBe(type)
  })
})
