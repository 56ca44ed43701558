import { describe, expect, it } from 'vitest'
import { AbortedTransactions } from '../../src/partitions/aborted-transactions.ts'
import { createConfig, groupConfig } from '../../src/config.ts'
import { silentLogger } from '../../src/logger.ts'
import { SharePartition } from '../../src/share-partitions/share-partition.ts'
import { ShareStates } from '../../src/share-partitions/share-states.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { DurableStore } from './durable-store.ts'
import { settleAll } from './settle.ts'

const key = { groupId: 'g', topicId: 't', partition: 0 }
const { config } = createConfig([])
const batches = [{ baseOffset: 0, lastOffset: 9 }]

interface Given {
  initialize?: boolean
  startOffset?: number
  /** Set on the group. */
  overrides?: Record<string, string>
  highWatermark?: number
  offsetForTimestamp?: (ms: number) => Promise<{ offset: number; timestamp: number } | undefined>
}

async function opened(given: Given = {}) {
  const { initialize = true, startOffset = 0, overrides = {}, ...log } = given
  const store = new DurableStore()
  const clock = new ManualClock()
  const states = new ShareStates(store.rows.values(), store)
  if (initialize) await states.initialize(key, 0, startOffset)
  const partition = {
    leader: 0,
    leaderEpoch: 0,
    startOffset: 0,
    highWatermark: 10,
    lastStableOffset: 10,
    aborted: new AbortedTransactions(),
    offsetForTimestamp: async () => undefined,
    read: async () => [],
    onWake: () => ({ cancel: () => {} }),
    ...log,
  }
  const open = (): SharePartition =>
    new SharePartition({
      key,
      partition,
      states,
      clock,
      logger: silentLogger,
      config: () => groupConfig(overrides, config),
    })
  return { store, clock, states, partition, open, share: open() }
}

function acquire(share: SharePartition, memberId = 'a') {
  const fetchOffset = share.nextOffset
  const asked = { memberId, isRecordLimit: false, maxRecords: 500, batchSize: 500 }
  return share.acquire({ ...asked, fetchOffset, batches, aborted: [] }).records
}

const nobody = (): void => {}
const all = (type: number) => [{ firstOffset: 0, lastOffset: 9, acknowledgeTypes: [type] }]

