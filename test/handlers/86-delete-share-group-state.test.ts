import { describe, expect, it } from 'vitest'
import { initialize, newShare, read, remove, unknownPartitions } from './share-states.ts'
import { useBroker } from './wire.ts'

const wire = useBroker()

describe('DeleteShareGroupState', () => {
  it('forgets a partition', async () => {
    const share = await newShare(wire)
    await initialize(wire.client, share, { stateEpoch: 5 })
    expect(await remove(wire.client, share)).toMatchObject({ error: 'NONE', errorMessage: null })
    expect((await read(wire.client, share)).error).toBe('INVALID_REQUEST')
    expect((await initialize(wire.client, share, { stateEpoch: 0 })).error).toBe('NONE')
  })

  it('has nothing against one that is not known', async () => {
    expect((await remove(wire.client, await newShare(wire))).error).toBe('NONE')
  })

  it('knows topics and partitions', async () => {
    const share = await newShare(wire)
    for (const [part, error] of unknownPartitions) {
      expect((await remove(wire.client, { ...share, ...part })).error).toBe(error)
    }
  })
})
