import { describe, expect, it } from 'vitest'
import {
  epochAt,
  epochEnd,
  leaderEpochOf,
  newPartitionRow,
  onNodes,
  placeReplicas,
  withLeader,
  withoutOldEpochs,
} from '../src/replicas.ts'
import type { PartitionRow } from '../storage/metadata-store.ts'

const row = (fields: Partial<PartitionRow> = {}): PartitionRow => {
  return { ...newPartitionRow([0, 1, 2]), ...fields }
}

describe('replicas of new partitions', () => {
  it('have leaders that go round the nodes, and followers after them', () => {
    expect(placeReplicas([5, 6, 7], { count: 4, factor: 2, start: 2 })).toEqual([
      [7, 5],
      [5, 6],
      [6, 7],
      [7, 5],
    ])
  })

  it('are all in sync, and the first one leads in epoch 0', () => {
    expect(row()).toMatchObject({ isr: [0, 1, 2], leader: 0 })
    expect(leaderEpochOf(row())).toBe(0)
  })
})

describe('a partition that is opened by other nodes than before', () => {
  it('stays as it is when they are the same', () => {
    const same = row()
    expect(onNodes(same, [0, 1, 2, 3], 10)).toBe(same)
  })

  it('is led by a replica that runs, in a new epoch', () => {
    expect(onNodes(row(), [1, 2], 10)).toEqual({
      ...row({ isr: [1, 2], leader: 1 }),
      epochs: [
        { epoch: 0, startOffset: 0 },
        { epoch: 1, startOffset: 10 },
      ],
    })
  })

  it('keeps its leader when only followers are gone', () => {
    expect(onNodes(row(), [0], 10)).toEqual(row({ isr: [0] }))
  })

  it('is led by its preferred leader again when that is back', () => {
    const without = onNodes(row(), [1, 2], 10)
    expect(onNodes(without, [0, 1, 2], 20)).toMatchObject({ leader: 0, isr: [0, 1, 2] })
    expect(leaderEpochOf(onNodes(without, [0, 1, 2], 20))).toBe(2)
  })

  it('has its replicas in sync again when their nodes are back', () => {
    expect(onNodes(row({ isr: [0] }), [0, 1, 2], 10)).toEqual(row())
  })

  it('goes to the first node when none of its replicas runs', () => {
    expect(onNodes(row(), [8, 9], 10)).toMatchObject({ replicas: [8], isr: [8], leader: 8 })
  })

  it('leaves a reassignment behind when it goes to another node', () => {
    const reassigned = row({ replicas: [3, 4], isr: [4], leader: 4, adding: [3], removing: [4] })
    const moved = onNodes(reassigned, [0, 1], 10)
    expect(moved).toMatchObject({ replicas: [0], isr: [0], leader: 0, adding: [], removing: [] })
    expect(onNodes(moved, [0, 3, 4], 10)).toBe(moved)
  })

  it('does not count replicas in that a reassignment is still adding', () => {
    expect(onNodes(row({ adding: [2] }), [0, 1, 2], 10).isr).toEqual([0, 1])
  })
})

/** Kafka: LeaderEpochFileCacheTest. */
describe('leader epochs', () => {
  const epochs = [
    { epoch: 2, startOffset: 0 },
    { epoch: 4, startOffset: 10 },
    { epoch: 5, startOffset: 15 },
  ]
  const log = { startOffset: 0, endOffset: 20 }

  it.each([
    [-1, undefined],
    [0, { epoch: 0, endOffset: 0 }],
    [2, { epoch: 2, endOffset: 10 }],
    [3, { epoch: 2, endOffset: 10 }],
    [4, { epoch: 4, endOffset: 15 }],
    [5, { epoch: 5, endOffset: 20 }],
    [6, undefined],
  ])('of which %i ends at %j', (requested, end) => {
    expect(epochEnd(row({ epochs }), requested, log)).toEqual(end)
  })

  it('end no earlier than the log begins', () => {
    const trimmed = { startOffset: 12, endOffset: 20 }
    expect(epochEnd(row({ epochs }), 2, trimmed)).toEqual({ epoch: 2, endOffset: 12 })
    expect(epochEnd(row({ epochs }), 4, trimmed)).toEqual({ epoch: 4, endOffset: 15 })
  })

  it.each([
    [0, 2],
    [9, 2],
    [10, 4],
    [99, 5],
  ])('hold the record at offset %i in epoch %i', (offset, epoch) => {
    expect(epochAt(row({ epochs }), offset)).toBe(epoch)
  })

  it('are forgotten when their records are', () => {
    expect(withoutOldEpochs(row({ epochs }), 9)).toEqual(row({ epochs }))
    expect(withoutOldEpochs(row({ epochs }), 10).epochs).toEqual(epochs.slice(1))
    expect(withoutOldEpochs(row({ epochs }), 99).epochs).toEqual(epochs.slice(2))
  })

  it('grow, and those without records are forgotten', () => {
    const once = withLeader(row({ epochs }), 1, 20)
    const twice = withLeader(once, 2, 20)
    expect(twice).toMatchObject({ leader: 2, epochs: [...epochs, { epoch: 7, startOffset: 20 }] })
  })
})
