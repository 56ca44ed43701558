/** The cases of Kafka's RangeAssignorTest. */
import { describe, expect, it } from 'vitest'
import { assignRanges } from '../../../../src/groups/consumer/assignors/range.ts'
import { assigned, member } from './assigned.ts'

describe('range', () => {
  it('gives nothing to members without topics', () => {
    expect(assigned(assignRanges, {}, [member('A', [])])).toEqual({ A: '' })
  })

  it('gives nobody anything when there is nobody', () => {
    expect(assigned(assignRanges, { t1: 3 }, [])).toEqual({})
  })

  it('gives two members the same partitions of topics of the same size', () => {
    const members = [member('A', ['t1', 't2']), member('B', ['t1', 't2'])]
    expect(assigned(assignRanges, { t1: 3, t2: 3 }, members)).toEqual({
      A: 't1-0 t1-1 t2-0 t2-1',
      B: 't1-2 t2-2',
    })
  })

  it('divides each topic among its own subscribers', () => {
    const members = [member('A', ['t1', 't2']), member('B', ['t3']), member('C', ['t2', 't3'])]
    expect(assigned(assignRanges, { t1: 3, t2: 3, t3: 2 }, members)).toEqual({
      A: 't1-0 t1-1 t1-2 t2-0 t2-1',
      B: 't3-0',
      C: 't2-2 t3-1',
    })
  })

  it('leaves members over that are more than partitions', () => {
    const members = [member('A', ['t1']), member('B', ['t1']), member('C', ['t1'])]
    expect(assigned(assignRanges, { t1: 2 }, members)).toEqual({ A: 't1-0', B: 't1-1', C: '' })
  })

  it('puts static members first, by their instance ids', () => {
    const members = [
      member('A', ['t1']),
      member('B', ['t1'], { instanceId: 'i2' }),
      member('C', ['t1'], { instanceId: 'i1' }),
    ]
    expect(assigned(assignRanges, { t1: 5 }, members)).toEqual({
      A: 't1-4',
      B: 't1-2 t1-3',
      C: 't1-0 t1-1',
    })
  })

  it('keeps the partitions of static members that come back under other ids', () => {
    const before = [
      member('A', ['t1'], { instanceId: 'i1' }),
      member('B', ['t1'], { instanceId: 'i2' }),
    ]
    const after = [
      member('Z', ['t1'], { instanceId: 'i1' }),
      member('Y', ['t1'], { instanceId: 'i2' }),
    ]
    const first = assigned(assignRanges, { t1: 4 }, before)
    const second = assigned(assignRanges, { t1: 4 }, after)
    expect([second['Z'], second['Y']]).toEqual([first['A'], first['B']])
  })

  it('orders dynamic members by their ids', () => {
    const members = [member('b', ['t1']), member('a', ['t1'])]
    expect(assigned(assignRanges, { t1: 2 }, members)).toEqual({ a: 't1-0', b: 't1-1' })
  })

  it('makes the ranges smaller when a member comes, and larger when one goes', () => {
    const two = [member('A', ['t1']), member('B', ['t1'])]
    const three = [...two, member('C', ['t1'])]
    expect(assigned(assignRanges, { t1: 3 }, two)).toEqual({ A: 't1-0 t1-1', B: 't1-2' })
    expect(assigned(assignRanges, { t1: 3 }, three)).toEqual({ A: 't1-0', B: 't1-1', C: 't1-2' })
    expect(assigned(assignRanges, { t1: 3 }, two.slice(1))).toEqual({ B: 't1-0 t1-1 t1-2' })
  })

  it('takes partitions in that were added', () => {
    const members = [member('A', ['t1', 't2']), member('B', ['t1', 't2'])]
    expect(assigned(assignRanges, { t1: 4, t2: 3 }, members)).toEqual({
      A: 't1-0 t1-1 t2-0 t2-1',
      B: 't1-2 t1-3 t2-2',
    })
  })
})
