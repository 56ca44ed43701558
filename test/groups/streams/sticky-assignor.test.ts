/** After the names and behaviours of Kafka's StickyTaskAssignorTest. */
import { describe, expect, it } from 'vitest'
import { assignTasks, type AssignableMember } from '../../../src/groups/streams/sticky-assignor.ts'
import { eachTask, noTasks, type TaskAssignment } from '../../../src/groups/streams/tasks.ts'
import { tasks } from './topologies.ts'

type Partitions = Record<string, number[]>

/** A member, by the id of its process, with what it was to have so far. */
function member(
  memberId: string,
  processId = memberId,
  previous: { active?: Partitions; standby?: Partitions } = {},
): AssignableMember {
  const active = tasks(previous.active ?? {})
  const standby = tasks(previous.standby ?? {})
  return { memberId, processId, previous: { ...noTasks, active, standby } }
}

const stateless = (subtopologyId: string, taskCount: number) => {
  return { subtopologyId, taskCount, isStateful: false }
}
const stateful = (subtopologyId: string, taskCount: number) => {
  return { subtopologyId, taskCount, isStateful: true }
}

type Role = 'active' | 'standby'

function tasksOf(assignment: TaskAssignment | undefined, role: Role): string[] {
  return [...eachTask(assignment![role])].map(([id, partition]) => `${id}_${partition}`).toSorted()
}

class Assigned {
  readonly #byMember: Map<string, TaskAssignment>

  constructor(byMember: Map<string, TaskAssignment>) {
    this.#byMember = byMember
  }

