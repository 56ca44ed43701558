import { describe, expect, it } from 'vitest'
import { initializeShareGroupState } from '../../protocol/apis/83-initialize-share-group-state.ts'
import { initialize, newShare, read, summary, unknownPartitions, write } from './share-states.ts'
import { useBroker } from './wire.ts'

const wire = useBroker()

describe('InitializeShareGroupState', () => {
  it('begins with a partition', async () => {
    const share = await newShare(wire)
    const answer = await initialize(wire.client, share, { stateEpoch: 3, startOffset: 7 })
    expect(answer).toMatchObject({ error: 'NONE', errorMessage: null, partition: 0 })
    expect(await read(wire.client, share)).toMatchObject({
      error: 'NONE',
      stateEpoch: 3,
      startOffset: 7,
      stateBatches: [],
    })
    expect(await summary(wire.client, share)).toMatchObject({ deliveryCompleteCount: 0 })
  })

  it('leaves the start open', async () => {
    const share = await newShare(wire)
    await initialize(wire.client, share, { startOffset: -1 })
    expect(await summary(wire.client, share)).toMatchObject({
      error: 'NONE',
      startOffset: -1,
      deliveryCompleteCount: -1,
    })
  })

  it('begins anew, and forgets what happened', async () => {
    const share = await newShare(wire)
    await initialize(wire.client, share, { stateEpoch: 1 })
    const stateBatches = [{ firstOffset: 0, lastOffset: 4, deliveryState: 2, deliveryCount: 1 }]
    const update = { stateBatches, deliveryCompleteCount: 5 }
    expect((await write(wire.client, share, update)).error).toBe('NONE')
    expect((await read(wire.client, share)).stateBatches).toEqual(stateBatches)
    expect((await initialize(wire.client, share, { stateEpoch: 0 })).error).toBe(
      'FENCED_STATE_EPOCH',
    )
    expect((await initialize(wire.client, share, { stateEpoch: 2, startOffset: 1 })).error).toBe(
      'NONE',
    )
    expect(await read(wire.client, share)).toMatchObject({
      stateEpoch: 2,
      startOffset: 1,
      stateBatches: [],
    })
  })

  it('knows topics and partitions', async () => {
    const share = await newShare(wire)
    for (const [part, error] of unknownPartitions) {
      const answer = await initialize(wire.client, { ...share, ...part })
      expect(answer.error).toBe(error)
      expect(answer.errorMessage).not.toBe(null)
    }
  })

  it('answers nothing where nothing is asked', async () => {
    const { topicId } = await newShare(wire)
    const partitions = [{ partition: 0, stateEpoch: 0, startOffset: 0 }]
    for (const request of [
      { groupId: '', topics: [{ topicId, partitions }] },
      { groupId: 'g', topics: [] },
      { groupId: 'g', topics: [{ topicId, partitions: [] }] },
    ]) {
      expect(await wire.client.request(initializeShareGroupState, 0, request)).toMatchObject({
        results: [],
      })
    }
  })
})
