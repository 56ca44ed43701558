import { expect, it } from 'vitest'
import { rangeAssignments } from '../../src/client/range-assignor.ts'

it('gives each topic to its subscribers in ranges', () => {
  const members = [
    { memberId: 'b', topics: ['orders', 'other'] },
    { memberId: 'a', topics: ['orders'] },
    { memberId: 'c', topics: ['orders'] },
  ]
  const assignments = rangeAssignments(
    members,
    new Map([
      ['orders', 5],
      ['other', 1],
    ]),
  )
  const own = (id: string) => Object.fromEntries(assignments.get(id)!)
  expect(own('a')).toEqual({ orders: [0, 1] })
  expect(own('b')).toEqual({ orders: [2, 3], other: [0] })
  expect(own('c')).toEqual({ orders: [4] })
})

it('leaves out whom there is nothing for', () => {
  const members = ['a', 'b'].map(memberId => ({ memberId, topics: ['t'] }))
  const assignments = rangeAssignments(members, new Map([['t', 1]]))
  expect([...assignments.get('a')!, ...assignments.get('b')!]).toEqual([['t', [0]]])
})
