import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { groupConfig } from '../../src/config.ts'
import { silentLogger } from '../../src/logger.ts'
import { GroupCoordinator } from '../../src/groups/coordinator.ts'
import type { JoinClient, JoinRequest } from '../../src/groups/classic/join.ts'
import type { JoinAnswer } from '../../src/groups/classic/member.ts'
import { ShareStates } from '../../src/share-partitions/share-states.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { protocols } from './classic/driver.ts'
import { HeldStore } from './held-store.ts'
import { defaults } from './steps.ts'
import { topics } from './topics.ts'

let clock: ManualClock
let store: HeldStore
let groups: GroupCoordinator

beforeEach(() => {
  clock = new ManualClock()
  store = new HeldStore()
  groups = create()
})

function create(): GroupCoordinator {
  let ids = 0
  return new GroupCoordinator({
    config: defaults,
    groupConfig: () => groupConfig({}, defaults),
    topics,
    shareStates: new ShareStates([], store),
    metadata: store,
    clock,
    random: { uuid: () => `uuid-${++ids}`, id: () => `id-${++ids}` },
    logger: silentLogger,
  })
}

async function restart(): Promise<void> {
  const rows = await store.load()
  groups = create()
  groups.load(rows)
}

const client: JoinClient = {
  clientId: 'app',
  clientHost: '/127.0.0.1',
  requiresKnownMemberId: false,
  canSkipAssignment: true,
}

function join(options: Partial<JoinRequest> & { groupId?: string } = {}, as = client) {
  const request = {
    groupId: 'g',
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: protocols('range'),
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    ...options,
  }
  return groups.classic.join(request, as)
}

function sync(memberId: string, generationId: number, assignment?: string) {
  const assignments = assignment ? [{ memberId, assignment: Buffer.from(assignment) }] : []
  return groups.classic.sync({
    groupId: 'g',
    memberId,
    generationId,
    groupInstanceId: null,
    protocolType: null,
    protocolName: null,
    assignments,
  })
}

const heartbeat = (memberId: string, generationId: number) =>
  groups.classic.heartbeat({ groupId: 'g', memberId, generationId, groupInstanceId: null })

/** Members that have joined the next generation, the leader first. */
async function joined(count: number): Promise<JoinAnswer[]> {
  const joining = Array.from({ length: count }, () => join())
  clock.advance(0)
  return Promise.all(joining)
}

/** The only member of a Stable group. */
async function stable(): Promise<string> {
  const [{ memberId, generationId }] = (await joined(1)) as [JoinAnswer]
  await sync(memberId, generationId, 'mine')
  return memberId
}

function commit(offset: number, options: { memberId?: string; generationId?: number } = {}) {
  const partition = {
    partitionIndex: 0,
    committedOffset: offset,
    committedLeaderEpoch: 4,
    committedMetadata: 'note',
    commitTimestamp: -1,
  }
  const request = {
    groupId: 'g',
    generationIdOrMemberEpoch: options.generationId ?? -1,
    memberId: options.memberId ?? '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [{ name: 'a', topicId: '', partitions: [partition] }],
  }
  return groups.offsets.commit(request, 8)
}

const everything = {
  groupId: 'g',
  memberId: null,
  memberEpoch: -1,
  requireStable: false,
  topics: null,
}

async function fetched(): Promise<number[]> {
  const answer = await groups.offsets.fetch(everything, 8)
  return answer.flatMap(topic => topic.partitions.map(partition => partition.committedOffset))
}

