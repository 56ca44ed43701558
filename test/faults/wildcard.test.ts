import { expect, test } from 'vitest'
import { wildcard } from '../../src/faults/wildcard.ts'

test.each([
  ['orders', ['orders'], ['order', 'orders2', '']],
  ['svc-*', ['svc-', 'svc-a'], ['svc', 'a-svc-']],
  ['*-dlq', ['-dlq', 'orders-dlq'], ['dlq', 'orders-dlq2']],
  ['a*b*c', ['abc', 'a-b-c', 'abbcc'], ['ac', 'acb', 'abcd']],
  ['a*a', ['aa', 'aba'], ['a']],
  ['*', ['', 'a'], []],
  ['a.c', ['a.c'], ['abc']],
])('%s', (pattern, like, unlike) => {
  const isLike = wildcard(pattern)
  expect(like.filter(name => !isLike(name))).toEqual([])
  expect(unlike.filter(isLike)).toEqual([])
})
