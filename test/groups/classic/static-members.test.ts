import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { GroupDriver, protocols } from './driver.ts'

const leaderInstance = { groupInstanceId: 'a' }
const followerInstance = { groupInstanceId: 'b' }

/** A Stable group of two static members: a-1 leads, b-2 follows. */
function twoStatic(): GroupDriver {
  const group = new GroupDriver()
  expect(group.stable(leaderInstance, followerInstance)).toEqual(['a-1', 'b-2'])
  return group
}

describe('a static member joins (KIP-345)', () => {
  it('is a member at once: it needs no id to be recognised', () => {
    const group = new GroupDriver()
    const inbox = group.join({ ...leaderInstance, requiresKnownMemberId: true })
    group.advance(0)
    expect(inbox.answer).toMatchObject({ errorCode: 0, memberId: 'a-1', generationId: 1 })
    expect(inbox.answer.members[0]!.groupInstanceId).toBe('a')
  })

  it.each([
    ['UNKNOWN_MEMBER_ID', 'an instance nobody knows', 'a-1', 'unknown'],
    ['FENCED_INSTANCE_ID', "another member's instance", 'a-1', 'b'],
    ['FENCED_INSTANCE_ID', 'an old id', 'a-0', 'a'],
  ] as const)('%s for %s', (error, _, memberId, groupInstanceId) => {
    const group = twoStatic()
    const code = errors[error]
    expect(group.join({ memberId, groupInstanceId }).answer.errorCode).toBe(code)
    expect(group.sync(memberId, { groupInstanceId }).answer.errorCode).toBe(code)
    expect(group.heartbeat(memberId, 1, groupInstanceId)).toBe(code)
    expect(group.leave({ memberId, groupInstanceId })[0]!.errorCode).toBe(code)
    expect(group.group.state).toBe('Stable')
  })

  it('an id that was handed out to a dynamic member does not fit an instance', () => {
    const group = twoStatic()
    const { memberId } = group.join({ requiresKnownMemberId: true }).answer
    const { answer } = group.join({ memberId, groupInstanceId: 'a' })
    expect(answer.errorCode).toBe(errors.FENCED_INSTANCE_ID)
  })

  it('as follower with its known id, unchanged: no rebalance', () => {
    const group = twoStatic()
    const { answer } = group.join({ memberId: 'b-2', ...followerInstance })
    expect(answer).toMatchObject({ errorCode: 0, generationId: 1, leader: 'a-1' })
  })

  it('as leader with its known id: rebalance', () => {
    const group = twoStatic()
    group.join({ memberId: 'a-1', ...leaderInstance })
    expect(group.group.state).toBe('PreparingRebalance')
  })
})

