/** The cases of Kafka's tests of both builders of its UniformAssignor. */
import { describe, expect, it } from 'vitest'
import type { AssignorMember } from '../../../../src/groups/consumer/assignors/assignor.ts'
import { assignUniformly } from '../../../../src/groups/consumer/assignors/uniform.ts'
import { assigned, member } from './assigned.ts'

/** How many partitions each one has. */
function counts(assignment: Record<string, string>): Record<string, number> {
  const count = (list: string): number => list.split(' ').filter(each => each !== '').length
  return Object.fromEntries(Object.entries(assignment).map(([id, list]) => [id, count(list)]))
}

function uniform(partitionCounts: Record<string, number>, members: readonly AssignorMember[]) {
  return assigned(assignUniformly, partitionCounts, members)
}

/** The members with what they have got as what they had before. */
function again(members: readonly AssignorMember[], had: Record<string, string>): AssignorMember[] {
  return members.map(({ memberId, topicIds }) =>
    member(memberId, [...topicIds], { target: had[memberId] ?? '' }),
  )
}

function all(partitionCounts: Record<string, number>): string[] {
  return Object.entries(partitionCounts)
    .flatMap(([id, count]) => Array.from({ length: count }, (_, p) => `${id}-${p}`))
    .toSorted()
}

function given(assignment: Record<string, string>): string[] {
  return Object.values(assignment)
    .flatMap(list => list.split(' '))
    .filter(each => each !== '')
    .toSorted()
}

describe('uniform, where all subscribe to the same', () => {
  const both = ['t1', 't2']

  it('gives nothing to members without topics', () => {
    expect(uniform({}, [member('A', []), member('B', [])])).toEqual({ A: '', B: '' })
  })

  it('gives nobody anything when there is nobody', () => {
    expect(uniform({ t1: 1 }, [])).toEqual({})
  })

  it('gives two members as many each, all partitions once', () => {
    const topics = { t1: 3, t2: 3 }
    const result = uniform(topics, [member('A', both), member('B', both)])
    expect(counts(result)).toEqual({ A: 3, B: 3 })
    expect(given(result)).toEqual(all(topics))
  })

  it('leaves members over that are more than partitions', () => {
    const result = uniform({ t1: 2 }, [
      member('A', ['t1']),
      member('B', ['t1']),
      member('C', ['t1']),
    ])
    expect(Object.values(counts(result)).toSorted((a, b) => a - b)).toEqual([0, 1, 1])
  })

  it('is stable when nothing changes', () => {
    const members = [member('A', both), member('B', both), member('C', both)]
    const first = uniform({ t1: 5, t2: 3 }, members)
    expect(uniform({ t1: 5, t2: 3 }, again(members, first))).toEqual(first)
  })

  it('evens out what was uneven, moving no more than needed', () => {
    const members = [
      member('A', both, { target: 't1-0 t1-1 t2-0 t2-1' }),
      member('B', both, { target: 't1-2 t2-2' }),
    ]
    const result = uniform({ t1: 3, t2: 3 }, members)
    expect(counts(result)).toEqual({ A: 3, B: 3 })
    expect(result['B']).toContain('t1-2')
    expect(result['B']).toContain('t2-2')
  })

  it('gives new partitions away and moves no others', () => {
    const members = [
      member('A', both, { target: 't1-0 t1-1 t2-0' }),
      member('B', both, { target: 't1-2 t2-1 t2-2' }),
    ]
    const result = uniform({ t1: 5, t2: 5 }, members)
    expect(counts(result)).toEqual({ A: 5, B: 5 })
    for (const kept of ['t1-0', 't1-1', 't2-0']) expect(result['A']).toContain(kept)
    for (const kept of ['t1-2', 't2-1', 't2-2']) expect(result['B']).toContain(kept)
  })

  it('takes from each of the old ones for one that comes', () => {
    const members = [
      member('A', both, { target: 't1-0 t1-1 t2-0' }),
      member('B', both, { target: 't1-2 t2-1 t2-2' }),
      member('C', both),
    ]
    expect(counts(uniform({ t1: 3, t2: 3 }, members))).toEqual({ A: 2, B: 2, C: 2 })
  })

  it('leaves the larger shares to those that have them', () => {
    const members = [
      member('A', ['t1'], { target: 't1-0' }),
      member('B', ['t1'], { target: 't1-1 t1-2' }),
    ]
    expect(uniform({ t1: 3 }, members)).toEqual({ A: 't1-0', B: 't1-1 t1-2' })
  })

  it('shares what one has left among the others', () => {
    const members = [
      member('A', both, { target: 't1-0 t2-0' }),
      member('B', both, { target: 't1-1 t2-1' }),
    ]
    const result = uniform({ t1: 3, t2: 3 }, members)
    expect(counts(result)).toEqual({ A: 3, B: 3 })
    expect(result['A']).toContain('t1-0')
    expect(result['B']).toContain('t2-1')
  })

  it('drops a topic that all have unsubscribed from', () => {
    const members = [
      member('A', ['t2'], { target: 't1-0 t2-0' }),
      member('B', ['t2'], { target: 't1-1 t2-1' }),
    ]
    expect(uniform({ t2: 2 }, members)).toEqual({ A: 't2-0', B: 't2-1' })
  })

  it('balances a thousand members', () => {
    const members = Array.from({ length: 1000 }, (_, i) => member(`m${i}`, both))
    const topics = { t1: 3000, t2: 501 }
    const result = uniform(topics, members)
    expect(new Set(Object.values(counts(result)))).toEqual(new Set([3, 4]))
    expect(given(result)).toEqual(all(topics))
  })
})

