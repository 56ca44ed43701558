import { describe, expect, it } from 'vitest'
import { writeShareGroupState } from '../../protocol/apis/85-write-share-group-state.ts'
import { initialize, newShare, read, summary, write } from './share-states.ts'
import { useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

type Batch = readonly [firstOffset: number, lastOffset: number, state: number, count: number]

function batch([firstOffset, lastOffset, deliveryState, deliveryCount]: Batch) {
  return { firstOffset, lastOffset, deliveryState, deliveryCount }
}

describe('WriteShareGroupState', () => {
  it.each(versionsOf(writeShareGroupState))('v%i stores what happened', async version => {
    const share = await newShare(wire)
    await initialize(wire.client, share, { startOffset: -1 })
    const stateBatches = [batch([5, 9, 2, 1])]
    const update = { startOffset: 2, deliveryCompleteCount: 5, stateBatches }
    expect((await write(wire.client, share, update, version)).error).toBe('NONE')
    expect(await read(wire.client, share)).toMatchObject({ startOffset: 2, stateBatches })
    const deliveryCompleteCount = version < 1 ? -1 : 5
    expect(await summary(wire.client, share)).toMatchObject({ deliveryCompleteCount })
  })

  it.each<[string, Batch[], Batch[], Batch[]]>([
    ['neighbours that are alike', [[0, 4, 2, 1]], [[5, 9, 2, 1]], [[0, 9, 2, 1]]],
    [
      'neighbours that differ',
      [[0, 4, 2, 1]],
      [[5, 9, 4, 1]],
      [
        [0, 4, 2, 1],
        [5, 9, 4, 1],
      ],
    ],
    [
      'what is in a batch',
      [[0, 9, 0, 1]],
      [[3, 5, 2, 1]],
      [
        [0, 2, 0, 1],
        [3, 5, 2, 1],
        [6, 9, 0, 1],
      ],
    ],
    [
      'what is in two',
      [
        [0, 4, 0, 1],
        [5, 9, 0, 2],
      ],
      [[3, 6, 2, 2]],
      [
        [0, 2, 0, 1],
        [3, 6, 2, 2],
        [7, 9, 0, 2],
      ],
    ],
    ['nothing that is older', [[0, 9, 0, 3]], [[2, 4, 2, 1]], [[0, 9, 0, 3]]],
    [
      'what lies apart',
      [[10, 19, 2, 1]],
      [
        [0, 4, 2, 1],
        [30, 34, 2, 1],
      ],
      [
        [0, 4, 2, 1],
        [10, 19, 2, 1],
        [30, 34, 2, 1],
      ],
    ],
    [
      'what comes in any order',
      [],
      [
        [5, 9, 2, 1],
        [0, 4, 2, 1],
      ],
      [[0, 9, 2, 1]],
    ],
  ])('takes in %s', async (_, known, news, expected) => {
    const share = await newShare(wire)
    await initialize(wire.client, share)
    for (const batches of [known, news]) {
      const answer = await write(wire.client, share, { stateBatches: batches.map(batch) })
      expect(answer.error).toBe('NONE')
    }
    expect((await read(wire.client, share)).stateBatches).toEqual(expected.map(batch))
  })

  it('forgets what lies before the start', async () => {
    const share = await newShare(wire)
    await initialize(wire.client, share)
    await write(wire.client, share, { stateBatches: [batch([0, 9, 2, 1]), batch([12, 14, 4, 2])] })
    await write(wire.client, share, { startOffset: 5 })
    const expected = [batch([5, 9, 2, 1]), batch([12, 14, 4, 2])]
    expect(await read(wire.client, share)).toMatchObject({ startOffset: 5, stateBatches: expected })
  })

  it('refuses what comes from before', async () => {
    const share = await newShare(wire)
    expect((await write(wire.client, share)).error).toBe('INVALID_REQUEST')
    await initialize(wire.client, share, { stateEpoch: 2 })
    await read(wire.client, share, 3)
    for (const [update, error] of [
      [{ leaderEpoch: 2 }, 'FENCED_LEADER_EPOCH'],
      [{ stateEpoch: 1 }, 'FENCED_STATE_EPOCH'],
      [{ stateEpoch: 2, leaderEpoch: 3 }, 'NONE'],
      [{}, 'NONE'],
    ] as const) {
      expect((await write(wire.client, share, update)).error).toBe(error)
    }
  })
})
