/** The judge of chains sees what is wrong in them. */
import { describe, expect, it } from 'vitest'
import { complaints, countDuplicates, type History, type Seen } from './judge.ts'

/** Numbers of two keys, and the partition of each: its remainder. */
function seen(...values: (number | string)[]): Seen[] {
  return values.map((value, offset) => {
    const partition = Number(`${value}`.replace('x', '')) % 2
    return { partition, offset, key: `${partition}`, value: `${value}` }
  })
}

const all = seen(0, 1, 2, 3, 4)
const fine: History = {
  records: 5,
  keys: 2,
  input: all,
  output: all,
  followed: all,
  progress: [
    { partition: 0, committed: 5, end: 6 },
    { partition: 1, committed: 4, end: 4 },
  ],
}

describe('a chain without fault', () => {
  it.each<[string, Partial<History>]>([
    ['in order', {}],
    ['in the order of each key', { output: seen(1, 3, 0, 2, 4), followed: [] }],
    ['seen in part', { followed: all.slice(0, 3) }],
    ['with less than a number for each key', { keys: 10, ...oneKeyEach() }],
  ])('%s', (_, how) => {
    expect(complaints({ ...fine, ...how })).toEqual([])
  })
})

function oneKeyEach(): Partial<History> {
  const own = all.map(one => ({ ...one, key: one.value }))
  return { input: own, output: own, followed: own }
}

describe('a chain with a fault', () => {
  it.each<[string, Partial<History>, string]>([
    ['a record lost', { output: seen(0, 1, 3, 4) }, '2 is missing in the output, at 4 ('],
    ['the last one lost', { output: all.slice(0, 4) }, "4 is missing at the output's end"],
    ['a key lost', { output: seen(0, 2, 4) }, "1 is missing at the output's end"],
    [
      'a record twice',
      { output: seen(0, 1, 2, 2, 3, 4) },
      '2 (key 0, offset 3 of partition 0) comes',
    ],
    ['another order', { output: seen(0, 1, 4, 2, 3) }, '2 is missing in the output, at 4 ('],
    ['an aborted record followed', { followed: seen('x0') }, 'x0 (key 0, offset 0'],
    ['an aborted record read', { output: seen('x0', 1, 2, 3, 4) }, 'x0 (key 0, offset 0'],
    ['an input that is torn', { input: seen(0, 1, 2, 4) }, "3 is missing at the input's end"],
    [
      'offsets left',
      { progress: [{ partition: 0, committed: 4, end: 6 }] },
      'the group stands at 4',
    ],
    [
      'offsets beyond',
      { progress: [{ partition: 0, committed: 7, end: 6 }] },
      'the group stands at 7',
    ],
  ])('%s', (_, how, complaint) => {
    const told = complaints({ ...fine, followed: [], ...how })
    expect(told[0]!.slice(0, complaint.length)).toBe(complaint)
  })

  it('a record that was followed, and is gone or elsewhere', () => {
    expect(complaints({ ...fine, followed: seen(0, 1, 2, 3, 4, 5) })[0]).toMatch(/^5 .* followed/)
    expect(complaints({ ...fine, followed: [all[2]!, all[0]!] })[0]).toMatch(/^0 .* this order/)
  })

  it('a key in two partitions', () => {
    const moved = all.map(one => ({ ...one, partition: one.value === '4' ? 1 : one.partition }))
    expect(complaints({ ...fine, output: moved, followed: [] })).toEqual([
      '4 (key 0, offset 4 of partition 1) has moved',
    ])
  })
})

it('counts what comes again', () => {
  expect(countDuplicates(seen(0, 1, 1, 2, 1))).toBe(2)
})
