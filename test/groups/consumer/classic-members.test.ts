/** Members of the classic protocol in consumer groups (KIP-848, online migration). */
import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { text } from './driver.ts'
import { MixedGroup, subscription } from './mixed-group.ts'

const knowsItsId = {
  clientId: 'app',
  clientHost: '/127.0.0.1',
  requiresKnownMemberId: true,
  canSkipAssignment: true,
}

/** A consumer group of 'c', which has all partitions. */
async function consumerGroup(settings: Readonly<Record<string, string>> = {}) {
  const group = new MixedGroup({ foo: 4 }, settings)
  await group.enter('c')
  return group
}

/** The same with a classic member that has two. */
async function withClassic(settings: Readonly<Record<string, string>> = {}) {
  const group = await consumerGroup(settings)
  const { memberId } = await group.join()
  await group.beat('c', { memberEpoch: 2 })
  await group.beat('c', { memberEpoch: 2, ...group.owns(0, 1) })
  await group.join({ memberId })
  expect(await group.sync(memberId, 3)).toBe('foo-2 foo-3')
  return { group, memberId }
}

describe('a join', () => {
  it('is answered at once; partitions come when they are given up', async () => {
    const group = await consumerGroup()
    const joined = await group.join()
    expect(joined).toMatchObject({
      errorCode: errors.NONE,
      generationId: 3,
      protocolType: 'consumer',
      protocolName: 'range',
      leader: '',
      members: [],
    })
    const { memberId } = joined
    expect(await group.sync(memberId, 3)).toBe('')
    expect(await group.heartbeat(memberId, 3)).toBe('NONE')
    expect(text((await group.beat('c', { memberEpoch: 2 })).assignment)).toBe('foo-0 foo-1')
    await group.beat('c', { memberEpoch: 2, ...group.owns(0, 1) })
    expect(await group.heartbeat(memberId, 3)).toBe('REBALANCE_IN_PROGRESS')
    expect((await group.join({ memberId })).generationId).toBe(3)
    expect(await group.sync(memberId, 3)).toBe('foo-2 foo-3')
    expect(await group.heartbeat(memberId, 3)).toBe('NONE')
  })

  it('tells the id first, where the client expects it (KIP-394)', async () => {
    const group = await consumerGroup()
    const { errorCode, memberId } = await group.join({}, knowsItsId)
    expect(errorCode).toBe(errors.MEMBER_ID_REQUIRED)
    expect((await group.describe()).members).toHaveLength(1)
    expect(await group.join({ memberId }, knowsItsId)).toMatchObject({ errorCode: 0, memberId })
  })

  it('of a static member needs no id', async () => {
    const group = await consumerGroup()
    const joined = await group.join({ groupInstanceId: 'i' }, knowsItsId)
    expect(joined.errorCode).toBe(0)
  })

  it('replaces a static member of its name', async () => {
    const group = await consumerGroup()
    const first = await group.join({ groupInstanceId: 'i' })
    const second = await group.join({ groupInstanceId: 'i' })
    expect(second.memberId).not.toBe(first.memberId)
    expect((await group.describe()).members.map(each => each.memberId).toSorted()).toEqual(
      [second.memberId, 'c'].toSorted(),
    )
    const stale = group.join({ groupInstanceId: 'i', memberId: first.memberId })
    await expect(stale).rejects.toMatchObject({ error: 'FENCED_INSTANCE_ID' })
    const unknown = group.join({ groupInstanceId: 'x', memberId: first.memberId })
    await expect(unknown).rejects.toMatchObject({ error: 'UNKNOWN_MEMBER_ID' })
  })

  it('with another subscription causes a rebalance', async () => {
    const { group, memberId } = await withClassic()
    group.topics.set('bar', 1)
    const protocols = [{ name: 'range', metadata: subscription(['foo', 'bar'], { foo: [2, 3] }) }]
    expect((await group.join({ memberId, protocols })).generationId).toBe(4)
    expect((await group.describe()).groupEpoch).toBe(4)
  })

  it.each<[string, object]>([
    ['of another type', { protocolType: 'connect' }],
    ['without a protocol', { protocols: [] }],
    [
      'without a protocol that the others have',
      {
        protocols: [{ name: 'mine', metadata: subscription(['foo']) }],
      },
    ],
  ])('%s is refused', async (_, options) => {
    const { group } = await withClassic()
    const refused = group.join(options)
    await expect(refused).rejects.toMatchObject({ error: 'INCONSISTENT_GROUP_PROTOCOL' })
  })

  it('with a subscription that cannot be read is refused', async () => {
    const group = await consumerGroup()
    const refused = group.join({ protocols: [{ name: 'range', metadata: Buffer.from([0]) }] })
    await expect(refused).rejects.toMatchObject({ error: 'UNKNOWN_SERVER_ERROR' })
  })

  it('to a full group is refused', async () => {
    const group = await consumerGroup({ 'group.consumer.max.size': '1' })
    await expect(group.join()).rejects.toMatchObject({ error: 'GROUP_MAX_SIZE_REACHED' })
  })

  it('is refused where the policy is disabled', async () => {
    const group = await consumerGroup({ 'group.consumer.migration.policy': 'DISABLED' })
    await expect(group.join()).rejects.toMatchObject({ error: 'INCONSISTENT_GROUP_PROTOCOL' })
  })
})

