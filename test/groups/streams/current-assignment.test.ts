/** After the names and behaviours of Kafka's CurrentAssignmentBuilderTest and StreamsGroupTest. */
import { describe, expect, it } from 'vitest'
import { reconcile } from '../../../src/groups/streams/current-assignment.ts'
import { newMember, type StreamsMember } from '../../../src/groups/streams/member.ts'
import { TaskOwners } from '../../../src/groups/streams/task-owners.ts'
import {
  noTasks,
  nothingHeld,
  taskKey,
  taskRoles,
  type TaskAssignment,
} from '../../../src/groups/streams/tasks.ts'
import { held, heldInRole, inRole } from './topologies.ts'

function member(changed: Partial<StreamsMember> = {}): StreamsMember {
  return {
    ...newMember('m'),
    processId: 'p',
    memberEpoch: 10,
    previousMemberEpoch: 10,
    ...changed,
  }
}

/** Others that have tasks. */
function owners(...others: Partial<StreamsMember>[]): TaskOwners {
  const all = new TaskOwners()
  for (const other of others) all.add(member(other))
  return all
}

const nobody = owners()

function target(epoch: number, tasks: TaskAssignment) {
  return { epoch, tasks }
}

describe.each(taskRoles)('a stable member and its %s tasks', role => {
  const assigned = heldInRole(role, 10, { a: [1, 2], b: [3, 4] })

  it('stays as it is at the epoch of the target', () => {
    const stable = member({ assigned })
    const same = target(10, inRole(role, { a: [1] }))
    expect(reconcile(stable, same, nobody, undefined)).toBe(stable)
  })

  it('comes to the next epoch when the target is what it has', () => {
    const next = target(11, inRole(role, { a: [1, 2], b: [3, 4] }))
    expect(reconcile(member({ assigned }), next, nobody, undefined)).toEqual(
      member({ assigned, memberEpoch: 11 }),
    )
  })

  it('gets new tasks that are free, since the epoch of the target', () => {
    const next = target(11, inRole(role, { a: [1, 2, 4], b: [3, 4] }))
    const after = reconcile(member({ assigned }), next, nobody, undefined)
    expect(after).toMatchObject({ state: 'stable', memberEpoch: 11, previousMemberEpoch: 10 })
    expect(after.assigned[role].get('a')).toEqual(
      new Map([
        [1, 10],
        [2, 10],
        [4, 11],
      ]),
    )
  })

  it('must give up tasks first, and stays in its epoch', () => {
    const next = target(11, inRole(role, { a: [2, 3], b: [4, 5] }))
    expect(reconcile(member({ assigned }), next, nobody, undefined)).toEqual(
      member({
        state: 'unrevoked',
        assigned: heldInRole(role, 10, { a: [2], b: [4] }),
        revoking: heldInRole(role, 10, { a: [1], b: [3] }),
      }),
    )
  })

  it('must give up everything', () => {
    const after = reconcile(member({ assigned }), target(11, noTasks), nobody, undefined)
    expect(after).toEqual(member({ state: 'unrevoked', assigned: nothingHeld, revoking: assigned }))
  })

  it('waits for tasks that its own process has not released', () => {
    const next = target(11, inRole(role, { a: [1, 2, 4], b: [3, 4, 7] }))
    const others = owners({ assigned: heldInRole('active', 9, { a: [4], b: [7] }) })
    expect(reconcile(member({ assigned }), next, others, undefined)).toEqual(
      member({ state: 'unreleased', assigned, memberEpoch: 11 }),
    )
  })

  it('has already given up what it no longer says that it owns', () => {
    const next = target(11, inRole(role, { a: [1, 2], b: [3, 5] }))
    const after = reconcile(member({ assigned }), next, nobody, inRole(role, { a: [1, 2] }))
    expect(after).toMatchObject({ state: 'stable', memberEpoch: 11, revoking: nothingHeld })
    expect([...after.assigned[role].get('b')!.keys()]).toEqual([3, 5])
  })
})

