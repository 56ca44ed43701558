import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignSimple } from '../../../src/groups/share/simple-assignor.ts'
import type { Assignment } from '../../../src/groups/assignment.ts'

type Partitions = Record<string, number[]>

function assignment(partitions: Partitions): Assignment {
  return new Map(Object.entries(partitions).map(([topicId, list]) => [topicId, new Set(list)]))
}

interface Member {
  topics: string[]
  target?: Partitions
}

function assign(members: Record<string, Member>, assignable: Partitions): Map<string, Assignment> {
  return assignSimple(
    Object.entries(members).map(([memberId, { topics, target }]) => {
      return { memberId, topicIds: new Set(topics), target: assignment(target ?? {}) }
    }),
    assignment(assignable),
  )
}

/** The same members again, with what they were assigned. */
function again(
  members: Record<string, Member>,
  assigned: ReadonlyMap<string, Assignment>,
): Record<string, Member> {
  return Object.fromEntries(
    Object.entries(members).map(([memberId, { topics }]) => {
      return [memberId, { topics, target: plain(assigned.get(memberId)!) }]
    }),
  )
}

function plain(assigned: Assignment): Partitions {
  return Object.fromEntries([...assigned].map(([topic, partitions]) => [topic, [...partitions]]))
}

function countOf(assigned: Assignment | undefined): number {
  return [...(assigned?.values() ?? [])].reduce((sum, partitions) => sum + partitions.size, 0)
}

function holders(assigned: ReadonlyMap<string, Assignment>, topic: string, index: number): number {
  return [...assigned.values()].filter(of => of.get(topic)?.has(index)).length
}

