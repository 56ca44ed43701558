import { expect, test } from 'vitest'
import { durationMs } from '../src/duration.ts'

test('milliseconds, or a number with its unit', () => {
  const times = [0, 250.4, '300ms', '2s', '1.5m', ' 2h ', '7d']
  expect(times.map(durationMs)).toEqual([0, 250, 300, 2000, 90_000, 7_200_000, 604_800_000])
})

test('anything else is none', () => {
  const none = [-1, NaN, Infinity, '', '300', '2 s', '-1s', 'fast', `${'9'.repeat(20)}d`, null, {}]
  expect(none.map(durationMs)).toEqual(none.map(() => undefined))
})