describe('a restarted static member takes over (KIP-345)', () => {
  it('as follower: no rebalance, same assignment, new id, stored', () => {
    const group = twoStatic()
    const storesBefore = group.stores
    const { answer } = group.join({ ...followerInstance, canSkipAssignment: true })
    expect(answer).toMatchObject({
      errorCode: 0,
      generationId: 1,
      memberId: 'b-3',
      leader: 'a-1',
      members: [],
      skipAssignment: false,
    })
    expect(group.group.state).toBe('Stable')
    expect(group.stores).toBe(storesBefore + 1)
    expect(String(group.sync('b-3').answer.assignment)).toBe('b-2')
  })

  it('as leader: a client that knows of it skips the assignment (KIP-814)', () => {
    const group = twoStatic()
    const { answer } = group.join({ ...leaderInstance, canSkipAssignment: true })
    expect(answer).toMatchObject({ memberId: 'a-3', leader: 'a-3', skipAssignment: true })
    expect(answer.members.map(member => member.memberId).toSorted()).toEqual(['a-3', 'b-2'])
    expect(String(group.sync('a-3').answer.assignment)).toBe('a-1')
  })

  it('as leader: an older client does not learn that it leads', () => {
    const group = twoStatic()
    const { answer } = group.join(leaderInstance)
    expect(answer).toMatchObject({
      memberId: 'a-3',
      leader: 'a-1',
      members: [],
      skipAssignment: false,
    })
    expect(group.group.leaderId).toBe('a-3')
  })

  it('gets a different id each time, and the old ones are fenced', () => {
    const group = twoStatic()
    const ids = [1, 2, 3].map(() => group.join(followerInstance).answer.memberId)
    expect(new Set(ids).size).toBe(3)
    expect(group.heartbeat(ids[1]!, 1, 'b')).toBe(errors.FENCED_INSTANCE_ID)
    expect(group.heartbeat(ids[1]!)).toBe(errors.UNKNOWN_MEMBER_ID)
    expect(group.heartbeat(ids[2]!, 1, 'b')).toBe(0)
  })

  it('with other metadata for the same protocol: no rebalance', () => {
    const group = twoStatic()
    const metadata = Buffer.from('other topics')
    group.join({ ...followerInstance, protocols: [{ name: 'range', metadata }] })
    expect(group.group.state).toBe('Stable')
    expect(group.group.members.get('b-3')!.protocols[0]!.metadata).toEqual(metadata)
  })

  it('with protocols that change the choice: rebalance', () => {
    const group = new GroupDriver()
    const both = protocols('range', 'sticky')
    group.stable({ ...leaderInstance, protocols: both }, { ...followerInstance, protocols: both })
    expect(group.group.protocolName).toBe('range')
    const inbox = group.join({ ...followerInstance, protocols: protocols('sticky') })
    expect(group.group.state).toBe('PreparingRebalance')
    group.join({ memberId: 'a-1', ...leaderInstance, protocols: both })
    expect(inbox.answer).toMatchObject({ generationId: 2, protocolName: 'sticky' })
  })

  it('while the group awaits the assignment: rebalance, as the leader knows the old id', () => {
    const group = new GroupDriver()
    group.join(leaderInstance)
    group.join(followerInstance)
    group.advance(0)
    const waiting = group.sync('b-2', followerInstance)
    group.join(followerInstance)
    expect(waiting.answer.errorCode).toBe(errors.FENCED_INSTANCE_ID)
    expect(group.group.state).toBe('PreparingRebalance')
    expect(group.sync('a-1', leaderInstance).answer.errorCode).toBe(errors.REBALANCE_IN_PROGRESS)
  })

  it('while the old one waits in the join phase: the old one is fenced', () => {
    const group = twoStatic()
    const old = group.join({ memberId: 'a-1', ...leaderInstance })
    const taken = group.join(leaderInstance)
    expect(old.answer).toMatchObject({ errorCode: errors.FENCED_INSTANCE_ID, memberId: 'a-1' })
    group.join({ memberId: 'b-2', ...followerInstance })
    expect(taken.answer).toMatchObject({ memberId: 'a-3', leader: 'a-3', generationId: 2 })
  })

  it('that had not synced yet is still expected to (KAFKA-12890)', () => {
    const group = new GroupDriver()
    const inboxes = [group.join(leaderInstance), group.join(followerInstance)]
    group.advance(0)
    expect(inboxes[0]!.answer.leader).toBe('a-1')
    group.sync('a-1')
    group.join(followerInstance)
    expect([...group.group.pendingSync]).toEqual(['b-3'])
  })
})

describe('a static member is away', () => {
  it('no rebalance before its session ends', () => {
    const group = twoStatic()
    for (let i = 0; i < 3; i++) {
      group.advance(3_000)
      expect(group.heartbeat('a-1')).toBe(0)
    }
    group.advance(999)
    expect(group.group.members.has('b-2')).toBe(true)
    group.advance(1)
    expect(group.group.members.has('b-2')).toBe(false)
    expect(group.heartbeat('a-1')).toBe(errors.REBALANCE_IN_PROGRESS)
  })

  it('it stays a member when the rebalance timeout removes dynamic ones', () => {
    const group = new GroupDriver()
    const options = { sessionTimeoutMs: 300_000, rebalanceTimeoutMs: 20_000 }
    group.stable(
      { ...leaderInstance, ...options },
      { ...followerInstance, ...options },
      options,
      options,
    )
    const inbox = group.join({ memberId: 'm-4', ...options, protocols: protocols('range', 'x') })
    group.advance(20_000)
    expect([...group.group.members.keys()]).toEqual(['a-1', 'b-2', 'm-4'])
    expect(inbox.answer).toMatchObject({ leader: 'm-4', generationId: 2 })
    expect(inbox.answer.members.map(member => member.memberId)).toEqual(['a-1', 'b-2', 'm-4'])
  })

  it('with nobody joined, the join phase goes on until somebody does', () => {
    const group = new GroupDriver()
    const options = { sessionTimeoutMs: 300_000, rebalanceTimeoutMs: 20_000 }
    group.stable({ ...leaderInstance, ...options }, options)
    group.leave('m-2')
    group.advance(50_000)
    expect(group.group).toMatchObject({ state: 'PreparingRebalance', generationId: 1 })
    const inbox = group.join({ memberId: 'a-1', ...leaderInstance, ...options })
    expect(inbox.answer).toMatchObject({ generationId: 2, leader: 'a-1' })
  })

  it('with nobody joined, the group is empty when its session ends', () => {
    const group = new GroupDriver()
    const options = { sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 20_000 }
    group.stable({ ...leaderInstance, ...options }, options)
    group.leave('m-2')
    group.advance(30_000)
    expect(group.group).toMatchObject({ state: 'Empty', generationId: 2 })
  })
})
