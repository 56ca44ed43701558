import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { GroupDriver } from './driver.ts'

describe('group.initial.rebalance.delay.ms (KIP-134)', () => {
  const delayed = { groupInitialRebalanceDelayMs: 3_000 }

  it('0: the first member need not wait', () => {
    const group = new GroupDriver()
    const inbox = group.join()
    group.advance(0)
    expect(inbox.isAnswered).toBe(true)
  })

  it('waits that long for more members', () => {
    const group = new GroupDriver(delayed)
    const inbox = group.join()
    group.advance(2_999)
    expect(inbox.isAnswered).toBe(false)
    group.advance(1)
    expect(inbox.answer.generationId).toBe(1)
  })

  it('waits once more for each delay in which a member joined', () => {
    const group = new GroupDriver(delayed)
    const inboxes = [group.join({ rebalanceTimeoutMs: 30_000 })]
    group.advance(2_000)
    inboxes.push(group.join())
    group.advance(1_000)
    expect(inboxes.some(inbox => inbox.isAnswered)).toBe(false)
    group.advance(2_999)
    expect(inboxes.some(inbox => inbox.isAnswered)).toBe(false)
    group.advance(1)
    expect(inboxes.map(inbox => inbox.answer.generationId)).toEqual([1, 1])
  })

  it('waits no longer than the rebalance timeout of the first', () => {
    const group = new GroupDriver(delayed)
    const inbox = group.join({ rebalanceTimeoutMs: 7_000 })
    for (let second = 1; second < 7; second++) {
      group.advance(1_000)
      group.join()
    }
    expect(inbox.isAnswered).toBe(false)
    group.advance(1_000)
    expect(inbox.answer.generationId).toBe(1)
  })

  it('a rebalance of a group that is not empty ends when all have joined', () => {
    const group = new GroupDriver(delayed)
    const first = group.join()
    group.advance(3_000)
    group.syncAll([first.answer.memberId])
    const second = group.join()
    group.join({ memberId: first.answer.memberId })
    expect(second.answer.generationId).toBe(2)
  })

  it('a group that became empty waits again', () => {
    const group = new GroupDriver(delayed)
    const first = group.join()
    group.advance(3_000)
    group.leave(first.answer.memberId)
    const second = group.join()
    group.advance(2_999)
    expect(second.isAnswered).toBe(false)
    group.advance(1)
    expect(second.answer.generationId).toBe(3)
  })

  describe('ends before the delay does', () => {
    const patient = { groupInitialRebalanceDelayMs: 20_000 }
    const dynamic = { requiresKnownMemberId: true, sessionTimeoutMs: 6_000 }

    it('when an id is given up that was handed out, and all others have joined', () => {
      const group = new GroupDriver(patient)
      const { memberId } = group.join(dynamic).answer
      group.advance(1_000)
      group.join(dynamic)
      const inbox = group.join({ memberId })
      group.advance(5_999)
      expect(inbox.isAnswered).toBe(false)
      group.advance(1)
      expect(inbox.answer).toMatchObject({ errorCode: 0, generationId: 1 })
      group.advance(1)
      expect(group.group).toMatchObject({ state: 'CompletingRebalance', generationId: 1 })
    })

    it('but not while another one is awaited', () => {
      const group = new GroupDriver(patient)
      const { memberId } = group.join(dynamic).answer
      group.join(dynamic)
      group.join({ ...dynamic, sessionTimeoutMs: 10_000 })
      const inbox = group.join({ memberId })
      group.advance(9_999)
      expect(inbox.isAnswered).toBe(false)
      group.advance(1)
      expect(inbox.isAnswered).toBe(true)
    })

    it('nor when the one that was awaited leaves', () => {
      const group = new GroupDriver(patient)
      const { memberId } = group.join(dynamic).answer
      const { memberId: other } = group.join(dynamic).answer
      const inbox = group.join({ memberId })
      group.leave(other)
      group.advance(19_999)
      expect(inbox.isAnswered).toBe(false)
      group.advance(1)
      expect(inbox.isAnswered).toBe(true)
    })

    it('when the connection of a member is gone, but not for one that has left before', () => {
      const group = new GroupDriver(patient)
      const inbox = group.join()
      group.join()
      group.leave('m-2')
      group.step(step => group.group.evict('m-2', 'disconnect', step))
      expect(inbox.isAnswered).toBe(false)
      group.join()
      group.step(step => group.group.evict('m-3', 'disconnect', step))
      expect(inbox.answer.members.map(member => member.memberId)).toEqual(['m-1'])
    })
  })

  it('everybody leaves meanwhile: the group is empty after the delay', () => {
    const group = new GroupDriver(delayed)
    const inbox = group.join()
    group.leave('m-1')
    expect(inbox.answer.errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
    group.advance(3_000)
    expect(group.group.state).toBe('Empty')
  })
})

describe('the join phase', () => {
  it('a new member makes all others join again', () => {
    const group = new GroupDriver()
    const [first] = group.stable({}) as [string]
    const second = group.join()
    expect(group.heartbeat(first)).toBe(errors.REBALANCE_IN_PROGRESS)
    expect(second.isAnswered).toBe(false)
    const rejoined = group.join({ memberId: first })
    expect([rejoined.answer.generationId, second.answer.generationId]).toEqual([2, 2])
  })

  it('ends after the largest rebalance timeout; who has not come is removed', () => {
    const group = new GroupDriver()
    const session = { sessionTimeoutMs: 100_000 }
    const [, , late] = group.stable(
      { ...session, rebalanceTimeoutMs: 20_000 },
      { ...session, rebalanceTimeoutMs: 40_000 },
      { ...session, rebalanceTimeoutMs: 10_000 },
    ) as [string, string, string]
    const first = group.join({ memberId: 'm-1', ...session, rebalanceTimeoutMs: 20_000 })
    group.join({ memberId: 'm-2', ...session, rebalanceTimeoutMs: 40_000 })
    group.advance(39_999)
    expect(first.isAnswered).toBe(false)
    group.advance(1)
    expect(first.answer.members.map(member => member.memberId)).toEqual(['m-1', 'm-2'])
    expect(group.heartbeat(late)).toBe(errors.UNKNOWN_MEMBER_ID)
  })

  it('ends when the last one that is waited for leaves', () => {
    const group = new GroupDriver()
    const [first, second] = group.stable({}, {}) as [string, string]
    const inbox = group.join({ memberId: first })
    group.leave(second)
    expect(inbox.answer.members).toHaveLength(1)
  })

  it('ends when the session of the last one that is waited for ends', () => {
    const group = new GroupDriver()
    const [first] = group.stable({}, {}) as [string]
    const inbox = group.join({ memberId: first })
    group.advance(9_999)
    expect(inbox.isAnswered).toBe(false)
    group.advance(1)
    expect(inbox.answer.members).toHaveLength(1)
  })

  it('a leader that does not come is replaced', () => {
    const group = new GroupDriver()
    const [, follower] = group.stable({}, {}) as [string, string]
    group.join()
    const inbox = group.join({ memberId: follower })
    group.advance(60_000)
    expect(inbox.answer.leader).toBe(follower)
    expect(inbox.answer.members.map(member => member.memberId)).toEqual([follower, 'm-3'])
  })

  it('of a group that all have left ends with an empty group, which is stored', () => {
    const group = new GroupDriver()
    const ids = group.stable({}, {})
    const stores = group.stores
    group.leave(...ids)
    expect(group.group).toMatchObject({
      state: 'Empty',
      generationId: 2,
      protocolType: 'consumer',
      protocolName: null,
      leaderId: null,
    })
    expect(group.stores).toBe(stores + 1)
  })

  it('each generation has the next number', () => {
    const group = new GroupDriver()
    for (let i = 1; i <= 3; i++) {
      const inbox = group.join(i === 1 ? {} : { memberId: 'm-1' })
      group.advance(0)
      expect(inbox.answer.generationId).toBe(i)
      group.syncAll(['m-1'])
    }
  })
})

describe('ids that were handed out keep the join phase open (KIP-394)', () => {
  it('until the member joins with it', () => {
    const group = new GroupDriver()
    const [first] = group.stable({}) as [string]
    const pending = group.join({ requiresKnownMemberId: true }).answer.memberId
    expect(group.group.state).toBe('Stable')
    const leader = group.join({ memberId: first })
    expect(leader.isAnswered).toBe(false)
    const second = group.join({ memberId: pending })
    expect(leader.answer.members).toHaveLength(2)
    expect(second.answer.generationId).toBe(2)
  })

  it('until it leaves', () => {
    const group = new GroupDriver()
    const [first] = group.stable({}) as [string]
    const pending = group.join({ requiresKnownMemberId: true }).answer.memberId
    const leader = group.join({ memberId: first })
    expect(group.leave(pending)[0]!.errorCode).toBe(0)
    expect(leader.answer.members).toHaveLength(1)
    expect(group.join({ memberId: pending }).answer.errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
  })

  it('until its session timeout', () => {
    const group = new GroupDriver()
    const [first] = group.stable({}) as [string]
    group.join({ requiresKnownMemberId: true, sessionTimeoutMs: 8_000 })
    const leader = group.join({ memberId: first })
    group.advance(7_999)
    expect(leader.isAnswered).toBe(false)
    group.advance(1)
    expect(leader.answer.members).toHaveLength(1)
  })

  it('not longer than the rebalance timeout, and it may join then', () => {
    const group = new GroupDriver()
    const times = { sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 20_000 }
    const [first] = group.stable(times) as [string]
    const pending = group.join({ requiresKnownMemberId: true, ...times }).answer.memberId
    const leader = group.join({ memberId: first, ...times })
    group.advance(20_000)
    expect(leader.answer.members).toHaveLength(1)
    const second = group.join({ memberId: pending, ...times })
    group.join({ memberId: first, ...times })
    expect(second.answer.generationId).toBe(3)
  })

  it('any number of first joins at once: nobody gets UNKNOWN_MEMBER_ID', () => {
    const group = new GroupDriver({ groupInitialRebalanceDelayMs: 3_000 })
    const ids = Array.from(
      { length: 50 },
      () => group.join({ requiresKnownMemberId: true }).answer.memberId,
    )
    const inboxes = ids.map(memberId => group.join({ memberId }))
    group.advance(6_000)
    expect(new Set(inboxes.map(inbox => inbox.answer.errorCode))).toEqual(new Set([0]))
    expect(new Set(inboxes.map(inbox => inbox.answer.generationId))).toEqual(new Set([1]))
  })

  it('first joins that trickle in around a rebalance: nobody gets UNKNOWN_MEMBER_ID', () => {
    const group = new GroupDriver()
    const first = group.join({ requiresKnownMemberId: true }).answer.memberId
    const second = group.join({ requiresKnownMemberId: true }).answer.memberId
    const leader = group.join({ memberId: first })
    group.advance(0)
    expect(leader.answer.generationId).toBe(1)
    const follower = group.join({ memberId: second })
    const third = group.join({ requiresKnownMemberId: true }).answer.memberId
    group.join({ memberId: first })
    expect(follower.isAnswered).toBe(false)
    const last = group.join({ memberId: third })
    expect(follower.answer).toMatchObject({ errorCode: 0, generationId: 2 })
    expect(last.answer).toMatchObject({ errorCode: 0, generationId: 2 })
  })
})
