import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { groupConfig } from '../../../src/config.ts'
import { GroupCoordinator } from '../../../src/groups/coordinator.ts'
import type { HeartbeatAnswer } from '../../../src/groups/share/heartbeat.ts'
import { silentLogger } from '../../../src/logger.ts'
import { ShareStates } from '../../../src/share-partitions/share-states.ts'
import { ManualClock } from '../../doubles/manual-clock.ts'
import { HeldStore } from '../held-store.ts'
import { defaults } from '../steps.ts'
import { TestTopics } from './driver.ts'

let clock: ManualClock
let store: HeldStore
let topics: TestTopics
let states: ShareStates
let groups: GroupCoordinator

beforeEach(() => {
  clock = new ManualClock()
  store = new HeldStore()
  topics = new TestTopics({ t: 2 })
  states = new ShareStates([], store)
  groups = create()
})

function create(): GroupCoordinator {
  return new GroupCoordinator({
    config: defaults,
    groupConfig: () => groupConfig({}, defaults),
    topics,
    shareStates: states,
    metadata: store,
    clock,
    random: { uuid: () => 'uuid', id: () => 'id' },
    logger: silentLogger,
  })
}

function heartbeat(
  memberEpoch: number,
  subscribedTopicNames: string[] | null = null,
  memberId = 'm',
): Promise<HeartbeatAnswer> {
  const request = { groupId: 'g', memberId, memberEpoch, rackId: null, subscribedTopicNames }
  return groups.share.heartbeat(request, { clientId: 'c', clientHost: '/127.0.0.1' })
}

function stateOf(partition: number, topicId = 't-id') {
  return states.get({ groupId: 'g', topicId, partition })
}

const unread = { startOffset: -1, stateEpoch: 2, batches: [] }

describe('partitions that are assigned', () => {
  it('have a state, of which nothing is read yet', async () => {
    await heartbeat(0, ['t'])
    expect([stateOf(0), stateOf(1)]).toMatchObject([unread, unread])
  })

  it('keep the state that they have', async () => {
    const offsets = [{ partitionIndex: 0, startOffset: 5 }]
    await groups.share.alterOffsets('g', [{ topicName: 't', partitions: offsets }])
    await heartbeat(0, ['t'])
    expect([stateOf(0), stateOf(1)]).toMatchObject([{ startOffset: 5, stateEpoch: 1 }, unread])
    clock.advance(1000)
    await heartbeat(0, ['t'], 'n')
    expect(stateOf(0)).toMatchObject({ startOffset: 5, stateEpoch: 1 })
  })

  it('are those that a topic has got, too', async () => {
    await heartbeat(0, ['t'])
    topics.set('t', 3)
    clock.advance(1000)
    await heartbeat(2)
    expect(stateOf(2)).toMatchObject({ ...unread, stateEpoch: 3 })
  })

  it('are not those of topics that nobody subscribes to', async () => {
    topics.set('u', 1)
    await heartbeat(0, ['t'])
    expect(stateOf(0, 'u-id')).toBeUndefined()
  })
})

describe('a group that is deleted', () => {
  it('takes what it has done with it', async () => {
    await heartbeat(0, ['t'])
    await heartbeat(-1)
    expect(await groups.offsets.deleteGroup('g')).toBe(0)
    expect(states.ofGroup('g')).toEqual([])
    expect((await store.load()).group).toEqual(new Map())
    expect(() => groups.share.describe('g')).toThrow('Group g not found.')
  })

  it('has no members', async () => {
    await heartbeat(0, ['t'])
    expect(await groups.offsets.deleteGroup('g')).toBe(68)
    expect(states.ofGroup('g')).toHaveLength(2)
  })
})

describe('the answer to a heartbeat', () => {
  it('waits until what it tells is stored', async () => {
    store.hold()
    let isAnswered = false
    const joining = heartbeat(0, ['t']).finally(() => (isAnswered = true))
    await setImmediate()
    expect(isAnswered).toBe(false)
    store.release()
    expect(await joining).toMatchObject({ memberEpoch: 2 })
  })

  it('is an error where that cannot be stored', async () => {
    store.hold()
    const joining = heartbeat(0, ['t'])
    store.fail()
    await expect(joining).rejects.toMatchObject({ error: 'COORDINATOR_NOT_AVAILABLE' })
  })

  it('waits for nothing where nothing has changed', async () => {
    await heartbeat(0, ['t'])
    const { commits } = store
    await heartbeat(2)
    expect(store.commits).toBe(commits)
  })
})

describe('a restart', () => {
  it('finds the members, whose sessions go on', async () => {
    await heartbeat(0, ['t'])
    const rows = await store.load()
    groups = create()
    groups.load(rows)
    expect(await heartbeat(2)).toMatchObject({ memberEpoch: 2, assignment: null })
    clock.advance(45_000)
    expect(groups.share.describe('g')).toMatchObject({ groupState: 'Empty', groupEpoch: 3 })
  })

  it('finds groups whose offsets were altered', async () => {
    const partitions = [{ partitionIndex: 0, startOffset: 5 }]
    await groups.share.alterOffsets('g', [{ topicName: 't', partitions }])
    const rows = await store.load()
    groups = create()
    groups.load(rows)
    expect(groups.list({ states: [], types: ['share'] })).toEqual([
      { groupId: 'g', protocolType: 'share', groupState: 'Empty', groupType: 'share' },
    ])
  })
})

describe('offsets of a share group', () => {
  const fives = [{ topicName: 't', partitions: [{ partitionIndex: 0, startOffset: 5 }] }]

  it('are altered at once, and told when they are stored', async () => {
    store.hold()
    let isAnswered = false
    const altering = groups.share.alterOffsets('g', fives).finally(() => (isAnswered = true))
    expect(stateOf(0)).toMatchObject({ startOffset: 5, deliveryCompleteCount: 0 })
    await setImmediate()
    expect(isAnswered).toBe(false)
    store.release()
    expect(await altering).toMatchObject([{ partitions: [{ errorCode: 0 }] }])
  })

  it.each([-1, 2])('are none of partition %i, which there is not', async partitionIndex => {
    const partitions = [{ partitionIndex, startOffset: 5 }]
    const altered = await groups.share.alterOffsets('g', [{ topicName: 't', partitions }])
    expect(altered).toMatchObject([{ partitions: [{ partitionIndex, errorCode: 3 }] }])
    expect(states.ofGroup('g')).toEqual([])
  })

  it('are forgotten at once', async () => {
    await groups.share.alterOffsets('g', fives)
    const deleting = groups.share.deleteOffsets('g', ['t'])
    expect(stateOf(0)).toBeUndefined()
    expect(await deleting).toMatchObject([{ topicName: 't', topicId: 't-id', errorCode: 0 }])
  })

  it('are not for groups of other types', async () => {
    const partition = { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1 }
    const commit = { ...partition, committedMetadata: '', commitTimestamp: -1 }
    const client = {
      memberId: '',
      groupInstanceId: null,
      retentionTimeMs: -1,
      generationIdOrMemberEpoch: -1,
    }
    const committed = [{ name: 't', topicId: '', partitions: [commit] }]
    await groups.offsets.commit({ groupId: 'g', ...client, topics: committed }, 9)
    for (const refused of [
      groups.share.alterOffsets('g', fives),
      groups.share.deleteOffsets('g', ['t']),
    ]) {
      await expect(refused).rejects.toMatchObject({
        error: 'GROUP_ID_NOT_FOUND',
        message: 'Group g is not a share group.',
      })
    }
  })
})
