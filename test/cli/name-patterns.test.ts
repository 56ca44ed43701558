import { expect, it } from 'vitest'
import { matches, matchingNames } from '../../src/cli/name-patterns.ts'

it.each([
  ['orders', 'orders', true],
  ['orders', 'orders2', false],
  ['test-*', 'test-1', true],
  ['test-*', 'test-', true],
  ['test-*', 'atest-1', false],
  ['*', '', true],
  ['*-dlq', 'orders-dlq-dlq', true],
  ['*-dlq', 'orders-dlq2', false],
  ['a*b*c', 'aXXbYYbc', true],
  ['a*b*c', 'aXXbYY', false],
  ['t?', 't1', true],
  ['t?', 't', false],
  ['a.b', 'axb', false],
])('%s and %s: %s', (pattern, name, expected) => {
  expect(matches(pattern, name)).toBe(expected)
})

it('takes linear time for a pattern that would keep a backtracking matcher busy for ever', () => {
  expect(matches('*a*a*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(5000))).toBe(false)
})

it('gives each name once, sorted, and a name that is not known as it is', () => {
  const known = ['b', 'test-2', 'test-1']
  expect(matchingNames(['test-*', 'test-1', 'other'], known, 'topic')).toEqual([
    'other',
    'test-1',
    'test-2',
  ])
  expect(() => matchingNames(['x*'], known, 'topic')).toThrow(
    "no topic matches x*. 'odradek topic' lists those that there are",
  )
})
