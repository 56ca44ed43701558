/** What is wrong with the output of java/ExactlyOnce.java is seen. */
import { describe, expect, it } from 'vitest'
import { complaints, type Committed, type History } from './history.ts'

/** Of one partition: key, value and, where it matters, seconds. */
function records(...told: [key: string, value: string, seconds?: number][]): Committed[] {
  return told.map(([key, value, seconds = 0], offset) => {
    return { partition: 0, offset, timeMs: seconds * 1000, key, value }
  })
}

/** The window from 10 to 20 s closes at 50 s. */
const fine: History = new Map([
  ['lines', records(['0', 'a b'], ['1', 'a'])],
  ['counts', records(['a', '1'], ['b', '1'], ['a', '2'])],
  ['left', records(['k', '0'], ['k', '2'], ['alone', '4'])],
  ['right', records(['k', '1'], ['k', '3'])],
  ['joined', records(['k', '0 1'], ['k', '0 3'], ['k', '2 3'])],
  ['readings', records(['s', '5', 11], ['s', '7', 10], ['t', '1', 50])],
  ['sums', records(['s@10000', '1 5'], ['s@10000', '2 12'], ['t@50000', '1 1'])],
  ['closed', records(['s@10000', '2'])],
])

it('what follows from the input is fine', () => {
  expect(complaints(fine)).toEqual([])
})

it('which of the tables is read first is open', () => {
  const joined = records(['k', '2 1'], ['k', '2 3'])
  expect(complaints(new Map([...fine, ['joined', joined]]))).toEqual([])
})

describe('a complaint about', () => {
  it.each<[string, string, Committed[], string]>([
    [
      'a word counted twice',
      'counts',
      records(['a', '1'], ['b', '1'], ['a', '2'], ['a', '3']),
      'counts: a is 3 after 1, 2, not undefined',
    ],
    [
      'a count that was made again',
      'counts',
      records(['a', '1'], ['b', '1'], ['a', '1'], ['a', '2']),
      'counts: a is 1 after 1, not 2',
    ],
    [
      'a count that was lost',
      'counts',
      records(['b', '1'], ['a', '2']),
      'counts: a is 2 after nothing, not 1',
    ],
    [
      'a word that nobody wrote',
      'counts',
      [...fine.get('counts')!, ...records(['c', '1'])],
      'counts: c is 1 after nothing, not undefined',
    ],
    [
      'a sum from which one is missing',
      'sums',
      records(['s@10000', '1 5'], ['s@10000', '2 5'], ['t@50000', '1 1']),
      'sums: s@10000 is 2 5 after 1 5, not 2 12',
    ],
    [
      'a window that was closed twice',
      'closed',
      records(['s@10000', '2'], ['s@10000', '2']),
      'closed: s@10000 is 2 after 2, not undefined',
    ],
    [
      'a window that was closed before its end',
      'closed',
      records(['s@10000', '1']),
      'closed: s@10000 is 1 after nothing, not 2',
    ],
    [
      'a window that is open yet',
      'closed',
      records(['s@10000', '2'], ['t@50000', '1']),
      'closed: t@50000 is 1 after nothing, not undefined',
    ],
    [
      'a join that leaves an update out',
      'joined',
      records(['k', '0 1'], ['k', '2 3']),
      'joined: k is 2 3 after 0 1',
    ],
    [
      'a join that tells an update twice',
      'joined',
      records(['k', '0 1'], ['k', '0 3'], ['k', '0 3'], ['k', '2 3']),
      'joined: k is 0 3 after 0 3',
    ],
    [
      'a join that goes back',
      'joined',
      records(['k', '0 1'], ['k', '0 3'], ['k', '2 3'], ['k', '2 1'], ['k', '2 3']),
      'joined: k is 2 1 after 2 3',
    ],
    [
      'a join that ends early',
      'joined',
      records(['k', '0 1'], ['k', '0 3']),
      'joined: k ends with 0 3, not 2 3',
    ],
    ['a join that starts late', 'joined', records(['k', '2 3']), 'joined: k is 2 3 after nothing'],
    [
      'a join with nothing',
      'joined',
      [...fine.get('joined')!, ...records(['alone', '4 null'])],
      'joined: alone ends with 4 null, not undefined',
    ],
  ])('%s', (_, topic, told, complaint) => {
    expect(complaints(new Map([...fine, [topic, told]]))).toContain(complaint)
  })
})
