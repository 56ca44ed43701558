import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { GroupDriver, protocols } from './driver.ts'

describe('a dynamic member joins', () => {
  it('an old client becomes a member at once', () => {
    const group = new GroupDriver()
    const inbox = group.join()
    expect(group.group.state).toBe('PreparingRebalance')
    group.advance(0)
    expect(inbox.answer).toEqual({
      errorCode: 0,
      generationId: 1,
      protocolType: 'consumer',
      protocolName: 'range',
      leader: 'm-1',
      skipAssignment: false,
      memberId: 'm-1',
      members: [
        { memberId: 'm-1', groupInstanceId: null, metadata: Buffer.from('range metadata') },
      ],
    })
  })

  it('a new client is told its id first (KIP-394)', () => {
    const group = new GroupDriver()
    const { answer } = group.join({ requiresKnownMemberId: true })
    expect(answer).toMatchObject({ errorCode: errors.MEMBER_ID_REQUIRED, memberId: 'm-1' })
    expect(group.group.state).toBe('Empty')
    expect(group.group.members.size).toBe(0)

    const inbox = group.join({ memberId: 'm-1' })
    group.advance(0)
    expect(inbox.answer).toMatchObject({ errorCode: 0, memberId: 'm-1', generationId: 1 })
  })

  it('only the leader gets the member list', () => {
    const group = new GroupDriver()
    const [first, second] = [group.join(), group.join()]
    group.advance(0)
    expect(first.answer.members.map(member => member.memberId)).toEqual(['m-1', 'm-2'])
    expect(second.answer).toMatchObject({ leader: 'm-1', members: [], generationId: 1 })
  })

  it.each([
    ['empty type', { protocolType: '' }],
    ['no protocols', { protocols: [] }],
  ])('as the first with %s: INCONSISTENT_GROUP_PROTOCOL', (_, options) => {
    const { answer } = new GroupDriver().join(options)
    expect(answer).toMatchObject({
      errorCode: errors.INCONSISTENT_GROUP_PROTOCOL,
      protocolType: null,
      protocolName: null,
    })
  })

  it.each([
    ['other type', { protocolType: 'connect' }],
    ['empty type', { protocolType: '' }],
    ['no protocols', { protocols: [] }],
    ['nothing in common', { protocols: protocols('other') }],
  ])('into a group with %s: INCONSISTENT_GROUP_PROTOCOL', (_, options) => {
    const group = new GroupDriver()
    group.stable({})
    expect(group.join(options).answer.errorCode).toBe(errors.INCONSISTENT_GROUP_PROTOCOL)
    expect(group.group.state).toBe('Stable')
  })

  it('with an id that nobody gave: UNKNOWN_MEMBER_ID', () => {
    const group = new GroupDriver()
    expect(group.join({ memberId: 'x' }).answer).toMatchObject({
      errorCode: errors.UNKNOWN_MEMBER_ID,
      memberId: 'x',
    })
    group.stable({})
    expect(group.join({ memberId: 'x' }).answer.errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
  })

  it('any type may begin in a group that is empty again', () => {
    const group = new GroupDriver()
    group.leave(...group.stable({}))
    expect(group.group.protocolType).toBe('consumer')
    const inbox = group.join({ protocolType: 'connect', protocols: protocols('sessioned') })
    group.advance(0)
    expect(inbox.answer).toMatchObject({ protocolType: 'connect', protocolName: 'sessioned' })
  })

  it('does not keep the frame of its request in memory', () => {
    const group = new GroupDriver()
    const metadata = Buffer.from('subscription')
    group.join({ protocols: [{ name: 'range', metadata }] })
    metadata.fill(0)
    group.advance(0)
    const [member] = group.group.members.values()
    expect(String(member!.protocols[0]!.metadata)).toBe('subscription')
  })
})

describe('a member joins again', () => {
  it('as a follower of a Stable group, unchanged: the generation stays', () => {
    const group = new GroupDriver()
    const [leader, follower] = group.stable({}, {}) as [string, string]
    const { answer } = group.join({ memberId: follower })
    expect(answer).toMatchObject({ errorCode: 0, generationId: 1, leader, members: [] })
    expect(group.group.state).toBe('Stable')
  })

  it('as a follower of a Stable group, with other metadata: rebalance', () => {
    const group = new GroupDriver()
    const [leader, follower] = group.stable({}, {}) as [string, string]
    const changed = [{ name: 'range', metadata: Buffer.from('other topics') }]
    const inbox = group.join({ memberId: follower, protocols: changed })
    expect(group.group.state).toBe('PreparingRebalance')
    const leaders = group.join({ memberId: leader })
    expect(inbox.answer.generationId).toBe(2)
    expect(leaders.answer.members[1]).toMatchObject({ metadata: Buffer.from('other topics') })
  })

  it('as the leader of a Stable group: always a rebalance', () => {
    const group = new GroupDriver()
    const [leader, follower] = group.stable({}, {}) as [string, string]
    const inbox = group.join({ memberId: leader })
    expect(inbox.isAnswered).toBe(false)
    expect(group.heartbeat(follower)).toBe(errors.REBALANCE_IN_PROGRESS)
    group.join({ memberId: follower })
    expect(inbox.answer).toMatchObject({ generationId: 2, leader })
  })

  it('whose answer was lost, in CompletingRebalance: the same answer again', () => {
    const group = new GroupDriver()
    const [leader, follower] = [group.join(), group.join()]
    group.advance(0)
    expect(group.join({ memberId: leader.answer.memberId }).answer).toEqual(leader.answer)
    expect(group.join({ memberId: follower.answer.memberId }).answer).toEqual(follower.answer)
    expect(group.group.generationId).toBe(1)
  })

  it('with other metadata in CompletingRebalance: rebalance, also for who waits to sync', () => {
    const group = new GroupDriver()
    const [leader, follower] = [group.join(), group.join()]
    group.advance(0)
    const waiting = group.sync(follower.answer.memberId)
    group.join({ memberId: leader.answer.memberId, protocols: protocols('range', 'sticky') })
    expect(waiting.answer.errorCode).toBe(errors.REBALANCE_IN_PROGRESS)
    expect(group.group.state).toBe('PreparingRebalance')
  })

  it('while its last request still waits: that one is answered too', () => {
    const group = new GroupDriver()
    const [leader, follower] = group.stable({}, {}) as [string, string]
    const lost = group.join({ memberId: leader })
    const retry = group.join({ memberId: leader })
    expect(lost.answer.errorCode).toBe(errors.REBALANCE_IN_PROGRESS)
    group.join({ memberId: follower })
    expect(retry.answer.generationId).toBe(2)
  })

  it('takes over new timeouts', () => {
    const group = new GroupDriver()
    const [leader] = group.stable({}) as [string]
    group.join({ memberId: leader, sessionTimeoutMs: 7_000, rebalanceTimeoutMs: 8_000 })
    expect(group.group.members.get(leader)).toMatchObject({
      sessionTimeoutMs: 7_000,
      rebalanceTimeoutMs: 8_000,
    })
  })
})

describe('group.max.size (Kafka: acceptJoiningMember)', () => {
  it('refuses one member too many, in every state', () => {
    const group = new GroupDriver({ groupMaxSize: 2 })
    const inboxes = [group.join(), group.join()]
    const refused = { errorCode: errors.GROUP_MAX_SIZE_REACHED, memberId: '' }
    expect(group.join().answer).toMatchObject(refused)
    group.advance(0)
    expect(group.join().answer).toMatchObject(refused)
    const ids = inboxes.map(inbox => inbox.answer.memberId)
    group.syncAll(ids)
    expect(group.join().answer).toMatchObject(refused)
    expect(group.group.state).toBe('Stable')
  })

  it('counts handed-out ids only when they join (KIP-394)', () => {
    const group = new GroupDriver({ groupMaxSize: 1 })
    const ids = [1, 2].map(() => group.join({ requiresKnownMemberId: true }).answer.memberId)
    const inboxes = ids.map(memberId => group.join({ memberId }))
    group.advance(0)
    expect(inboxes.map(inbox => inbox.answer.errorCode)).toEqual([0, errors.GROUP_MAX_SIZE_REACHED])
    expect(group.group.pendingJoin.size).toBe(0)
  })

  it('lets members join again; of a group that is too large, the last to come must go', () => {
    const large = new GroupDriver()
    const ids = large.stable({}, {}, {})
    const group = new GroupDriver({ groupMaxSize: 2 }, large.group)
    const inboxes = ids.map(memberId => group.join({ memberId }))
    expect(inboxes.map(inbox => inbox.answer.errorCode)).toEqual([
      0,
      0,
      errors.GROUP_MAX_SIZE_REACHED,
    ])
    expect([...group.group.members.keys()]).toEqual(ids.slice(0, 2))
  })
})
