import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import type { SyncRequest } from '../../../src/groups/classic/sync.ts'
import { GroupDriver } from './driver.ts'

/** A group that awaits the assignment: m-1 leads, m-2 follows. */
function awaiting(): GroupDriver {
  const group = new GroupDriver()
  group.join()
  group.join()
  group.advance(0)
  expect(group.group).toMatchObject({ state: 'CompletingRebalance', leaderId: 'm-1' })
  return group
}

const assignments = [
  { memberId: 'm-1', assignment: Buffer.from('one') },
  { memberId: 'm-2', assignment: Buffer.from('two') },
  { memberId: 'stranger', assignment: Buffer.from('three') },
]

describe('SyncGroup', () => {
  it('a follower waits for the leader; then each has its own assignment, stored', () => {
    const group = awaiting()
    const follower = group.sync('m-2')
    expect(follower.isAnswered).toBe(false)
    const leader = group.sync('m-1', { assignments })
    expect(leader.answer).toEqual({
      errorCode: 0,
      protocolType: 'consumer',
      protocolName: 'range',
      assignment: Buffer.from('one'),
    })
    expect(String(follower.answer.assignment)).toBe('two')
    expect(group.group.state).toBe('Stable')
    expect(group.stores).toBe(1)
  })

  it('a follower that comes after the leader is answered at once', () => {
    const group = awaiting()
    group.sync('m-1', { assignments })
    expect(String(group.sync('m-2').answer.assignment)).toBe('two')
  })

  it("a follower's assignments are ignored (Kafka: classicGroupSyncToClassicGroup)", () => {
    const group = awaiting()
    const forged = [{ memberId: 'm-2', assignment: Buffer.from('everything') }]
    const follower = group.sync('m-2', { assignments: forged })
    expect(follower.isAnswered).toBe(false)
    group.sync('m-1', { assignments })
    expect(String(follower.answer.assignment)).toBe('two')
  })

  it('who is left out gets an empty assignment', () => {
    const group = awaiting()
    group.sync('m-1')
    expect(group.sync('m-2').answer).toMatchObject({ errorCode: 0, assignment: Buffer.alloc(0) })
  })

  it('does not keep the frame of its request in memory', () => {
    const group = awaiting()
    const assignment = Buffer.from('one')
    group.sync('m-1', { assignments: [{ memberId: 'm-1', assignment }] })
    assignment.fill(0)
    expect(String(group.sync('m-1').answer.assignment)).toBe('one')
  })

  it('again, while the last request still waits: that one is answered too', () => {
    const group = awaiting()
    const lost = group.sync('m-2')
    const retry = group.sync('m-2')
    expect(lost.answer.errorCode).toBe(errors.REBALANCE_IN_PROGRESS)
    group.sync('m-1', { assignments })
    expect(String(retry.answer.assignment)).toBe('two')
  })

  it.each<[string, Partial<SyncRequest> & { memberId?: string }, number]>([
    ['unknown member', { memberId: 'x' }, errors.UNKNOWN_MEMBER_ID],
    ['unknown instance', { groupInstanceId: 'x' }, errors.UNKNOWN_MEMBER_ID],
    ['old generation', { generationId: 0 }, errors.ILLEGAL_GENERATION],
    ['future generation', { generationId: 2 }, errors.ILLEGAL_GENERATION],
    [
      'other protocol type (KIP-559)',
      { protocolType: 'connect' },
      errors.INCONSISTENT_GROUP_PROTOCOL,
    ],
    ['other protocol name', { protocolName: 'sticky' }, errors.INCONSISTENT_GROUP_PROTOCOL],
  ])('%s', (_, { memberId = 'm-1', ...options }, errorCode) => {
    const group = awaiting()
    expect(group.sync(memberId, options).answer).toEqual({
      errorCode,
      protocolType: null,
      protocolName: null,
      assignment: Buffer.alloc(0),
    })
    group.syncAll(['m-1', 'm-2'])
    expect(group.sync(memberId, options).answer.errorCode).toBe(errorCode)
  })

  it('matching protocol type and name are fine (KIP-559)', () => {
    const group = awaiting()
    const names = { protocolType: 'consumer', protocolName: 'range' }
    expect(group.sync('m-1', { assignments, ...names }).answer.errorCode).toBe(0)
  })

  it('in a new join phase: REBALANCE_IN_PROGRESS', () => {
    const group = awaiting()
    group.join()
    expect(group.sync('m-1').answer.errorCode).toBe(errors.REBALANCE_IN_PROGRESS)
  })

  it('of a group that became empty: UNKNOWN_MEMBER_ID', () => {
    const group = awaiting()
    group.leave('m-1', 'm-2')
    expect(group.sync('m-1').answer.errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
  })
})

describe('members that do not ask for their assignment (KAFKA-12890)', () => {
  const times = { sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 20_000 }

  function awaitingLong(): GroupDriver {
    const group = new GroupDriver()
    group.join(times)
    group.join(times)
    group.advance(0)
    return group
  }

  it('nobody does within the rebalance timeout: the group becomes empty', () => {
    const group = awaitingLong()
    group.advance(19_999)
    expect(group.group.state).toBe('CompletingRebalance')
    group.advance(1)
    expect(group.group).toMatchObject({ state: 'Empty', generationId: 2 })
  })

  it('not the leader: it is removed, and the follower joins again', () => {
    const group = awaitingLong()
    const follower = group.sync('m-2')
    group.advance(20_000)
    expect(follower.answer.errorCode).toBe(errors.REBALANCE_IN_PROGRESS)
    expect(group.group).toMatchObject({ state: 'PreparingRebalance', leaderId: 'm-2' })
    expect(group.join({ memberId: 'm-2' }).answer).toMatchObject({
      generationId: 2,
      leader: 'm-2',
    })
  })

  it('not a follower: it is removed from the Stable group, which rebalances', () => {
    const group = awaitingLong()
    group.sync('m-1', { assignments })
    group.advance(20_000)
    expect(group.group.state).toBe('PreparingRebalance')
    expect([...group.group.members.keys()]).toEqual(['m-1'])
  })

  it('all do: nothing happens', () => {
    const group = awaitingLong()
    group.syncAll(['m-1', 'm-2'])
    group.advance(20_000)
    expect(group.group).toMatchObject({ state: 'Stable', generationId: 1 })
  })
})