describe.each(taskRoles)('a member that is to give up %s tasks', role => {
  const revoking = member({
    state: 'unrevoked',
    assigned: heldInRole(role, 10, { a: [2, 3], b: [5, 6] }),
    revoking: heldInRole(role, 10, { a: [1], b: [4] }),
  })
  const given = inRole(role, { a: [2, 3], b: [5, 6] })

  it.each([
    ['does not say what it has', undefined],
    ['still has one', inRole(role, { a: [1, 2, 3], b: [5, 6] })],
    ['still has the other', inRole(role, { a: [2, 3], b: [4, 5, 6] })],
  ])('stays as it is when it %s', (_, owned) => {
    const next = target(12, inRole(role, { a: [3], b: [6] }))
    expect(reconcile(revoking, next, nobody, owned)).toBe(revoking)
  })

  it('is stable when it has given them up and the target is what it has', () => {
    expect(reconcile(revoking, target(11, given), nobody, given)).toMatchObject({
      state: 'stable',
      memberEpoch: 11,
      previousMemberEpoch: 10,
      assigned: revoking.assigned,
      revoking: nothingHeld,
    })
  })

  it('must give up more when the target has moved on, in the next epoch', () => {
    const next = target(12, inRole(role, { a: [3], b: [6] }))
    expect(reconcile(revoking, next, nobody, given)).toMatchObject({
      state: 'unrevoked',
      memberEpoch: 11,
      assigned: heldInRole(role, 10, { a: [3], b: [6] }),
      revoking: heldInRole(role, 10, { a: [2], b: [5] }),
    })
  })

  it('then waits for tasks that are not free yet', () => {
    const next = target(11, inRole(role, { a: [2, 3, 4], b: [5, 6, 7] }))
    const others = owners({ assigned: heldInRole('active', 9, { a: [4], b: [7] }) })
    expect(reconcile(revoking, next, others, given)).toMatchObject({
      state: 'unreleased',
      memberEpoch: 11,
      assigned: revoking.assigned,
      revoking: nothingHeld,
    })
  })
})

describe.each(taskRoles)('a member that waits for %s tasks', role => {
  const assigned = heldInRole(role, 10, { a: [2] })
  const waiting = member({ state: 'unreleased', memberEpoch: 11, assigned })
  const wanted = target(11, inRole(role, { a: [2, 3] }))

  it('gets them as soon as they are free', () => {
    const after = reconcile(waiting, wanted, nobody, undefined)
    expect(after).toMatchObject({ state: 'stable', memberEpoch: 11 })
    expect([...after.assigned[role].get('a')!.keys()]).toEqual([2, 3])
  })

  it('gets those that are free, and waits for the others', () => {
    const others = owners({ assigned: heldInRole('active', 9, { a: [4] }) })
    const after = reconcile(waiting, target(11, inRole(role, { a: [2, 3, 4] })), others, undefined)
    expect(after.state).toBe('unreleased')
    expect([...after.assigned[role].get('a')!.keys()]).toEqual([2, 3])
  })

  it('waits on while another role of its process has them', () => {
    for (const other of taskRoles) {
      const others = owners({ revoking: heldInRole(other, 9, { a: [3] }) })
      expect(reconcile(waiting, wanted, others, undefined).state).toBe('unreleased')
    }
  })

  it('must give up tasks when the target has moved on', () => {
    const after = reconcile(waiting, target(12, inRole(role, { a: [3] })), nobody, undefined)
    expect(after).toMatchObject({ state: 'unrevoked', memberEpoch: 11 })
  })
})

describe('whose tasks another process has', () => {
  const others = owners({ processId: 'other', assigned: heldInRole('active', 9, { a: [1] }) })

  it('a task is active in one process only', () => {
    const after = reconcile(member(), target(11, inRole('active', { a: [1] })), others, undefined)
    expect(after.state).toBe('unreleased')
  })

  it.each(['standby', 'warmup'] as const)('%s beside an active task elsewhere is free', role => {
    const after = reconcile(member(), target(11, inRole(role, { a: [1] })), others, undefined)
    expect(after.state).toBe('stable')
  })
})

describe('who owns which task', () => {
  const key = taskKey('a', 1)

  it('a member that is replaced or gone owns nothing any more', () => {
    const all = new TaskOwners()
    const first = member({ assigned: heldInRole('active', 9, { a: [1] }) })
    all.add(first)
    expect(all.isHeldBy('p', 'active', key)).toBe(true)
    all.remove(first)
    expect(all.isHeld('active', key)).toBe(false)
  })

  it('what another process got meanwhile stays its own', () => {
    const all = new TaskOwners()
    const first = member({ assigned: heldInRole('active', 9, { a: [1] }) })
    const second = { ...first, processId: 'q' }
    all.add(first)
    all.add(second)
    all.remove(first)
    expect(all.isHeldBy('p', 'active', key)).toBe(false)
    expect(all.isHeldBy('q', 'active', key)).toBe(true)
  })
})

it('a task keeps its epoch while it is given up', () => {
  const assigned = { ...nothingHeld, active: held(7, { a: [1] }) }
  const after = reconcile(member({ assigned }), target(11, noTasks), nobody, undefined)
  expect(after.revoking.active.get('a')!.get(1)).toBe(7)
})
