import { describe, expect, it } from 'vitest'
import { planOf, type PlanOptions } from '../../src/cli/read-plan.ts'

const nowMs = Date.UTC(2026, 10, 21, 10)
const plan = (options: PlanOptions) => planOf(options, 'start', nowMs)

describe('what is read', () => {
  it.each<[PlanOptions, object]>([
    [{}, { start: 'start', exits: false, count: undefined, untilMs: undefined }],
    [{ since: '5m' }, { start: { timestampMs: nowMs - 300_000 } }],
    [{ since: '2026-11-21T09:00:00Z' }, { start: { timestampMs: nowMs - 3_600_000 } }],
    [{ until: '1h' }, { untilMs: nowMs - 3_600_000, exits: true }],
    [{ until: '2026-11-21T11:00Z' }, { untilMs: nowMs + 3_600_000, exits: false }],
    [{ offset: ['beginning'] }, { start: 'start' }],
    [{ offset: ['end'] }, { start: 'end' }],
    [{ offset: ['42'] }, { start: { offset: 42 } }],
    [{ offset: ['-10'] }, { start: { last: 10 } }],
    [{ offset: ['s@5', 'e@7'] }, { start: { timestampMs: 5 }, untilMs: 7, exits: true }],
    [{ offset: ['stored'], group: 'g' }, { start: 'start' }],
    [
      { last: 3, exit: true },
      { last: 3, exits: true },
    ],
  ])('%j', (options, expected) => {
    expect(plan(options)).toMatchObject(expected)
  })

  it.each<[PlanOptions, string]>([
    [{ since: 'yesterday' }, '--since yesterday: not a time; write 5m'],
    [{ last: 1, since: '5m' }, 'only one of --last, --since and -o'],
    [{ offset: ['middle'] }, '-o middle: not an offset; write start, end'],
    [{ offset: ['stored'] }, '-o stored needs --group'],
    [{ group: 'g', partition: [0] }, '--group has the partitions that it gets'],
  ])('is not %j', (options, message) => {
    expect(() => plan(options)).toThrow(message)
  })
})