describe('a sync', () => {
  it.each<[string, string, number, object]>([
    ['of an unknown member', 'x', 3, {}],
    ['of a member of the consumer protocol', 'c', 3, {}],
  ])('%s is refused', async (_, memberId, generationId, rest) => {
    const { group } = await withClassic()
    expect(await group.sync(memberId, generationId, rest)).toBe('UNKNOWN_MEMBER_ID')
  })

  it('of another generation is refused', async () => {
    const { group, memberId } = await withClassic()
    expect(await group.sync(memberId, 2)).toBe('ILLEGAL_GENERATION')
  })

  it('for another protocol is refused', async () => {
    const { group, memberId } = await withClassic()
    const refused = 'INCONSISTENT_GROUP_PROTOCOL'
    expect(await group.sync(memberId, 3, { protocolType: 'connect' })).toBe(refused)
    expect(await group.sync(memberId, 3, { protocolName: 'mine' })).toBe(refused)
    const unsaid = { protocolType: null, protocolName: null }
    expect(await group.sync(memberId, 3, unsaid)).toBe('foo-2 foo-3')
  })

  it('waits for another join when there is a new target', async () => {
    const { group, memberId } = await withClassic()
    await group.enter('d')
    expect(await group.sync(memberId, 3)).toBe('REBALANCE_IN_PROGRESS')
  })

  it('of a fenced instance is refused', async () => {
    const group = await consumerGroup()
    const { memberId } = await group.join({ groupInstanceId: 'i' })
    await group.join({ groupInstanceId: 'i' })
    const fenced = await group.sync(memberId, 3, { groupInstanceId: 'i' })
    expect(fenced).toBe('FENCED_INSTANCE_ID')
  })
})

describe('a heartbeat', () => {
  it('is refused for who is no classic member of the generation', async () => {
    const { group, memberId } = await withClassic()
    expect(await group.heartbeat('x', 3)).toBe('UNKNOWN_MEMBER_ID')
    expect(await group.heartbeat('c', 3)).toBe('UNKNOWN_MEMBER_ID')
    expect(await group.heartbeat(memberId, 2)).toBe('ILLEGAL_GENERATION')
    expect(await group.heartbeat(memberId, 3, 'x')).toBe('UNKNOWN_MEMBER_ID')
  })

  it('keeps the session alive, which is as long as the member has asked for', async () => {
    const { group, memberId } = await withClassic()
    group.clock.advance(9999)
    expect(await group.heartbeat(memberId, 3)).toBe('NONE')
    group.clock.advance(9999)
    expect(await group.heartbeat(memberId, 3)).toBe('NONE')
    group.clock.advance(10_000)
    expect(await group.heartbeat(memberId, 3)).toBe('UNKNOWN_MEMBER_ID')
  })

  it('tells of a new target, and gives the member its rebalance timeout to join', async () => {
    const { group, memberId } = await withClassic()
    await group.join({ memberId, rebalanceTimeoutMs: 8000 })
    await group.sync(memberId, 3)
    await group.enter('d')
    expect(await group.heartbeat(memberId, 3)).toBe('REBALANCE_IN_PROGRESS')
    group.clock.advance(5000)
    expect(await group.heartbeat(memberId, 3)).toBe('REBALANCE_IN_PROGRESS')
    group.clock.advance(3000)
    expect(await group.heartbeat(memberId, 3)).toBe('UNKNOWN_MEMBER_ID')
  })
})

it('who does not ask for its assignment in time is removed', async () => {
  const group = await consumerGroup()
  const { memberId } = await group.join({ rebalanceTimeoutMs: 5000 })
  group.clock.advance(5000)
  expect(await group.heartbeat(memberId, 3)).toBe('UNKNOWN_MEMBER_ID')
})

describe('a leave', () => {
  it('removes several members at once, in one epoch', async () => {
    const { group, memberId } = await withClassic()
    const other = await group.join()
    const { groupEpoch } = await group.describe()
    expect(await group.leave(memberId, other.memberId, 'x')).toEqual([
      'NONE',
      'NONE',
      'UNKNOWN_MEMBER_ID',
    ])
    expect((await group.describe()).groupEpoch).toBe(groupEpoch + 1)
  })

  it('of nobody changes nothing', async () => {
    const { group } = await withClassic()
    const { groupEpoch } = await group.describe()
    expect(await group.leave('x')).toEqual(['UNKNOWN_MEMBER_ID'])
    expect((await group.describe()).groupEpoch).toBe(groupEpoch)
  })

  it('frees the partitions', async () => {
    const { group, memberId } = await withClassic()
    await group.leave(memberId)
    const { assignment } = await group.beat('c', { memberEpoch: 3 })
    expect(text(assignment)).toBe('foo-0 foo-1 foo-2 foo-3')
  })
})
