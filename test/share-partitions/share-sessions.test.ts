/** Cases after Kafka's ShareSessionTest, ShareSessionCacheTest and SharePartitionManagerTest. */
import { describe, expect, it } from 'vitest'
import { createConfig, groupConfig } from '../../src/config.ts'
import { silentLogger } from '../../src/logger.ts'
import type { Topics } from '../../src/topics.ts'
import {
  SharePartitions,
  type SessionRequest,
} from '../../src/share-partitions/share-partitions.ts'
import { ShareSession } from '../../src/share-partitions/share-sessions.ts'
import { ShareStates } from '../../src/share-partitions/share-states.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { errorOf } from './driver.ts'
import { DurableStore } from './durable-store.ts'
import { settleAll } from './settle.ts'

const key = { groupId: 'g', topicId: 't', partition: 0 }
const asked = { topicId: 't', partition: 0 }

/** Partition 0 of topic t, led by node 0. */
async function consumed(maxSessions = 2) {
  const store = new DurableStore()
  const shareStates = new ShareStates([], store)
  await shareStates.initialize(key, 0, 0)
  const { config } = createConfig([])
  const partition = {
    leader: 0,
    leaderEpoch: 0,
    startOffset: 0,
    highWatermark: 10,
    lastStableOffset: 10,
    checkLeader: () => {},
  }
  const topics = {
    getById: (id: string) => (id === 't' ? { id, partitions: [partition] } : undefined),
  } as unknown as Pick<Topics, 'getById'>
  const shares = new SharePartitions({
    shareStates,
    topics,
    clock: new ManualClock(),
    logger: silentLogger,
    config: { groupShareMaxShareSessions: maxSessions },
    groupConfig: () => groupConfig({}, config),
  })
  const connection = new AbortController()
  const resume = (epoch: number, fields: Partial<SessionRequest> = {}) =>
    shares.resume(0, {
      groupId: 'g',
      memberId: 'a',
      epoch,
      partitions: [],
      forgotten: [],
      connection: connection.signal,
      ...fields,
    })
  const acquire = async (memberId = 'a') => {
    const share = shares.open(key, 0)
    await share.loaded
    const batches = [{ baseOffset: 0, lastOffset: 9 }]
    const wanted = { isRecordLimit: false, maxRecords: 500, batchSize: 500 }
    const fetchOffset = share.nextOffset
    return share.acquire({ memberId, ...wanted, fetchOffset, batches, aborted: [] }).records
  }
  return { shares, shareStates, partition, connection, resume, acquire }
}

describe('the sessions of a node', () => {
  it('go on from epoch to epoch', async () => {
    const { resume } = await consumed()
    expect(errorOf(() => resume(1))).toBe('SHARE_SESSION_NOT_FOUND')
    const session = resume(0)
    expect(resume(1)).toBe(session)
    expect(errorOf(() => resume(1))).toBe('INVALID_SHARE_SESSION_EPOCH')
    expect(errorOf(() => resume(3))).toBe('INVALID_SHARE_SESSION_EPOCH')
    expect(resume(2)).toBe(session)
    expect(resume(-1)).toBeUndefined()
    expect(resume(0)).not.toBe(session)
  })

  it('are as many as the broker allows, and one for each member', async () => {
    const { resume, shares } = await consumed(2)
    resume(0)
    resume(0)
    resume(0, { memberId: 'b' })
    const third = errorOf(() => resume(0, { memberId: 'c' }))
    expect(third).toBe('SHARE_SESSION_LIMIT_REACHED')
    shares.endSession(0, 'g', 'b')
    expect(resume(0, { memberId: 'c' })).toBeDefined()
  })

  it('are not those of other nodes', async () => {
    const { resume, shares } = await consumed()
    resume(0)
    expect(errorOf(() => shares.check(1, 'g', 'a', 1))).toBe('SHARE_SESSION_NOT_FOUND')
    shares.check(0, 'g', 'a', 1)
    expect(errorOf(() => shares.check(0, 'g', 'a', 0))).toBe('INVALID_SHARE_SESSION_EPOCH')
  })

  it('begin anew with 1 after the last epoch there is', () => {
    const session = new ShareSession('g', 'a')
    session.epoch = 2 ** 31 - 1
    session.advance(2 ** 31 - 1)
    expect(session.epoch).toBe(1)
  })

  it('give back what the member has when they end', async () => {
    const { resume, shares, acquire } = await consumed()
    resume(0)
    resume(0, { memberId: 'b' })
    expect(await acquire()).toMatchObject([{ deliveryCount: 1 }])
    shares.endSession(0, 'g', 'a')
    await settleAll()
    expect(await acquire('b')).toMatchObject([{ deliveryCount: 2 }])
  })

  it('end with their connection, and the last one with what is in memory', async () => {
    const { resume, shares, shareStates, acquire, connection } = await consumed()
    resume(0)
    await acquire()
    connection.abort()
    await settleAll()
    expect(shares.get(key)).toBeUndefined()
    expect(shareStates.get(key)!.batches).toMatchObject([{ deliveryState: 0, deliveryCount: 1 }])
    expect(errorOf(() => resume(1))).toBe('SHARE_SESSION_NOT_FOUND')
  })

  it('do not end with the connection of the one before them', async () => {
    const { resume, shares, acquire, connection } = await consumed()
    resume(0)
    const other = new AbortController()
    resume(0, { connection: other.signal })
    await acquire()
    connection.abort()
    await settleAll()
    expect(shares.get(key)).toBeDefined()
    shares.check(0, 'g', 'a', 1)
  })
})

describe('a share partition', () => {
  it('is another one when its leader epoch is', async () => {
    const { shares, partition } = await consumed()
    const before = shares.open(key, 0)
    expect(shares.open(key, 0)).toBe(before)
    partition.leaderEpoch = 1
    expect(shares.open(key, 0)).not.toBe(before)
    expect(before.isDropped).toBe(true)
  })

  it('is gone when its state begins anew, or is deleted', async () => {
    const { shares, shareStates } = await consumed()
    const before = shares.open(key, 0)
    await shareStates.initialize(key, 1, 5)
    expect(before.isDropped).toBe(true)
    const after = shares.open(key, 0)
    await after.loaded
    expect(after.nextOffset).toBe(5)
    await shareStates.delete(key)
    expect(after.isDropped).toBe(true)
    expect(shares.get(key)).toBeUndefined()
  })
})

describe('what a session tells of a partition', () => {
  const nothing = { hasError: false, hasRecords: false }
  const topics = { getById: () => undefined }

  it('is only what is new, or records, or errors, and that they are over', () => {
    const session = new ShareSession('g', 'a')
    session.add([asked], topics, true)
    expect(session.tell(asked, nothing)).toBe(true)
    expect(session.tell(asked, nothing)).toBe(false)
    expect(session.tell(asked, { ...nothing, hasRecords: true })).toBe(true)
    expect(session.tell(asked, nothing)).toBe(false)
    expect(session.tell(asked, { ...nothing, hasError: true })).toBe(true)
    expect(session.tell(asked, nothing)).toBe(true)
    expect(session.tell(asked, nothing)).toBe(false)
  })

  it('comes last the next time, when there were records', () => {
    const session = new ShareSession('g', 'a')
    const other = { topicId: 't', partition: 1 }
    session.add([asked, other], topics, false)
    session.tell(asked, { ...nothing, hasRecords: true })
    expect(session.partitions.map(({ partition }) => partition)).toEqual([1, 0])
    session.forget([other])
    expect(session.partitions.map(({ partition }) => partition)).toEqual([0])
  })
})
