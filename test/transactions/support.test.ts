import { describe, expect, it } from 'vitest'
import { offsetCommitSupport, produceSupport } from '../../src/transactions/support.ts'

const older = { adds: false, knowsAbortable: false, knowsConcurrent: false }

describe('what a client understands, by the version of its request (KIP-890)', () => {
  it.each([
    [3, older],
    [10, older],
    [11, { ...older, knowsAbortable: true }],
    [12, { adds: true, knowsAbortable: true, knowsConcurrent: true }],
    [13, { adds: true, knowsAbortable: true, knowsConcurrent: true }],
  ])('Produce v%i', (version, support) => {
    expect(produceSupport(version)).toEqual(support)
  })

  it.each([
    [0, { ...older, knowsConcurrent: true }],
    [3, { ...older, knowsConcurrent: true }],
    [4, { adds: false, knowsAbortable: true, knowsConcurrent: true }],
    [5, { adds: true, knowsAbortable: true, knowsConcurrent: true }],
  ])('TxnOffsetCommit v%i', (version, support) => {
    expect(offsetCommitSupport(version)).toEqual(support)
  })
})