  active(memberId: string): string[] {
    return tasksOf(this.#byMember.get(memberId), 'active')
  }

  standby(memberId: string): string[] {
    return tasksOf(this.#byMember.get(memberId), 'standby')
  }

  all(role: Role): string[] {
    return [...this.#byMember.values()].flatMap(each => tasksOf(each, role)).toSorted()
  }

  /** How many tasks each member has, in the order of the members. */
  counts(role: Role): number[] {
    return [...this.#byMember.values()].map(each => tasksOf(each, role).length)
  }

  isStandbyBesideActive(): boolean {
    return [...this.#byMember.values()].some(each => {
      const active = tasksOf(each, 'active')
      return tasksOf(each, 'standby').some(task => active.includes(task))
    })
  }
}

function assign(
  members: AssignableMember[],
  subtopologies: Parameters<typeof assignTasks>[1],
  standbyReplicas = 0,
): Assigned {
  return new Assigned(assignTasks(members, subtopologies, standbyReplicas))
}

const names = (subtopologyId: string, count: number) =>
  Array.from({ length: count }, (_, partition) => `${subtopologyId}_${partition}`).toSorted()

describe('active tasks', () => {
  it('nobody to have them: nothing is assigned', () => {
    expect(assignTasks([], [stateless('a', 3)], 0)).toEqual(new Map())
  })

  it('as many processes as tasks: one each', () => {
    const assigned = assign([member('1'), member('2'), member('3')], [stateless('a', 3)])
    expect(assigned.counts('active')).toEqual([1, 1, 1])
    expect(assigned.all('active')).toEqual(names('a', 3))
  })

  it('of several subtopologies are spread evenly over members of several processes', () => {
    const members = ['1', '2', '3', '4', '5', '6'].map((id, i) => member(id, `p${i % 3}`))
    const assigned = assign(members, [stateless('a', 3), stateless('b', 3)])
    expect(assigned.counts('active')).toEqual([1, 1, 1, 1, 1, 1])
    expect(assigned.all('active')).toEqual([...names('a', 3), ...names('b', 3)])
  })

  it('stay with their process', () => {
    const one = member('1', 'p1', { active: { a: [0] } })
    const two = member('2', 'p2', { active: { a: [1] } })
    const assigned = assign([one, two], [stateless('a', 3)])
    expect(assigned.active('1')).toContain('a_0')
    expect(assigned.active('2')).toContain('a_1')
    expect(assigned.all('active')).toEqual(names('a', 3))
  })

  it('move to a new process without changing all of the others', () => {
    const one = member('1', 'p1', { active: { a: [0, 2] } })
    const two = member('2', 'p2', { active: { a: [1] } })
    const assigned = assign([one, two, member('3')], [stateless('a', 3)])
    expect(assigned.active('1')).toEqual(['a_0'])
    expect(assigned.active('2')).toEqual(['a_1'])
    expect(assigned.active('3')).toEqual(['a_2'])
  })

  it('a process with more members gets more', () => {
    const members = [member('1', 'p1'), member('2', 'p2'), member('3', 'p2')]
    const subtopologies = ['a', 'b', 'c', 'd'].map(id => stateless(id, 3))
    expect(assign(members, subtopologies).counts('active')).toEqual([4, 4, 4])
  })

  it('of subtopologies of different size are spread evenly', () => {
    const one = member('1', 'p1', { active: { a: [0, 1, 2, 3, 4, 5], b: [0] } })
    const assigned = assign([one, member('2')], [stateless('a', 6), stateless('b', 1)])
    expect(assigned.counts('active')).toEqual([4, 3])
    expect(assigned.all('active')).toEqual([...names('a', 6), 'b_0'])
  })

  it('stay where they are when there are more members than tasks', () => {
    const members = [
      member('1'),
      member('2', 'p2', { active: { a: [0] } }),
      member('3'),
      member('4', 'p4', { active: { a: [2] } }),
      member('5', 'p5', { active: { a: [1] } }),
    ]
    const assigned = assign(members, [stateless('a', 3)])
    expect(assigned.counts('active')).toEqual([0, 1, 0, 1, 1])
    expect(assigned.active('4')).toEqual(['a_2'])
  })

  it('go where there is a copy of their state', () => {
    const members = [2, 1, 0].map((partition, i) => {
      return member(String(i), `p${i}`, { standby: { a: [partition] } })
    })
    const assigned = assign(members, [stateful('a', 3)])
    expect(['0', '1', '2'].map(id => assigned.active(id))).toEqual([['a_2'], ['a_1'], ['a_0']])
  })

  it('of several copies, to the process with the least load', () => {
    const members = [
      member('1', 'p1', { active: { a: [0] }, standby: { a: [1] } }),
      member('2', 'p2', { active: { a: [2] }, standby: { a: [1] } }),
      member('3', 'p2'),
    ]
    const assigned = assign(members, [stateless('a', 3)])
    expect(assigned.active('1')).toEqual(['a_0'])
    expect(assigned.active('2')).toEqual(['a_2'])
    expect(assigned.active('3')).toEqual(['a_1'])
  })

  it('each process gets one, if there are enough', () => {
    const members = [
      member('1', 'p1'),
      member('2', 'p1'),
      member('3', 'p1'),
      member('4'),
      member('5'),
    ]
    const assigned = assign(members, [stateless('a', 3)])
    expect(assigned.active('4')).toHaveLength(1)
    expect(assigned.active('5')).toHaveLength(1)
  })

  it('each is assigned once when there are more members than tasks', () => {
    const members = ['1', '2', '3', '4', '5', '6'].map(id => member(id))
    expect(assign(members, [stateless('a', 3)]).all('active')).toEqual(names('a', 3))
  })

  it.each([
    [4, [1, 1, 1, 1]],
    [3, [1, 1, 2]],
  ])('one of %i members had all four: they are spread', (count, counts) => {
    const overloaded = member('3', 'p3', { active: { a: [0, 1, 2, 3] } })
    const others = ['1', '2', '4'].slice(0, count - 1).map(id => member(id))
    const assigned = assign([...others, overloaded], [stateless('a', 4)])
    expect(assigned.counts('active').toSorted((a, b) => a - b)).toEqual(counts)
    expect(assigned.all('active')).toEqual(names('a', 4))
  })

  it('as few as possible move to a new member', () => {
    const one = member('1', 'p1', { active: { a: [0, 2] } })
    const two = member('2', 'p2', { active: { a: [1, 3] } })
    const assigned = assign([one, two, member('3')], [stateless('a', 4)])
    expect(assigned.counts('active')).toEqual([2, 1, 1])
    expect(assigned.active('1')).toEqual(['a_0', 'a_2'])
  })

  it('new ones move none of the old ones', () => {
    const one = member('1', 'p1', { active: { a: [0, 1] } })
    const two = member('2', 'p2', { active: { a: [2, 3] } })
    const assigned = assign([one, two], [stateless('a', 6)])
    expect(assigned.active('1')).toEqual(expect.arrayContaining(['a_0', 'a_1']))
    expect(assigned.active('2')).toEqual(expect.arrayContaining(['a_2', 'a_3']))
  })

  it('new ones go to the new member', () => {
    const one = member('1', 'p1', { active: { a: [0, 1] } })
    const two = member('2', 'p2', { active: { a: [2, 3] } })
    const assigned = assign([one, two, member('3')], [stateless('a', 6)])
    expect(assigned.active('3')).toEqual(['a_4', 'a_5'])
  })

  it('those of a member that is gone go to the others, whose own stay', () => {
    const one = member('1', 'p1', { active: { a: [0, 1, 2] } })
    const two = member('2', 'p2', { active: { a: [3, 4] } })
    const assigned = assign([one, two], [stateless('a', 8)])
    expect(assigned.active('1')).toEqual(['a_0', 'a_1', 'a_2', expect.any(String)])
    expect(assigned.active('2')).toHaveLength(4)
  })
})

describe('standby tasks', () => {
  it('there are none for a subtopology without state', () => {
    const assigned = assign([member('1'), member('2')], [stateless('a', 2), stateful('b', 2)], 1)
    expect(assigned.all('standby')).toEqual(names('b', 2))
  })

  it('never lie in the process that has the active task', () => {
    const members = [0, 1, 2, 3].map(i => member(String(i), `p${i}`, { active: { a: [i] } }))
    const assigned = assign(members, [stateful('a', 4)], 1)
    expect(assigned.isStandbyBesideActive()).toBe(false)
    expect(assigned.all('standby')).toEqual(names('a', 4))
    expect(Math.max(...assigned.counts('standby'))).toBeLessThanOrEqual(2)
  })

  it('as many replicas as wanted', () => {
    const members = [0, 1, 2].map(i => member(String(i), `p${i}`, { active: { a: [i] } }))
    const assigned = assign(members, [stateful('a', 3)], 2)
    expect(assigned.standby('0')).toEqual(['a_1', 'a_2'])
    expect(assigned.standby('1')).toEqual(['a_0', 'a_2'])
    expect(assigned.standby('2')).toEqual(['a_0', 'a_1'])
  })

  it('fewer replicas where there are too few processes', () => {
    expect(assign([member('1')], [stateful('a', 1)], 1).all('standby')).toEqual([])
    const two = assign([member('1'), member('2')], [stateful('a', 2)], 2)
    expect(two.all('standby')).toEqual(names('a', 2))
    expect(two.isStandbyBesideActive()).toBe(false)
  })

  it('members of one process are no place for replicas of each other', () => {
    const members = [member('1', 'p'), member('2', 'p'), member('3', 'p')]
    expect(assign(members, [stateful('a', 3)], 1).all('standby')).toEqual([])
  })

  it('active and standby tasks together are spread over all members', () => {
    const members = ['1', '2', '3', '4', '5', '6'].map(id => member(id))
    const assigned = assign(members, [stateful('a', 3)], 1)
    const active = assigned.counts('active')
    expect(assigned.counts('standby').map((count, i) => count + active[i]!)).toEqual([
      1, 1, 1, 1, 1, 1,
    ])
  })

  it('swap with the active tasks of another process where they were standby', () => {
    const one = member('1', 'p1', { standby: { a: [0] } })
    const two = member('2', 'p2', { standby: { a: [1] } })
    const assigned = assign([one, two], [stateful('a', 2)], 1)
    expect([assigned.active('1'), assigned.standby('1')]).toEqual([['a_0'], ['a_1']])
    expect([assigned.active('2'), assigned.standby('2')]).toEqual([['a_1'], ['a_0']])
  })

  it('stay where they were, below the quota, though others have less to do', () => {
    const one = member('1', 'p1', { active: { a: [0] }, standby: { a: [1] } })
    const two = member('2', 'p2', { active: { a: [1] } })
    const assigned = assign([one, two, member('3')], [stateful('a', 2)], 1)
    expect(assigned.active('1')).toEqual(['a_0'])
    expect(assigned.standby('1')).toEqual(['a_1'])
  })

  it('all replicas stay where they were', () => {
    const previous = [
      { active: { a: [0] }, standby: { a: [1, 2] } },
      { active: { a: [1] }, standby: { a: [0, 2] } },
      { active: { a: [2] }, standby: { a: [0, 1] } },
    ]
    const members = previous.map((each, i) => member(String(i), `p${i}`, each))
    const assigned = assign(members, [stateful('a', 3)], 2)
    expect(assigned.standby('0')).toEqual(['a_1', 'a_2'])
    expect(assigned.standby('1')).toEqual(['a_0', 'a_2'])
    expect(assigned.standby('2')).toEqual(['a_0', 'a_1'])
  })

  it.each([
    ['at the start', {}, {}],
    ['when a member is added', { a: [0, 1], b: [0, 1] }, { a: [], b: [] }],
  ])('assigned by ranges %s: each has a task of each subtopology', (_, active, standby) => {
    const members = [member('1', 'p1', { active, standby }), member('2')]
    const assigned = assign(members, [stateful('a', 2), stateful('b', 2)], 1)
    for (const memberId of ['1', '2']) {
      expect(assigned.active(memberId).map(name => name[0])).toEqual(['a', 'b'])
      expect(assigned.standby(memberId).map(name => name[0])).toEqual(['a', 'b'])
    }
    expect(assigned.isStandbyBesideActive()).toBe(false)
  })

  it('many tasks, an odd number of members: all are assigned, evenly', () => {
    const members = Array.from({ length: 7 }, (_, i) => member(String(i)))
    const subtopologies = Array.from({ length: 40 }, (_, i) => stateful(`s${i}`, 25))
    const assigned = assign(members, subtopologies, 2)
    expect(assigned.all('active')).toHaveLength(1000)
    expect(new Set(assigned.all('active')).size).toBe(1000)
    expect(assigned.all('standby')).toHaveLength(2000)
    expect(assigned.isStandbyBesideActive()).toBe(false)
    const totals = assigned
      .counts('standby')
      .map((count, i) => count + assigned.counts('active')[i]!)
    expect(Math.max(...totals) - Math.min(...totals)).toBeLessThanOrEqual(2)
  })
})

it('an assignment that fits is not changed by the next one', () => {
  const subtopologies = [stateful('a', 5), stateful('b', 3)]
  const ids = ['1', '2', '3']
  const first = assignTasks(
    ids.map(id => member(id)),
    subtopologies,
    1,
  )
  const again = ids.map(id => ({ memberId: id, processId: id, previous: first.get(id)! }))
  expect(assignTasks(again, subtopologies, 1)).toEqual(first)
})
