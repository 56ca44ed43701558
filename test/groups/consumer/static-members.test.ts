/** Static members of consumer groups (KIP-345, KIP-848). */
import { expect, it } from 'vitest'
import { ConsumerDriver, text } from './driver.ts'
import { errorOf } from './errors.ts'

const asI = { instanceId: 'i' }
const foo = { subscribedTopicNames: ['foo'] }

/** Two static members with two partitions each, in epoch 3. */
function twoMembers(): ConsumerDriver {
  const driver = new ConsumerDriver({ topics: { foo: 4 } })
  driver.join('m1', { ...asI, ...foo })
  driver.join('m2', { instanceId: 'j', ...foo })
  driver.settle()
  return driver
}

it('keeps its partitions while it is away for a moment', () => {
  const driver = twoMembers()
  const left = driver.heartbeat('m1', { ...asI, memberEpoch: -2 })
  expect(left).toMatchObject({ memberId: 'm1', memberEpoch: -2, heartbeatIntervalMs: 0 })
  expect(driver.group).toMatchObject({ epoch: 3, size: 2 })
  expect(driver.member('m1')).toMatchObject({ epoch: -2 })
  expect(text(driver.member('m1').assigned)).toBe('foo-0 foo-1')
})

it('is replaced by the next one of its name, without a new epoch', () => {
  const driver = twoMembers()
  driver.heartbeat('m1', { ...asI, memberEpoch: -2 })
  const back = driver.join('m3', { ...asI, ...foo })
  expect(back).toMatchObject({ memberId: 'm3', memberEpoch: 3 })
  expect(text(back.assignment)).toBe('foo-0 foo-1')
  expect(driver.group).toMatchObject({ epoch: 3, size: 2, state: 'Stable' })
  expect(driver.stored.members).toEqual(['m1', 'm3'])
  expect(driver.group.memberRow('m1')).toBeNull()
})

it('may come back under its own id', () => {
  const driver = twoMembers()
  driver.heartbeat('m1', { ...asI, memberEpoch: -2 })
  const back = driver.join('m1', { ...asI, ...foo })
  expect(back).toMatchObject({ memberId: 'm1', memberEpoch: 3 })
  expect(text(back.assignment)).toBe('foo-0 foo-1')
})

it('is not evicted, for it may come back; a dynamic member is', () => {
  const driver = twoMembers()
  driver.step(step => driver.group.evict('m1', 'disconnect', step))
  expect(driver.stored).toEqual({ group: false, members: [] })
  driver.join('m3', foo)
  driver.step(step => driver.group.evict('m3', 'disconnect', step))
  expect(driver.stored).toEqual({ group: true, members: ['m3'] })
  expect([...driver.group.members.keys()]).toEqual(['m1', 'm2'])
})

it('causes a rebalance when it comes back with another subscription', () => {
  const driver = twoMembers()
  driver.heartbeat('m1', { ...asI, memberEpoch: -2 })
  driver.join('m3', { ...asI, subscribedTopicNames: ['foo', 'bar'] })
  expect(driver.group.epoch).toBe(4)
})

it('cannot be replaced while it is there', () => {
  const driver = twoMembers()
  expect(errorOf(() => driver.join('m3', { ...asI, ...foo }))).toBe('UNRELEASED_INSTANCE_ID')
  expect(errorOf(() => driver.join('m1', { ...asI, ...foo }))).toBe('UNRELEASED_INSTANCE_ID')
})

it('is fenced once another one has its name', () => {
  const driver = twoMembers()
  driver.heartbeat('m1', { ...asI, memberEpoch: -2 })
  driver.join('m3', { ...asI, ...foo })
  const stale = { ...asI, memberEpoch: 3 }
  expect(errorOf(() => driver.heartbeat('m1', stale))).toBe('FENCED_INSTANCE_ID')
  expect(errorOf(() => driver.leave('m1', 'i'))).toBe('FENCED_INSTANCE_ID')
})

it('is unknown under a name that nobody has', () => {
  const driver = twoMembers()
  const other = { instanceId: 'x', memberEpoch: 3 }
  expect(errorOf(() => driver.heartbeat('m1', other))).toBe('UNKNOWN_MEMBER_ID')
  expect(errorOf(() => driver.leave('m1', 'x'))).toBe('UNKNOWN_MEMBER_ID')
  const away = { instanceId: 'x', memberEpoch: -2 }
  expect(errorOf(() => driver.heartbeat('m1', away))).toBe('UNKNOWN_MEMBER_ID')
})

it('is fenced with an old epoch like any other', () => {
  const driver = twoMembers()
  const stale = { ...asI, memberEpoch: 1 }
  expect(errorOf(() => driver.heartbeat('m1', stale))).toBe('FENCED_MEMBER_EPOCH')
})

it('leaves for good with epoch -1', () => {
  const driver = twoMembers()
  expect(driver.leave('m1', 'i')).toMatchObject({ memberEpoch: -1 })
  expect(driver.group).toMatchObject({ epoch: 4, size: 1 })
  expect(driver.group.staticMember('i')).toBeUndefined()
})

it('is gone when its session ends while it is away', () => {
  const driver = twoMembers()
  driver.heartbeat('m1', { ...asI, memberEpoch: -2 })
  driver.advance(44_000)
  driver.heartbeat('m2')
  driver.advance(1000)
  expect([...driver.group.members.keys()]).toEqual(['m2'])
  driver.settle()
  expect(driver.assigned()).toEqual({ m2: 'foo-0 foo-1 foo-2 foo-3' })
})

it('does not release what it was giving up when it left to two owners', () => {
  const driver = new ConsumerDriver({ topics: { foo: 2 } })
  driver.join('m1', { ...asI, ...foo })
  driver.join('m2', foo)
  driver.heartbeat('m1', asI)
  expect(driver.member('m1').state).toBe('unrevoked')
  driver.heartbeat('m1', { ...asI, memberEpoch: -2 })
  driver.heartbeat('m2')
  driver.join('m3', { ...asI, ...foo })
  driver.settle()
  expect(driver.assigned()).toEqual({ m2: 'foo-1', m3: 'foo-0' })
})