/** Whether it is settled after everything that can run has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => {
    settled = true
  }
  promise.then(settle, settle)
  await setImmediate()
  return settled
}

describe('requests that are refused', () => {
  it('without a group id: INVALID_GROUP_ID (Kafka: isGroupIdNotEmpty)', async () => {
    const groupId = ''
    const member = { groupId, memberId: 'm', generationId: 1, groupInstanceId: null }
    const syncing = { ...member, protocolType: null, protocolName: null, assignments: [] }
    const refused = { error: 'INVALID_GROUP_ID' }
    await expect(join({ groupId })).rejects.toMatchObject(refused)
    await expect(groups.classic.sync(syncing)).rejects.toMatchObject(refused)
    await expect(groups.classic.heartbeat(member)).rejects.toMatchObject(refused)
    await expect(groups.classic.leave(groupId, [member])).rejects.toMatchObject(refused)
  })

  it.each([5_999, 1_800_001])(
    'session timeout %i: 26 (Kafka: GroupCoordinatorService.joinGroup)',
    async ms => {
      const joining = join({ sessionTimeoutMs: ms })
      await expect(joining).rejects.toMatchObject({ error: 'INVALID_SESSION_TIMEOUT' })
    },
  )

  it('of a group that does not exist: UNKNOWN_MEMBER_ID', async () => {
    const refused = { error: 'UNKNOWN_MEMBER_ID' }
    await expect(join({ memberId: 'm' })).rejects.toMatchObject(refused)
    await expect(sync('m', 1)).rejects.toMatchObject(refused)
    await expect(heartbeat('m', 1)).rejects.toMatchObject(refused)
    const left = await groups.classic.leave('g', [{ memberId: 'm', groupInstanceId: null }])
    expect(left[0]!.errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
  })

  it('leave nothing behind', async () => {
    await join({ protocols: [] })
    await commit(1, { generationId: 5, memberId: 'm' })
    await join({}, { ...client, requiresKnownMemberId: true })
    expect(groups.list({ states: [], types: [] })).toHaveLength(1)
    clock.advance(10_000)
    expect(groups.list({ states: [], types: [] })).toEqual([])
    expect([store.commits, clock.pending]).toEqual([0, 0])
  })
})

describe('members', () => {
  it('are named after their client, static ones after their instance', async () => {
    const [member] = await joined(1)
    expect(member!.memberId).toBe('app-uuid-1')
    const joining = join({ groupId: 'other', groupInstanceId: 'one' })
    clock.advance(0)
    expect((await joining).memberId).toBe('one-uuid-2')
  })

  it('that come at the same time never see UNKNOWN_MEMBER_ID (KIP-394)', async () => {
    const newClient = { ...client, requiresKnownMemberId: true }
    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const { errorCode, memberId } = await join({}, newClient)
        expect(errorCode).toBe(errors.MEMBER_ID_REQUIRED)
        // Some come back at once, others while the first ones rebalance already.
        for (let turn = 0; turn < i; turn++) await setImmediate()
        const joining = join({ memberId }, newClient)
        clock.advance(0)
        return { memberId, joining }
      }),
    )
    for (const { memberId, joining } of answers) {
      if (await isSettled(joining)) void join({ memberId }, newClient)
    }
    const settled = await Promise.all(answers.map(({ joining }) => joining))
    expect(new Set(settled.map(answer => answer.errorCode))).toEqual(new Set([0]))
  })

  it('expire by one timer for each group', async () => {
    const memberId = await stable()
    expect(clock.pending).toBe(1)
    for (let i = 0; i < 5; i++) {
      clock.advance(6_000)
      expect(await heartbeat(memberId, 1)).toBe(0)
      expect(clock.pending).toBe(1)
    }
    clock.advance(10_000)
    await expect(heartbeat(memberId, 1)).resolves.toBe(errors.UNKNOWN_MEMBER_ID)
    expect(groups.classic.describe('g')!.groupState).toBe('Empty')
    expect(clock.pending).toBe(0)
  })
})

it('a deadline that is earlier than the last ones moves the timer', async () => {
  const joining = join({ sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 200_000 })
  clock.advance(0)
  const { memberId } = await joining
  await sync(memberId, 1, 'mine')
  await join({ sessionTimeoutMs: 7_000 }, { ...client, requiresKnownMemberId: true })
  expect(clock.pending).toBe(1)
  const rejoining = join({ memberId, sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 200_000 })
  clock.advance(7_000)
  expect((await rejoining).generationId).toBe(2)
})

describe('what is told is stored', () => {
  it('an assignment, before anybody gets it', async () => {
    const [leader, follower] = (await joined(2)) as [JoinAnswer, JoinAnswer]
    store.hold()
    const leaders = sync(leader.memberId, 1, 'mine')
    const followers = sync(follower.memberId, 1)
    const beats = heartbeat(leader.memberId, 1)
    expect(await isSettled(Promise.race([leaders, followers, beats]))).toBe(false)
    store.release()
    expect(String((await leaders).assignment)).toBe('mine')
    expect((await followers).errorCode).toBe(0)
    expect(await beats).toBe(0)
  })

  it('an offset, before its commit is answered or anybody fetches it', async () => {
    await commit(1)
    store.hold()
    const committing = commit(2)
    const fetching = fetched()
    expect(await isSettled(Promise.race([committing, fetching]))).toBe(false)
    store.release()
    expect((await committing)[0]!.partitions[0]!.errorCode).toBe(0)
    expect(await fetching).toEqual([2])
  })

  it('the last of several offsets, before anybody fetches it', async () => {
    store.hold()
    const [first, second] = [commit(1), commit(2)]
    store.releaseOne()
    await first
    const fetching = fetched()
    expect(await isSettled(fetching)).toBe(false)
    store.release()
    await second
    expect(await fetching).toEqual([2])
  })

  it('other groups do not wait for it', async () => {
    store.hold()
    const committing = commit(1)
    const joining = join({ groupId: 'other' })
    clock.advance(0)
    expect((await joining).generationId).toBe(1)
    store.release()
    await committing
  })

  it('where it cannot be stored: COORDINATOR_NOT_AVAILABLE', async () => {
    const [leader, follower] = (await joined(2)) as [JoinAnswer, JoinAnswer]
    store.hold()
    const replies = [
      sync(follower.memberId, 1),
      sync(leader.memberId, 1, 'mine'),
      commit(1, { memberId: leader.memberId, generationId: 1 }),
      fetched(),
    ]
    store.fail()
    for (const outcome of await Promise.allSettled(replies)) {
      const { reason } = outcome as PromiseRejectedResult
      expect(reason).toBeInstanceOf(KafkaError)
      expect(reason).toMatchObject({ error: 'COORDINATOR_NOT_AVAILABLE' })
    }
  })
})

describe('after a restart', () => {
  it('members go on; their sessions start anew (Kafka: onLoaded)', async () => {
    const memberId = await stable()
    clock.advance(9_000)
    await restart()
    clock.advance(9_000)
    expect(await heartbeat(memberId, 1)).toBe(0)
    expect(String((await sync(memberId, 1)).assignment)).toBe('mine')
    clock.advance(10_000)
    expect(groups.classic.describe('g')).toMatchObject({
      groupState: 'Empty',
      protocolType: 'consumer',
    })
  })

  it('a static member that took over is known by its new id', async () => {
    const joining = join({ groupInstanceId: 'one' })
    clock.advance(0)
    const { memberId } = await joining
    await sync(memberId, 1, 'mine')
    const taken = await join({ groupInstanceId: 'one' })
    await restart()
    expect(groups.classic.describe('g')!.members.map(member => member.memberId)).toEqual([
      taken.memberId,
    ])
  })

  it('offsets are there, with leader epoch and metadata (KIP-320)', async () => {
    const memberId = await stable()
    await commit(7, { memberId, generationId: 1 })
    await restart()
    const [topic] = await groups.offsets.fetch(everything, 8)
    expect(topic!.partitions).toEqual([
      {
        partitionIndex: 0,
        committedOffset: 7,
        committedLeaderEpoch: 4,
        metadata: 'note',
        errorCode: 0,
      },
    ])
  })

  it('a group that only stores offsets is there', async () => {
    await commit(7)
    await restart()
    expect(groups.list({ states: ['empty'], types: [] })).toMatchObject([
      { groupId: 'g', protocolType: '', groupState: 'Empty' },
    ])
  })

  it('a generation that was not complete is forgotten, and the next one starts', async () => {
    const memberId = await stable()
    const second = join()
    const first = join({ memberId })
    await Promise.all([first, second])
    await restart()
    expect(await heartbeat(memberId, 2)).toBe(errors.ILLEGAL_GENERATION)
    expect(await heartbeat(memberId, 1)).toBe(0)
  })
})

describe('a deleted topic (Kafka: OffsetMetadataManager.onPartitionsDeleted)', () => {
  it('takes its offsets along, and later groups that stored nothing else', async () => {
    await restart()
    await commit(7)
    expect(groups.topicDeleted({ name: 'a' })).toEqual([
      { kind: 'offset', key: '["g","a",0]', value: null },
    ])
    expect(await fetched()).toEqual([])
    expect(groups.list({ states: [], types: [] })).toMatchObject([{ groupState: 'Empty' }])
    clock.advance(defaults.offsetsRetentionCheckIntervalMs)
    expect(groups.list({ states: [], types: [] })).toEqual([])
  })

  it('leaves members alone', async () => {
    const memberId = await stable()
    await commit(7, { memberId, generationId: 1 })
    groups.topicDeleted({ name: 'a' })
    expect(await heartbeat(memberId, 1)).toBe(0)
  })
})

describe('a coordinator that closes', () => {
  it('answers whoever waits, and takes nothing any more', async () => {
    const memberId = await stable()
    const waiting = join()
    groups.close()
    expect((await waiting).errorCode).toBe(errors.NOT_COORDINATOR)
    expect(clock.pending).toBe(0)
    const refused = { error: 'COORDINATOR_NOT_AVAILABLE' }
    await expect(join()).rejects.toMatchObject(refused)
    await expect(heartbeat(memberId, 1)).rejects.toMatchObject(refused)
    await expect(commit(1)).rejects.toMatchObject(refused)
    await expect(fetched()).rejects.toMatchObject(refused)
  })
})