// The names and behaviours of Kafka's SimpleAssignorTest.
describe('the simple assignor', () => {
  it('assigns nothing without members', () => {
    expect(assign({}, { t1: [0, 1] })).toEqual(new Map())
  })

  it('assigns nothing to who is subscribed to nothing', () => {
    expect(assign({ a: { topics: [] } }, { t1: [0, 1] })).toEqual(new Map([['a', new Map()]]))
  })

  it('assigns nothing of a topic without assignable partitions', () => {
    expect(assign({ a: { topics: ['t1'] } }, {})).toEqual(new Map([['a', new Map()]]))
  })

  it('spreads two topics evenly over two members', () => {
    const both = { topics: ['t1', 't3'] }
    const assigned = assign({ a: both, b: both }, { t1: [0, 1, 2], t3: [0, 1] })
    expect(assigned).toEqual(
      new Map([
        ['a', assignment({ t1: [0, 2], t3: [1] })],
        ['b', assignment({ t1: [1], t3: [0] })],
      ]),
    )
  })

  it('assigns only the partitions that are assignable', () => {
    const assigned = assign({ a: { topics: ['t1'] } }, { t1: [1] })
    expect(assigned).toEqual(new Map([['a', assignment({ t1: [1] })]]))
  })

  it('has members share a partition where there are more members', () => {
    const one = { topics: ['t1'] }
    const assigned = assign({ a: one, b: one, c: one }, { t1: [0] })
    for (const memberId of ['a', 'b', 'c']) {
      expect(assigned.get(memberId)).toEqual(assignment({ t1: [0] }))
    }
  })

  it('gives every member one where members are no multiple of partitions', () => {
    const one = { topics: ['t1'] }
    const assigned = assign({ a: one, b: one, c: one }, { t1: [0, 1] })
    const counts = ['a', 'b', 'c'].map(memberId => countOf(assigned.get(memberId)))
    expect(counts).toEqual([2, 1, 1])
    expect([0, 1].map(index => holders(assigned, 't1', index))).toEqual([2, 2])
  })

  it('treats each topic by itself where subscriptions differ', () => {
    const assigned = assign(
      { a: { topics: ['t1', 't2'] }, b: { topics: ['t3'] }, c: { topics: ['t2', 't3'] } },
      { t1: [0, 1, 2], t2: [0, 1, 2], t3: [0, 1] },
    )
    expect(assigned).toEqual(
      new Map([
        ['a', assignment({ t1: [0, 1, 2], t2: [0, 2] })],
        ['b', assignment({ t3: [0] })],
        ['c', assignment({ t2: [1], t3: [1] })],
      ]),
    )
  })

  it('leaves a member without a subscription alone where subscriptions differ', () => {
    const assigned = assign(
      { a: { topics: ['t1', 't2'] }, b: { topics: [] } },
      { t1: [0, 1, 2], t2: [0, 1] },
    )
    expect(assigned.get('a')).toEqual(assignment({ t1: [0, 1, 2], t2: [0, 1] }))
    expect(assigned.get('b')).toEqual(assignment({}))
  })

  it('gives a member that comes its share, and leaves the rest where it is', () => {
    const one = { topics: ['t1'] }
    const before = assign({ a: one, b: one }, { t1: [0, 1, 2, 3, 4, 5] })
    const after = assign(
      { ...again({ a: one, b: one }, before), c: one },
      { t1: [0, 1, 2, 3, 4, 5] },
    )
    expect(['a', 'b', 'c'].map(memberId => countOf(after.get(memberId)))).toEqual([2, 2, 2])
    for (const memberId of ['a', 'b']) {
      for (const partition of after.get(memberId)!.get('t1')!) {
        expect(before.get(memberId)!.get('t1')).toContain(partition)
      }
    }
  })

  it('hands on what a member that is gone had, and moves nothing else', () => {
    const one = { topics: ['t1'] }
    const members = { a: one, b: one, c: one }
    const before = assign(members, { t1: [0, 1, 2, 3, 4, 5] })
    const { a, c } = again(members, before)
    const after = assign({ a: a!, c: c! }, { t1: [0, 1, 2, 3, 4, 5] })
    for (const memberId of ['a', 'c']) {
      expect(countOf(after.get(memberId))).toBe(3)
      for (const partition of before.get(memberId)!.get('t1')!) {
        expect(after.get(memberId)!.get('t1')).toContain(partition)
      }
    }
  })

  it('takes members off a shared partition when there is another', () => {
    const one = { topics: ['t1'] }
    const members = { a: one, b: one, c: one, d: one }
    const before = assign(members, { t1: [0] })
    const after = assign(again(members, before), { t1: [0, 1] })
    expect([0, 1].map(index => holders(after, 't1', index))).toEqual([2, 2])
    expect(Object.keys(members).map(memberId => countOf(after.get(memberId)))).toEqual([1, 1, 1, 1])
    expect(after.get('a')).toEqual(before.get('a'))
  })

  it('has more members share when partitions are few', () => {
    const one = { topics: ['t1'] }
    const before = assign({ a: one, b: one }, { t1: [0, 1] })
    const after = assign({ ...again({ a: one, b: one }, before), c: one, d: one }, { t1: [0, 1] })
    expect([0, 1].map(index => holders(after, 't1', index))).toEqual([2, 2])
    expect(after.get('a')).toEqual(before.get('a'))
    expect(after.get('b')).toEqual(before.get('b'))
  })

  it('takes back what a member is no longer subscribed to', () => {
    const assigned = assign(
      {
        a: { topics: ['t2'], target: { t1: [0, 1], t2: [0] } },
        b: { topics: ['t1', 't2'], target: { t2: [1] } },
      },
      { t1: [0, 1], t2: [0, 1] },
    )
    expect(assigned).toEqual(
      new Map([
        ['a', assignment({ t2: [0] })],
        ['b', assignment({ t1: [0, 1], t2: [1] })],
      ]),
    )
  })

  it('takes back what is not assignable any more', () => {
    const target = { t1: [0, 1], gone: [0] }
    const assigned = assign({ a: { topics: ['t1'], target } }, { t1: [1] })
    expect(assigned.get('a')).toEqual(assignment({ t1: [1] }))
  })

  it('changes nothing when nothing has changed', () => {
    const members = { a: { topics: ['t1', 't2'] }, b: { topics: ['t2'] }, c: { topics: ['t1'] } }
    const assignable = { t1: [0, 1, 2], t2: [0, 1, 2, 3] }
    const first = assign(members, assignable)
    expect(assign(again(members, first), assignable)).toEqual(first)
  })

  it('spreads evenly and completely, whatever was before', () => {
    const topicIds = ['t1', 't2', 't3']
    const partitions = fc.uniqueArray(fc.nat(6), { maxLength: 7 })
    const byTopic = fc.record({ t1: partitions, t2: partitions, t3: partitions })
    const member = fc.record({ topics: fc.subarray(topicIds), target: byTopic })
    const members = fc.array(member, { maxLength: 12 })
    fc.assert(
      fc.property(members, byTopic, fc.boolean(), (list, assignable, areSame) => {
        if (areSame) for (const each of list) each.topics = topicIds
        const named = Object.fromEntries(list.map((each, index) => [`m${index}`, each]))
        const assigned = assign(named, assignable)
        for (const [topic, indexes] of Object.entries(assignable)) {
          const subscribed = list.filter(({ topics }) => topics.includes(topic)).length
          for (const index of indexes) {
            expect(holders(assigned, topic, index) > 0).toBe(subscribed > 0)
          }
        }
        for (const [memberId, { topics }] of Object.entries(named)) {
          for (const [topic, indexes] of assigned.get(memberId)!) {
            expect(topics).toContain(topic)
            for (const index of indexes) expect(assignable[topic as 't1']).toContain(index)
          }
        }
        if (!areSame || list.length === 0) return
        const counts = [...assigned.values()].map(countOf)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })
})
