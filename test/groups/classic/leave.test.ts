import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { leaveNothing } from '../../../src/groups/classic/leave.ts'
import { GroupDriver } from './driver.ts'

const instance = (memberId: string, groupInstanceId: string) => ({ memberId, groupInstanceId })

describe('LeaveGroup', () => {
  it('of the last member: the group is empty', () => {
    const group = new GroupDriver()
    group.stable({})
    expect(group.leave('m-1')).toEqual([{ memberId: 'm-1', groupInstanceId: null, errorCode: 0 }])
    expect(group.group.state).toBe('Empty')
  })

  it('of one of several: the others rebalance', () => {
    const group = new GroupDriver()
    group.stable({}, {})
    group.leave('m-1')
    expect(group.heartbeat('m-2')).toBe(errors.REBALANCE_IN_PROGRESS)
    expect(group.join({ memberId: 'm-2' }).answer.leader).toBe('m-2')
  })

  it('of somebody unknown: UNKNOWN_MEMBER_ID, and nothing happens', () => {
    const group = new GroupDriver()
    group.stable({})
    expect(group.leave('x')[0]!.errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
    expect(group.leave('')[0]!.errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
    expect(group.group.state).toBe('Stable')
  })

  it('of one that waits for the others to join: it is answered', () => {
    const group = new GroupDriver()
    group.stable({}, {})
    const inbox = group.join({ memberId: 'm-1' })
    group.leave('m-1')
    expect(inbox.answer).toMatchObject({ errorCode: errors.UNKNOWN_MEMBER_ID, memberId: '' })
  })

  it('of one that waits for the leader: it is answered', () => {
    const group = new GroupDriver()
    group.join()
    group.join()
    group.advance(0)
    const inbox = group.sync('m-2')
    group.leave('m-2')
    expect(inbox.answer.errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
  })

  it('of one of those that are waited for: the rest goes on', () => {
    const group = new GroupDriver()
    group.stable({}, {}, {})
    const inbox = group.join({ memberId: 'm-1' })
    group.leave('m-2')
    expect(inbox.isAnswered).toBe(false)
    group.leave('m-3')
    expect(inbox.answer).toMatchObject({ generationId: 2 })
  })

  it('of an id that was handed out: no rebalance of a Stable group', () => {
    const group = new GroupDriver()
    group.stable({})
    const { memberId } = group.join({ requiresKnownMemberId: true }).answer
    expect(group.leave(memberId)[0]!.errorCode).toBe(0)
    expect(group.group).toMatchObject({ state: 'Stable' })
    expect(group.group.pendingJoin.size).toBe(0)
  })

  it('of several, each with its own answer, and one rebalance (KIP-345)', () => {
    const group = new GroupDriver()
    group.stable({ groupInstanceId: 'a' }, { groupInstanceId: 'b' }, {}, {})
    const { memberId: pending } = group.join({ requiresKnownMemberId: true }).answer
    const left = group.leave(
      instance('', 'a'),
      instance('b-2', 'b'),
      'm-3',
      pending,
      'x',
      'm-3',
      instance('', 'z'),
      instance('m-4', 'a'),
    )
    expect(left.map(each => each.errorCode)).toEqual([
      0,
      0,
      0,
      0,
      errors.UNKNOWN_MEMBER_ID,
      errors.UNKNOWN_MEMBER_ID,
      errors.UNKNOWN_MEMBER_ID,
      errors.UNKNOWN_MEMBER_ID,
    ])
    expect(left[0]).toEqual({ ...instance('', 'a'), errorCode: 0 })
    expect([...group.group.members.keys()]).toEqual(['m-4'])
    expect(group.group.state).toBe('PreparingRebalance')
  })

  it('of a static member under an old id: FENCED_INSTANCE_ID', () => {
    const group = new GroupDriver()
    group.stable({ groupInstanceId: 'a' })
    expect(group.leave(instance('a-0', 'a'))[0]!.errorCode).toBe(errors.FENCED_INSTANCE_ID)
    expect(group.group.members.size).toBe(1)
  })

  it('by instance id alone, of a dynamic member: UNKNOWN_MEMBER_ID', () => {
    const group = new GroupDriver()
    group.stable({})
    expect(group.leave(instance('m-1', 'm-1'))[0]!.errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
  })

  it('where there is no group: UNKNOWN_MEMBER_ID for each', () => {
    expect(leaveNothing([instance('a', 'b')])).toEqual([
      { ...instance('a', 'b'), errorCode: errors.UNKNOWN_MEMBER_ID },
    ])
  })
})