describe('uniform, where members subscribe to different topics', () => {
  it('gives each what only it subscribes to', () => {
    const members = [member('A', ['t1']), member('B', ['t2'])]
    expect(uniform({ t1: 2, t2: 1 }, members)).toEqual({ A: 't1-0 t1-1', B: 't2-0' })
  })

  it('gives a member without a subscription nothing', () => {
    const members = [member('A', ['t1']), member('B', [])]
    expect(uniform({ t1: 3 }, members)).toEqual({ A: 't1-0 t1-1 t1-2', B: '' })
  })

  it('balances over the topics that members share', () => {
    const members = [member('A', ['t1', 't3']), member('B', ['t3'])]
    const result = uniform({ t1: 3, t3: 5 }, members)
    expect(counts(result)).toEqual({ A: 4, B: 4 })
    expect(result['A']).toContain('t1-0 t1-1 t1-2')
  })

  it('leaves members over that are more than partitions', () => {
    const members = [member('A', ['t1']), member('B', ['t1']), member('C', ['t1', 't2'])]
    expect(counts(uniform({ t1: 1, t2: 1 }, members))).toEqual({ A: 1, B: 0, C: 1 })
  })

  it('is stable when nothing changes', () => {
    const members = [member('A', ['t1', 't2']), member('B', ['t2', 't3']), member('C', ['t3'])]
    const topics = { t1: 4, t2: 5, t3: 6 }
    const first = uniform(topics, members)
    expect(uniform(topics, again(members, first))).toEqual(first)
  })

  it('evens out what was uneven', () => {
    const members = [
      member('A', ['t1', 't2'], { target: 't1-0 t1-1 t1-2 t1-3 t2-0 t2-1' }),
      member('B', ['t1'], { target: '' }),
    ]
    const result = uniform({ t1: 4, t2: 2 }, members)
    expect(counts(result)).toEqual({ A: 3, B: 3 })
    expect(result['A']).toContain('t2-0 t2-1')
  })

  it('takes away what one has unsubscribed from', () => {
    const members = [
      member('A', ['t1', 't2'], { target: 't1-0 t2-0' }),
      member('B', ['t2'], { target: 't1-1 t2-1' }),
    ]
    const result = uniform({ t1: 2, t2: 2 }, members)
    expect(given(result)).toEqual(all({ t1: 2, t2: 2 }))
    expect(result['B']).not.toContain('t1')
  })

  it('gives new partitions to those who have fewest', () => {
    const members = [
      member('A', ['t1'], { target: 't1-0 t1-1' }),
      member('B', ['t1', 't2'], { target: 't2-0' }),
    ]
    const result = uniform({ t1: 3, t2: 1 }, members)
    expect(result).toEqual({ A: 't1-0 t1-1', B: 't1-2 t2-0' })
  })

  it('shares what one has left among those who subscribe to it', () => {
    const members = [
      member('A', ['t1'], { target: 't1-0' }),
      member('B', ['t2'], { target: 't2-0' }),
      member('C', ['t1', 't2']),
    ]
    const result = uniform({ t1: 2, t2: 2 }, members)
    expect(given(result)).toEqual(all({ t1: 2, t2: 2 }))
    expect(Object.values(counts(result)).toSorted((a, b) => a - b)).toEqual([1, 1, 2])
  })

  it('differs by one at most among all subscribers of each topic', () => {
    const members = Array.from({ length: 30 }, (_, i) =>
      member(`m${i}`, i % 2 === 0 ? ['t1', 't2'] : ['t2', 't3']),
    )
    const topics = { t1: 40, t2: 50, t3: 17 }
    const result = counts(uniform(topics, members))
    for (const topic of Object.keys(topics)) {
      const sizes = members.filter(each => each.topicIds.has(topic)).map(m => result[m.memberId]!)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }
  })
})
