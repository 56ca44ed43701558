import { describe, expect, it } from 'vitest'
import { initialize, newShare, read, summary, unknownPartitions } from './share-states.ts'
import { useBroker } from './wire.ts'

const wire = useBroker()

describe('ReadShareGroupState', () => {
  it('needs a partition that was initialized', async () => {
    const share = await newShare(wire)
    expect(await read(wire.client, share)).toMatchObject({
      error: 'INVALID_REQUEST',
      stateEpoch: 0,
      startOffset: 0,
      stateBatches: [],
    })
  })

  it('knows the leader epoch of who reads, and fences the leaders before', async () => {
    const share = await newShare(wire)
    await initialize(wire.client, share)
    expect((await read(wire.client, share, 4)).error).toBe('NONE')
    expect((await summary(wire.client, share)).leaderEpoch).toBe(4)
    expect((await read(wire.client, share, 3)).error).toBe('FENCED_LEADER_EPOCH')
    expect((await read(wire.client, share, -1)).error).toBe('NONE')
    expect((await summary(wire.client, share)).leaderEpoch).toBe(4)
  })

  it('looks for nothing else', async () => {
    const share = await newShare(wire)
    for (const [part] of unknownPartitions) {
      expect((await read(wire.client, { ...share, ...part })).error).toBe('INVALID_REQUEST')
    }
  })
})
