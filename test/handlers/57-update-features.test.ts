import { describe, expect, it } from 'vitest'
import { updateFeatures } from '../../protocol/apis/57-update-features.ts'
import { named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const versions = versionsOf(updateFeatures)

function update(version: number, ...featureUpdates: [string, number, number?][]) {
  return wire.client.request(updateFeatures, version, {
    timeoutMs: 1000,
    featureUpdates: featureUpdates.map(([feature, maxVersionLevel, upgradeType = 1]) => {
      return { feature, maxVersionLevel, upgradeType, allowDowngrade: true }
    }),
    // v0 has no such thing; what it can update, here, is so already.
    validateOnly: true,
  })
}

describe('UpdateFeatures', () => {
  it.each(versions)('v%i: a level that holds already', async version => {
    const answer = await update(version, ['metadata.version', 30], ['kraft.version', 0])
    expect(named(answer)).toMatchObject({ error: 'NONE', errorMessage: null })
    const result = (feature: string) => ({ feature, errorCode: 0, errorMessage: 'NONE' })
    // One answer for all since KIP-1022.
    expect(answer.results).toEqual(
      version < 2 ? [result('metadata.version'), result('kraft.version')] : [],
    )
  })

  it.each(versions)('v%i: nothing at all', async version => {
    const answer = await update(version)
    expect(named(answer)).toMatchObject({ error: 'NONE', errorMessage: null, results: [] })
  })

  it.each(versions)('v%i: the same twice', async version => {
    const answer = await update(version, ['metadata.version', 30], ['metadata.version', 30])
    expect(named(answer).error).toBe('NONE')
    expect(answer.results).toHaveLength(version < 2 ? 2 : 0)
  })

  describe.each(versions)('v%i refuses as a whole', version => {
    it.each<[string, ...[string, number, number?][]]>([
      ['an unknown feature', ['nope.version', 1]],
      ['an unknown feature at 0', ['nope.version', 0]],
      ['no name', ['', 1]],
      ['a level that is too high', ['metadata.version', 31]],
      ['a level that is too low', ['metadata.version', 6]],
      ['a negative level', ['kraft.version', -1]],
      ['one of several', ['kraft.version', 0], ['metadata.version', 31]],
      ['the last one of a feature', ['metadata.version', 30], ['metadata.version', 31]],
      ['a downgrade that is none by its type', ['metadata.version', 29]],
    ])('%s', async (_, ...updates) => {
      const answer = await update(version, ...updates)
      expect(named(answer)).toMatchObject({ error: 'INVALID_UPDATE_VERSION', results: [] })
      expect(answer.errorMessage).toContain(updates.at(-1)![0])
    })
  })

  describe.each(versionsOf(updateFeatures, { since: 1 }))('v%i refuses', version => {
    it.each<[string, [string, number, number]]>([
      ['an upgrade type that is none', ['metadata.version', 30, 0]],
      ['an upgrade type that is too high', ['metadata.version', 30, 4]],
      ['a downgrade that loses metadata', ['metadata.version', 29, 2]],
      ['an unsafe downgrade of metadata', ['metadata.version', 29, 3]],
      ['a downgrade that is an upgrade', ['kraft.version', 1, 2]],
    ])('%s', async (_, one) => {
      const answer = await update(version, one)
      expect(named(answer)).toMatchObject({ error: 'INVALID_UPDATE_VERSION', results: [] })
    })
  })

  it('is only asked whether it would do', async () => {
    expect(named(await update(2, ['kraft.version', 1])).error).toBe('NONE')
    expect(named(await update(2, ['kraft.version', 1, 2])).error).toBe('INVALID_UPDATE_VERSION')
  })
})
