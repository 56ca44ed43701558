import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { abandon, expire } from '../../../src/groups/classic/deadlines.ts'
import { GroupDriver } from './driver.ts'

describe('Heartbeat', () => {
  it('in Stable and CompletingRebalance: 0', () => {
    const group = new GroupDriver()
    group.join()
    group.advance(0)
    expect(group.group.state).toBe('CompletingRebalance')
    expect(group.heartbeat('m-1')).toBe(0)
    group.syncAll(['m-1'])
    expect(group.heartbeat('m-1')).toBe(0)
  })

  it('in PreparingRebalance: REBALANCE_IN_PROGRESS', () => {
    const group = new GroupDriver()
    group.stable({})
    group.join()
    expect(group.heartbeat('m-1')).toBe(errors.REBALANCE_IN_PROGRESS)
  })

  it.each([
    ['unknown member', 'x', 1, errors.UNKNOWN_MEMBER_ID],
    ['old generation', 'm-1', 0, errors.ILLEGAL_GENERATION],
    ['future generation', 'm-1', 2, errors.ILLEGAL_GENERATION],
  ])('%s', (_, memberId, generationId, errorCode) => {
    const group = new GroupDriver()
    group.stable({})
    expect(group.heartbeat(memberId, generationId)).toBe(errorCode)
  })

  it('an old generation in a new join phase: ILLEGAL_GENERATION comes first', () => {
    const group = new GroupDriver()
    group.stable({})
    group.join()
    expect(group.heartbeat('m-1', 0)).toBe(errors.ILLEGAL_GENERATION)
  })

  it('of an id that was handed out and not used: UNKNOWN_MEMBER_ID', () => {
    const group = new GroupDriver()
    const { memberId } = group.join({ requiresKnownMemberId: true }).answer
    expect(group.heartbeat(memberId)).toBe(errors.UNKNOWN_MEMBER_ID)
  })

  it('in an empty group: UNKNOWN_MEMBER_ID', () => {
    const group = new GroupDriver()
    group.leave(...group.stable({}))
    expect(group.heartbeat('m-1')).toBe(errors.UNKNOWN_MEMBER_ID)
  })
})

describe('sessions', () => {
  it('end after the session timeout without a heartbeat', () => {
    const group = new GroupDriver()
    group.stable({ sessionTimeoutMs: 10_000 })
    group.advance(9_999)
    expect(group.group.state).toBe('Stable')
    group.advance(1)
    expect(group.group).toMatchObject({ state: 'Empty', generationId: 2 })
  })

  it('go on with each heartbeat, also in a rebalance', () => {
    const group = new GroupDriver()
    group.stable({}, {})
    for (let i = 0; i < 4; i++) {
      group.advance(6_000)
      for (const memberId of ['m-1', 'm-2']) expect(group.heartbeat(memberId)).toBe(0)
    }
    group.join({ memberId: 'm-1' })
    for (let i = 0; i < 4; i++) {
      group.advance(6_000)
      expect(group.heartbeat('m-2')).toBe(errors.REBALANCE_IN_PROGRESS)
    }
    expect(group.group.members.has('m-2')).toBe(true)
  })

  it('do not end while the member waits for the others to join', () => {
    const group = new GroupDriver()
    group.stable({ rebalanceTimeoutMs: 60_000 }, { sessionTimeoutMs: 100_000 })
    const inbox = group.join({ memberId: 'm-1' })
    group.advance(59_999)
    expect(inbox.isAnswered).toBe(false)
    group.advance(1)
    expect(inbox.answer.errorCode).toBe(0)
    group.advance(9_999)
    expect(group.group.members.has('m-1')).toBe(true)
    group.advance(1)
    expect(group.group.state).toBe('Empty')
  })

  it('do not end while the member waits for the leader, and go on afterwards', () => {
    const group = new GroupDriver()
    const options = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000 }
    group.join({ ...options, sessionTimeoutMs: 100_000 })
    group.join(options)
    group.advance(0)
    const inbox = group.sync('m-2')
    group.advance(30_000)
    group.sync('m-1')
    expect(inbox.answer.errorCode).toBe(0)
    group.advance(9_999)
    expect(group.group.members.has('m-2')).toBe(true)
    group.advance(1)
    expect(group.group.members.has('m-2')).toBe(false)
  })

  it('of a new member that waits end after 5 minutes: it may be a lost retry', () => {
    const group = new GroupDriver()
    const long = { rebalanceTimeoutMs: 1_000_000, sessionTimeoutMs: 1_000_000 }
    group.stable(long)
    const inbox = group.join()
    group.advance(299_999)
    expect(inbox.isAnswered).toBe(false)
    group.advance(1)
    expect(inbox.answer).toMatchObject({ errorCode: errors.UNKNOWN_MEMBER_ID, memberId: '' })
    expect(group.group.members.size).toBe(1)
  })

  it('of a new member are the usual ones once it was answered', () => {
    const group = new GroupDriver()
    group.join({ sessionTimeoutMs: 10_000 })
    group.advance(0)
    group.advance(10_000)
    expect(group.group.state).toBe('Empty')
  })

  it('that end with the leader away: its follower leads the next generation', () => {
    const group = new GroupDriver()
    group.stable({}, { sessionTimeoutMs: 100_000 })
    group.advance(10_000)
    expect(group.group.state).toBe('PreparingRebalance')
    expect(group.join({ memberId: 'm-2' }).answer.leader).toBe('m-2')
  })

  it('that end before the leader has synced: the waiting follower joins again', () => {
    const group = new GroupDriver()
    group.join()
    group.join()
    group.advance(0)
    const inbox = group.sync('m-2')
    group.advance(10_000)
    expect(inbox.answer.errorCode).toBe(errors.REBALANCE_IN_PROGRESS)
    expect(group.group).toMatchObject({ state: 'PreparingRebalance', leaderId: 'm-2' })
  })
})

describe('the wake-up', () => {
  it('may be early, and is then set anew', () => {
    const group = new GroupDriver()
    group.stable({ sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000 })
    group.advance(5_000)
    group.heartbeat('m-1')
    expect(group.group.wakeAtMs).toBeLessThanOrEqual(group.nowMs + 10_000)
    group.step(step => expire(group.group, step))
    expect(group.group.wakeAtMs).toBe(group.nowMs + 10_000)
    expect(group.group.state).toBe('Stable')
  })

  it('is never in an empty group', () => {
    const group = new GroupDriver()
    group.leave(...group.stable({}, {}))
    group.advance(1_000_000)
    expect(group.group.wakeAtMs).toBe(Infinity)
  })
})

describe('the coordinator stops (Kafka: onUnloaded)', () => {
  it('whoever waits is told to look for it anew', () => {
    const joining = new GroupDriver()
    const join = joining.join()
    joining.step(step => abandon(joining.group, step))
    expect(join.answer).toMatchObject({ errorCode: errors.NOT_COORDINATOR, memberId: 'm-1' })

    const syncing = new GroupDriver()
    syncing.join()
    syncing.join()
    syncing.advance(0)
    const sync = syncing.sync('m-2')
    syncing.step(step => abandon(syncing.group, step))
    expect(sync.answer.errorCode).toBe(errors.NOT_COORDINATOR)
  })
})
