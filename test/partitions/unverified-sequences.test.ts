import { describe, expect, it } from 'vitest'
import { UnverifiedSequences } from '../../src/partitions/unverified-sequences.ts'
import { dataBatch } from '../data-batch.ts'

describe('sequences that were not verified (KAFKA-15653; Kafka: VerificationStateEntry)', () => {
  const at = (baseSequence: number, producerEpoch = 0) => dataBatch(baseSequence, { producerEpoch })

  it('let no later one pass', () => {
    const unverified = new UnverifiedSequences()
    expect(unverified.allows(at(9), true)).toBe(true)
    unverified.note(at(5), false, 0)
    unverified.note(at(7), false, 0)
    expect([4, 5, 6].map(sequence => unverified.allows(at(sequence), true))).toEqual([
      true,
      true,
      false,
    ])
    unverified.note(at(3), false, 0)
    expect(unverified.allows(at(4), true)).toBe(false)
    expect(unverified.allows(dataBatch(9, { producerId: 8 }), true)).toBe(true)
    unverified.forget(7)
    expect(unverified.allows(at(9), true)).toBe(true)
  })

  it('begin anew with an epoch', () => {
    const unverified = new UnverifiedSequences()
    unverified.note(at(2), false, 0)
    unverified.note(at(5, 1), false, 0)
    unverified.note(at(0), false, 0)
    expect(unverified.allows(at(5, 1), true)).toBe(true)
    expect(unverified.allows(at(6, 1), true)).toBe(false)
  })

  it('begin at 0 where each transaction has its epoch (KIP-890)', () => {
    const unverified = new UnverifiedSequences()
    unverified.note(at(3), true, 0)
    expect(unverified.allows(at(3), true)).toBe(false)
    expect(unverified.allows(at(3), false)).toBe(true)
    expect(unverified.allows(at(0), true)).toBe(true)
  })

  it('stay over the marker of the transaction before', () => {
    const unverified = new UnverifiedSequences()
    unverified.note(at(0, 4), true, 0)
    unverified.forgetEnded(7, 4)
    expect(unverified.allows(at(1, 4), false)).toBe(false)
    unverified.forgetEnded(7, 5)
    expect(unverified.allows(at(1, 4), false)).toBe(true)
    unverified.note(at(0), false, 0)
    unverified.forgetEnded(7, 0)
    expect(unverified.allows(at(1), false)).toBe(true)
  })

  it('are forgotten when nobody tries them again', () => {
    const unverified = new UnverifiedSequences()
    for (let i = 0; i <= 1000; i++) unverified.note(dataBatch(0, { producerId: i }), false, i)
    unverified.sweep(500)
    expect(unverified.allows(dataBatch(1, { producerId: 499 }), true)).toBe(true)
    expect(unverified.allows(dataBatch(1, { producerId: 500 }), true)).toBe(false)
  })
})
