import { describe, expect, it } from 'vitest'
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'
import type { BatchHeader } from '../../protocol/record-batch.ts'
import { ProducerState } from '../../src/partitions/producer-state.ts'
import { dataBatch as batch } from '../data-batch.ts'

const day = 86_400_000
const lastSequenceOfAll = 2 ** 31 - 1

/** A state that has appended these batches, back to back. */
function stateAfter(batches: BatchHeader[]): ProducerState {
  const state = new ProducerState({ producerIdExpirationMs: day })
  let offset = 0
  for (const one of batches) {
    expect(state.check(one, 0)).toBeUndefined()
    state.update(one, offset, 0)
    offset += one.lastOffsetDelta + 1
  }
  return state
}

function codeOf(act: () => unknown): number {
  try {
    act()
  } catch (error) {
    if (error instanceof KafkaError) return error.code
    throw error
  }
  return errors.NONE
}

it('tells the last record of each producer that goes on, or the epoch of its marker', () => {
  const last = { lastOffsetDelta: 4 }
  const state = stateAfter([batch(0), batch(1, last), batch(0, { producerId: 8 })])
  state.update(batch(0, { producerId: 9 }), 100, 1)
  state.complete({ type: 'commit', producerId: 8, producerEpoch: 3, coordinatorEpoch: 0 }, 0)
  const lastOffsets = new Map([
    [7, 5],
    [9, 100],
  ])
  expect(state.lastSent(day)).toEqual({ lastOffsets, markedEpochs: new Map([[8, 3]]) })
  lastOffsets.delete(7)
  expect(state.lastSent(day + 1)).toEqual({ lastOffsets, markedEpochs: new Map() })
})

