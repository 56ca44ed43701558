/** Members as all see them who treat groups of all types alike. */
import { describe, expect, it } from 'vitest'
import { encodeAssignment } from '../../protocol/consumer-protocol.ts'
import type { MemberView } from '../../src/groups/group.ts'
import { GroupDriver as ClassicDriver, protocols, subscription } from './classic/driver.ts'
import { ConsumerDriver } from './consumer/driver.ts'
import { ShareDriver } from './share/driver.ts'
import { GroupDriver as StreamsDriver } from './streams/driver.ts'

const views = (driver: { step: ClassicDriver['step']; group: ClassicDriver['group'] }) =>
  driver.step(step => driver.group.memberViews(step.topics))

const missing = (all: readonly MemberView[]) => all.map(view => view.missing)

describe('members of a classic group', () => {
  it('have what their leader has assigned', () => {
    const driver = new ClassicDriver()
    const inbox = driver.join({ protocols: [subscription('a', 'b')], groupInstanceId: 'one' })
    driver.advance(0)
    const { memberId } = inbox.answer
    const assignedPartitions = [{ topic: 'a', partitions: [0, 2] }]
    const assignment = encodeAssignment({ assignedPartitions, userData: null }, 1)
    driver.sync(memberId, { groupInstanceId: 'one', assignments: [{ memberId, assignment }] })
    expect(views(driver)).toEqual([
      {
        memberId,
        instanceId: 'one',
        clientId: 'client',
        clientHost: '/127.0.0.1',
        subscribedTopics: ['a', 'b'],
        assignment: { a: [0, 2] },
      },
    ])
  })

  it('of clients that are no consumers have what nobody can read', () => {
    const driver = new ClassicDriver()
    driver.stable({ protocolType: 'connect', protocols: protocols('default') })
    expect(views(driver)).toMatchObject([{ subscribedTopics: [], assignment: {} }])
  })

  it('of consumers that cannot be read are there all the same', () => {
    const driver = new ClassicDriver()
    driver.stable({ protocols: protocols('range') })
    expect(views(driver)).toMatchObject([{ subscribedTopics: [], assignment: {} }])
  })

  it('are waited for', () => {
    const driver = new ClassicDriver()
    driver.stable({}, {})
    const third = driver.join()
    expect(missing(views(driver))).toEqual([
      'has not joined again',
      'has not joined again',
      undefined,
    ])
    driver.join({ memberId: 'm-1' })
    driver.join({ memberId: 'm-2' })
    expect(third.isAnswered).toBe(true)
    driver.sync('m-2')
    expect(missing(views(driver))).toEqual([
      'leads, and has not assigned partitions',
      undefined,
      'has not asked for its assignment',
    ])
  })
})

describe('members of a consumer group', () => {
  it('have what they are assigned, or wait for it', () => {
    const driver = new ConsumerDriver({ topics: { foo: 2 } })
    const all = () => driver.group.memberViews(driver.topics)
    driver.join('m-1')
    expect(all()).toMatchObject([
      { subscribedTopics: ['foo', 'bar'], assignment: { foo: [0, 1] }, instanceId: null },
    ])
    expect(missing(all())).toEqual([undefined])
    driver.join('m-2')
    driver.heartbeat('m-1')
    expect(missing(all())).toEqual([
      'has not given up partitions',
      'waits for partitions that others have to give up',
    ])
    driver.settle()
    expect(all().map(({ assignment }) => assignment)).toEqual([{ foo: [0] }, { foo: [1] }])
  })
})

describe('members of a share group', () => {
  it('share partitions', () => {
    const driver = new ShareDriver()
    driver.join('m')
    driver.join('n')
    const all = () => driver.group.memberViews(driver.topics)
    expect(missing(all())).toEqual([
      'has not taken up its new assignment',
      'has not taken up its new assignment',
    ])
    driver.advance(5_000)
    driver.beat('m')
    driver.beat('n')
    const nothingMissing = { subscribedTopics: ['t'], missing: undefined }
    expect(all().map(view => ({ missing: undefined, ...view }))).toMatchObject([
      { memberId: 'm', ...nothingMissing },
      { memberId: 'n', ...nothingMissing },
    ])
    const partitions = all().flatMap(({ assignment }) => assignment['t']!)
    expect(new Set(partitions)).toEqual(new Set([0, 1]))
  })
})

describe('members of a streams group', () => {
  it('read the partitions of their tasks', () => {
    const driver = new StreamsDriver({ in: 2 })
    driver.join('m')
    const all = driver.step(step => driver.group.memberViews(step.topics))
    expect(all).toEqual([
      {
        memberId: 'm',
        instanceId: null,
        clientId: 'client',
        clientHost: '/127.0.0.1',
        subscribedTopics: ['in'],
        assignment: { in: [0, 1] },
      },
    ])
    driver.join('n')
    driver.heartbeat('m')
    expect(missing(driver.step(step => driver.group.memberViews(step.topics)))).toEqual([
      'has not given up tasks',
      'waits for tasks that others have to give up',
    ])
  })
})