describe('a share partition', () => {
  it('gives nothing before it knows what was stored', async () => {
    const { share } = await opened()
    expect(share.mayAcquire(nobody)).toBe(false)
    await share.loaded
    expect(share.mayAcquire(nobody)).toBe(true)
  })

  it.each([
    ['latest', 10],
    ['earliest', 3],
  ])('begins with the %s record', async (reset, nextOffset) => {
    const overrides = { 'share.auto.offset.reset': reset }
    const { share, partition, open } = await opened({ startOffset: -1, overrides })
    await share.loaded
    partition.startOffset = 3
    const next = open()
    await next.loaded
    expect(next.nextOffset).toBe(nextOffset)
  })

  it('begins with a record of some age, or not at all', async () => {
    const asked: number[] = []
    const overrides = { 'share.auto.offset.reset': 'by_duration:P1DT2H3M4.5S' }
    const offsetForTimestamp = async (ms: number) => {
      asked.push(ms)
      return asked.length === 1 ? undefined : { offset: 7, timestamp: ms }
    }
    const { open, share, clock } = await opened({ startOffset: -1, overrides, offsetForTimestamp })
    await expect(share.loaded).rejects.toMatchObject({ error: 'OFFSET_NOT_AVAILABLE' })
    const next = open()
    await next.loaded
    expect(next.nextOffset).toBe(7)
    expect(clock.now() - asked[0]!).toBe(((26 * 60 + 3) * 60 + 4.5) * 1000)
  })

  it('cannot be loaded where the group has not begun with it', async () => {
    const { share } = await opened({ initialize: false })
    await expect(share.loaded).rejects.toMatchObject({ error: 'UNKNOWN_SERVER_ERROR' })
  })

  it('is stored before an acknowledgement is answered', async () => {
    const { share, store } = await opened()
    await share.loaded
    acquire(share)
    store.isPrompt = false
    let isDone = false
    const done = share.acknowledge('a', all(1)).then(() => (isDone = true))
    await settleAll()
    expect(isDone).toBe(false)
    await store.flushOne()
    await done
    expect([...store.rows.values()]).toMatchObject([{ batches: [[0, 9, 2, 1]] }])
  })

  it('wakes who waits when a lock runs out, and only when that is stored', async () => {
    const { share, clock, store } = await opened()
    await share.loaded
    acquire(share)
    let wakes = 0
    share.onWake(() => wakes++)
    store.isPrompt = false
    clock.advance(30_000)
    await settleAll()
    expect(share.mayAcquire(nobody) && share.nextOffset).toBe(10)
    expect(wakes).toBe(0)
    await store.flushOne()
    expect(wakes).toBe(1)
    expect(acquire(share, 'b')).toEqual([{ firstOffset: 0, lastOffset: 9, deliveryCount: 2 }])
  })

  it('has one timer, for the lock that runs out first', async () => {
    const { share, clock } = await opened({ highWatermark: 20 })
    await share.loaded
    acquire(share)
    clock.advance(1000)
    const later = [{ baseOffset: 10, lastOffset: 19 }]
    const asked = { memberId: 'b', isRecordLimit: false, maxRecords: 500, batchSize: 500 }
    share.acquire({ ...asked, fetchOffset: 10, batches: later, aborted: [] })
    expect(clock.pending).toBe(1)
    clock.advance(29_000)
    await settleAll()
    expect(clock.pending).toBe(1)
    expect(share.nextOffset).toBe(0)
    clock.advance(1000)
    await settleAll()
    expect(clock.pending).toBe(0)
  })

  it('renews locks with the time that the group has now', async () => {
    const { share, clock } = await opened({
      overrides: { 'share.record.lock.duration.ms': '15000' },
    })
    await share.loaded
    acquire(share)
    clock.advance(10_000)
    await share.acknowledge('a', all(4))
    clock.advance(14_999)
    await settleAll()
    expect(share.nextOffset).toBe(10)
    clock.advance(1)
    await settleAll()
    expect(share.nextOffset).toBe(0)
  })

  it('is read for one consumer at a time, and others look again', async () => {
    const { share } = await opened()
    await share.loaded
    const called: string[] = []
    expect(share.mayAcquire(() => called.push('a'))).toBe(true)
    share.beginReading()
    expect(share.mayAcquire(() => called.push('b'))).toBe(false)
    share.endReading()
    expect(called).toEqual(['b'])
    expect(share.mayAcquire(nobody)).toBe(true)
  })

  it('gives nothing once it is dropped, and wakes who waits', async () => {
    const { share, clock } = await opened()
    await share.loaded
    let wakes = 0
    share.onWake(() => wakes++)
    acquire(share)
    share.drop()
    expect(wakes).toBe(1)
    expect(share.mayAcquire(nobody)).toBe(false)
    expect(acquire(share, 'b')).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('goes on with what was given back when another takes its place', async () => {
    const { share, open, store } = await opened()
    await share.loaded
    acquire(share)
    store.isPrompt = false
    const released = share.release('a')
    share.drop()
    const next = open()
    await settleAll()
    expect(next.mayAcquire(nobody)).toBe(false)
    await store.flushOne()
    await Promise.all([released, next.loaded])
    expect(acquire(next, 'b')).toEqual([{ firstOffset: 0, lastOffset: 9, deliveryCount: 2 }])
  })

  it('leaves everything as it was where nothing could be stored', async () => {
    const { share, states } = await opened()
    await share.loaded
    acquire(share)
    await states.initialize(key, 5, 0)
    await expect(share.acknowledge('a', all(1))).rejects.toMatchObject({
      error: 'NOT_LEADER_OR_FOLLOWER',
    })
    expect(share.nextOffset).toBe(10)
  })
})