describe('sequence of an idempotent producer (KIP-98)', () => {
  it('finds each of the last five batches again, at its offset (rule 31)', () => {
    const state = stateAfter([0, 1, 2, 3, 4, 5].map(sequence => batch(sequence)))
    for (const sequence of [1, 2, 3, 4, 5]) {
      expect(state.check(batch(sequence), 0)).toMatchObject({ baseOffset: sequence })
    }
  })

  it('refuses a retry that is older than five batches as out of order (rule 32)', () => {
    const state = stateAfter([0, 1, 2, 3, 4, 5].map(sequence => batch(sequence)))
    expect(codeOf(() => state.check(batch(0), 0))).toBe(errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })

  it('takes a batch for a retry only when both sequences are the same (rule 31)', () => {
    const state = stateAfter([batch(0, { lastOffsetDelta: 4 })])
    expect(state.check(batch(0, { lastOffsetDelta: 4 }), 0)).toMatchObject({
      baseOffset: 0,
      lastOffset: 4,
    })
    const shorter = batch(0, { lastOffsetDelta: 3 })
    expect(codeOf(() => state.check(shorter, 0))).toBe(errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })

  it('refuses a gap (rule 33)', () => {
    const state = stateAfter([batch(0)])
    expect(codeOf(() => state.check(batch(2), 0))).toBe(errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })

  it('goes on at 0 after the largest sequence, also within a batch (rule 34)', () => {
    const state = stateAfter([batch(lastSequenceOfAll - 1, { lastOffsetDelta: 3 })])
    expect(codeOf(() => state.check(batch(2), 0))).toBe(errors.NONE)
    const exact = stateAfter([batch(lastSequenceOfAll)])
    expect(codeOf(() => exact.check(batch(0), 0))).toBe(errors.NONE)
  })

  it('accepts any first sequence of a producer that it does not know (rule 35)', () => {
    expect(
      codeOf(() => new ProducerState({ producerIdExpirationMs: day }).check(batch(41), 0)),
    ).toBe(errors.NONE)
  })

  it('wants a new epoch to start at 0 (rule 35)', () => {
    const state = stateAfter([batch(0)])
    const late = batch(1, { producerEpoch: 1 })
    expect(codeOf(() => state.check(late, 0))).toBe(errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect(codeOf(() => state.check(batch(0, { producerEpoch: 1 }), 0))).toBe(errors.NONE)
  })

  it('refuses an epoch below the newest (rule 36)', () => {
    const state = stateAfter([batch(0, { producerEpoch: 3 })])
    const zombie = batch(1, { producerEpoch: 2 })
    expect(codeOf(() => state.check(zombie, 0))).toBe(errors.INVALID_PRODUCER_EPOCH)
  })

  it('does not mix up batches of different epochs', () => {
    const state = stateAfter([batch(0), batch(1), batch(0, { producerEpoch: 1 })])
    const next = batch(1, { producerEpoch: 1 })
    expect(state.check(next, 0)).toBeUndefined()
  })

  it('refuses an idempotent batch without a sequence (rule 37)', () => {
    expect(
      codeOf(() => new ProducerState({ producerIdExpirationMs: day }).check(batch(-1), 0)),
    ).toBe(errors.INVALID_RECORD)
  })

  it('ignores batches of producers that are not idempotent', () => {
    const state = stateAfter([batch(-1, { producerId: -1 }), batch(-1, { producerId: -1 })])
    expect(state.rows()).toEqual([])
  })

  it('forgets a producer when its last batch is too long ago (rule 24)', () => {
    const state = stateAfter([batch(0)])
    expect(codeOf(() => state.check(batch(5), day))).toBe(errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect(codeOf(() => state.check(batch(5), day + 1))).toBe(errors.NONE)
  })

  it('keeps no row of producers that are gone, however many come', () => {
    const state = new ProducerState({ producerIdExpirationMs: day })
    for (let i = 0; i < 10_000; i++) {
      state.update(batch(0, { producerId: i }), i, i * 1_000_000)
    }
    expect(state.rows().length).toBeLessThan(1_100)
  })

  it('is the same after it was stored', () => {
    const stored = stateAfter([0, 1, 2].map(sequence => batch(sequence))).rows()
    const state = new ProducerState(
      { producerIdExpirationMs: day },
      JSON.parse(JSON.stringify(stored)),
    )
    expect(state.check(batch(1), 0)).toMatchObject({ baseOffset: 1 })
    expect(codeOf(() => state.check(batch(4), 0))).toBe(errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })
})

const marker = (producerEpoch: number, coordinatorEpoch = 0) =>
  ({ type: 'commit', producerId: 7, producerEpoch, coordinatorEpoch }) as const

describe('the sequences of a transactional producer', () => {
  const inTransaction = (baseSequence: number, producerEpoch = 0) =>
    batch(baseSequence, { isTransactional: true, producerEpoch })

  it('go on after a marker of the same epoch', () => {
    const state = stateAfter([inTransaction(0), inTransaction(1)])
    state.complete(marker(0), 0)
    expect(state.check(inTransaction(2), 0)).toBeUndefined()
    expect(state.check(inTransaction(1), 0)).toMatchObject({ baseOffset: 1 })
    const gap = codeOf(() => state.check(inTransaction(3), 0))
    expect(gap).toBe(errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })

  it('begin at 0 after a marker of a later epoch (rule 35, KIP-890)', () => {
    const state = stateAfter([inTransaction(0), inTransaction(1)])
    state.complete(marker(1), 0)
    const fenced = codeOf(() => state.check(inTransaction(2), 0))
    expect(fenced).toBe(errors.INVALID_PRODUCER_EPOCH)
    const late = codeOf(() => state.check(inTransaction(2, 1), 0))
    expect(late).toBe(errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect(state.check(inTransaction(0, 1), 0)).toBeUndefined()
    // It took no part in transactions of these epochs.
    expect(state.check(inTransaction(0, 5), 0)).toBeUndefined()
  })

  it('are not checked against a batch that waits for its transaction', () => {
    const state = new ProducerState({ producerIdExpirationMs: day })
    expect(state.needsVerification(inTransaction(5), false, 0)).toBe(true)
    const next = codeOf(() => state.check(inTransaction(6), 0, () => true))
    expect(next).toBe(errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect(state.check(inTransaction(5), 0, () => true)).toBeUndefined()
    state.update(inTransaction(5), 0, 0)
    expect(state.check(inTransaction(6), 0, () => true)).toBeUndefined()
    expect(state.needsVerification(inTransaction(6), false, 0)).toBe(false)
    const old = codeOf(() => state.needsVerification(inTransaction(0, -1), false, 0))
    expect(old).toBe(errors.INVALID_PRODUCER_EPOCH)
  })
})

describe('the epoch of a marker (KIP-890, KIP-1228; Kafka: checkProducerEpoch)', () => {
  const open = (producerEpoch: number) =>
    stateAfter([batch(0, { producerEpoch, isTransactional: true })])

  it.each([
    [0, 4, 'INVALID_PRODUCER_EPOCH'],
    [0, 5, 'NONE'],
    [0, 6, 'NONE'],
    [1, 5, 'NONE'],
    [2, 4, 'INVALID_PRODUCER_EPOCH'],
    [2, 5, 'INVALID_PRODUCER_EPOCH'],
    [2, 6, 'NONE'],
  ])('of transactions %i may be %i after records of epoch 5: %s', (version, epoch, error) => {
    const code = codeOf(() => open(5).checkMarker(marker(epoch), version, 0))
    expect(errorName(code)).toBe(error)
  })

  it.each([
    [0, 5, 'INVALID_PRODUCER_EPOCH'],
    [0, 6, 'NONE'],
    [2, 5, 'INVALID_PRODUCER_EPOCH'],
    [2, 6, 'NONE'],
    [2, 7, 'NONE'],
  ])('of transactions %i may be %i after a marker of epoch 6: %s', (version, epoch, error) => {
    const state = open(5)
    state.complete(marker(6), 0)
    const code = codeOf(() => state.checkMarker(marker(epoch), version, 0))
    expect(errorName(code)).toBe(error)
  })

  it('is the last one for good when there is none above it', () => {
    const last = 32_767
    expect(codeOf(() => open(last).checkMarker(marker(last), 2, 0))).toBe(errors.NONE)
  })
})
