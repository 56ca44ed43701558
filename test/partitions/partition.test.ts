import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { batchesIn, crcMatches, parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import type { Partition } from '../../src/partitions/partition.ts'
import { newPartitionRow } from '../../src/replicas.ts'
import { offlineLog } from '../../storage/offline-log.ts'
import { StorageError } from '../../storage/partition-log.ts'
import {
  append,
  batch,
  day,
  errorOf,
  Fixture,
  id,
  laggingLog,
  logConfig,
  produce,
} from './fixture.ts'

describe('a partition', () => {
  it('numbers batches and stamps them with its leader epoch', async () => {
    const partition = await new Fixture().open()
    expect(await append(partition, batch({}, 3))).toMatchObject({ baseOffset: 0 })
    expect(await append(partition, batch({}, 2))).toMatchObject({ baseOffset: 3 })
    const bytes = Buffer.concat(await partition.read(0, 1e6, partition.highWatermark))
    const headers = [...batchesIn(bytes)].map(at => parseBatchHeader(bytes, at))
    expect(headers).toMatchObject([
      { baseOffset: 0, partitionLeaderEpoch: 3 },
      { baseOffset: 3, partitionLeaderEpoch: 3 },
    ])
  })

  it('sets the time where message.timestamp.type is LogAppendTime', async () => {
    const fixture = new Fixture()
    const partition = await fixture.open()
    const appended = await append(partition, batch({}, 2), { acks: -1, logAppendTime: true })
    const now = fixture.clock.now()
    expect(appended.logAppendTimeMs).toBe(now)
    const [stored] = await partition.read(0, 1e6, 2)
    expect(crcMatches(stored!)).toBe(true)
    expect([...decodeRecords(stored!, 1e6)].map(({ timestamp }) => timestamp)).toEqual([now, now])
  })

  it('serves nothing above the high watermark, which is what is durable', async () => {
    const fixture = new Fixture()
    const { log, release } = laggingLog((await fixture.logs.open(id, logConfig)).log)
    const partition = await fixture.open({ log })
    await append(partition, batch(), { acks: 1, logAppendTime: false })
    expect(partition.highWatermark).toBe(0)
    expect(await partition.read(0, 1e6, partition.highWatermark)).toEqual([])
    expect(await partition.offsetForTimestamp(0)).toBeUndefined()
    expect(await errorOf(partition.read(1, 1e6, 1))).toBe('OFFSET_OUT_OF_RANGE')
    let woken = 0
    const waiter = partition.onWake(() => woken++)
    release()
    expect([woken, partition.highWatermark]).toEqual([1, 1])
    waiter.cancel()
    release()
    expect(woken).toBe(1)
    expect(await partition.offsetForTimestamp(0)).toEqual({ offset: 0, timestamp: 1000 })
  })

  it('answers a retry at the offset of the first try, and only when that is durable', async () => {
    const fixture = new Fixture()
    const { log, release } = laggingLog((await fixture.logs.open(id, logConfig)).log)
    const partition = await fixture.open({ log })
    const bytes = { producerId: 1, producerEpoch: 0, baseSequence: 0 }
    void append(partition, batch(bytes))
    let answered = false
    const retry = append(partition, batch(bytes)).finally(() => (answered = true))
    for (let i = 0; i < 20; i++) await Promise.resolve()
    expect(answered).toBe(false)
    release()
    expect(await retry).toMatchObject({ baseOffset: 0 })
    expect(log.endOffset).toBe(1)
  })

  it('that never had records stores no producers', async () => {
    const fixture = new Fixture()
    const partition = await fixture.open()
    await partition.checkpoint()
    await partition.close()
    expect(fixture.saved).toBeUndefined()
  })

  it('that forgets records wakes who waits, and knows their producers after a crash', async () => {
    const fixture = new Fixture()
    const partition = await fixture.open()
    const bytes = { producerId: 1, producerEpoch: 0, baseSequence: 0 }
    await append(partition, batch(bytes, 2))
    let woken = 0
    partition.onWake(() => woken++)
    expect(await partition.trim(-1)).toBe(2)
    expect(woken).toBe(1)
    const after = await fixture.open()
    expect(after.startOffset).toBe(2)
    expect(await append(after, batch(bytes, 2))).toMatchObject({ baseOffset: 0 })
    expect(after.endOffset).toBe(2)
  })

  it('fails a retry whose first try is lost with the log', async () => {
    const fixture = new Fixture()
    const { log } = laggingLog((await fixture.logs.open(id, logConfig)).log)
    const partition = await fixture.open({ log })
    const bytes = { producerId: 1, producerEpoch: 0, baseSequence: 0 }
    void append(partition, batch(bytes))
    const retry = append(partition, batch(bytes))
    const failure = new StorageError('gone')
    Object.assign(log, { failure })
    log.onProgress?.()
    await expect(retry).rejects.toBe(failure)
  })

  it.each([
    [2, 'FENCED_LEADER_EPOCH'],
    [4, 'UNKNOWN_LEADER_EPOCH'],
    [3, 'NONE'],
    [-1, 'NONE'],
    [-2, 'FENCED_LEADER_EPOCH'],
  ])('answers leader epoch %i of a client with %s (KIP-320)', async (epoch, error) => {
    const partition = await new Fixture().open()
    expect(await errorOf((async () => partition.checkLeader(0, epoch))())).toBe(error)
  })

  it.each([
    [1, 'NONE'],
    [2, 'NOT_ENOUGH_REPLICAS'],
    [9, 'NOT_ENOUGH_REPLICAS'],
  ])('with one of two replicas in sync and %i required: %s', async (required, error) => {
    const partition = await new Fixture().open({ row: { ...newPartitionRow([0, 1]), isr: [0] } })
    expect(await errorOf((async () => partition.checkInSync(required))())).toBe(error)
  })

  it('asks for no more replicas in sync than there are (Kafka: effectiveMinIsr)', async () => {
    const partition = await new Fixture().open()
    expect(await errorOf((async () => partition.checkInSync(2))())).toBe('NONE')
  })

  it('tells whoever waits for a deleted topic', async () => {
    const partition = await new Fixture().open()
    let woken = 0
    partition.onWake(() => woken++)
    await partition.closeDeleted()
    expect(woken).toBe(1)
    expect(await errorOf(partition.read(0, 1, 0))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  it('is offline when its log is', async () => {
    const fixture = new Fixture()
    fixture.store({ endOffset: 5, producers: [] })
    const failure = new StorageError('damaged')
    const partition = await fixture.open({ log: offlineLog(failure) })
    expect(partition.isOffline).toBe(true)
    await expect(async () => append(partition, batch())).rejects.toBe(failure)
    await expect(partition.read(0, 100, 0)).rejects.toBe(failure)
    expect(() => partition.checkLeader(0, -1)).toThrow(failure)
    await partition.close()
    expect(fixture.saved?.endOffset).toBe(5)
  })
})

describe('producer state of a partition', () => {
  const at = (baseSequence: number, timestamp?: number) =>
    batch({ producerId: 9, producerEpoch: 0, baseSequence }, 1, timestamp)

  async function filled(): Promise<Fixture> {
    const fixture = new Fixture()
    const partition = await fixture.open()
    for (const sequence of [0, 1, 2, 3, 4, 5, 6]) await append(partition, at(sequence))
    await partition.close()
    return fixture
  }

  async function expectKnown(partition: Partition): Promise<void> {
    expect(await append(partition, at(2))).toMatchObject({ baseOffset: 2 })
    expect(await append(partition, at(6))).toMatchObject({ baseOffset: 6 })
    const older = (async () => append(partition, at(1)))()
    expect(await errorOf(older)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    const gap = (async () => append(partition, at(8)))()
    expect(await errorOf(gap)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(await append(partition, at(7))).toMatchObject({ baseOffset: 7 })
  }

  it('is stored on close', async () => {
    const fixture = await filled()
    expect(fixture.saved).toMatchObject({ endOffset: 7 })
    await expectKnown(await fixture.open())
  })

  it('is stored once its records are durable, before some of them go', async () => {
    const fixture = new Fixture()
    const { log, release } = laggingLog((await fixture.logs.open(id, logConfig)).log)
    const partition = await fixture.open({ log })
    const acks1 = { ...produce, acks: 1 }
    await append(partition, at(0), acks1)
    release()
    await append(partition, at(1), acks1)
    const trimmed = partition.trim(1)
    await setImmediate()
    expect([fixture.saved, log.startOffset]).toEqual([undefined, 0])
    await append(partition, at(2), acks1)
    release()
    await trimmed
    // As it was when it was to be stored.
    expect(fixture.saved).toMatchObject({ endOffset: 2, producers: [{ batches: [{}, {}] }] })
    expect(log.startOffset).toBe(1)
  })

  it('is not stored on close where there is nothing', async () => {
    const fixture = new Fixture()
    await (await fixture.open()).close()
    expect(fixture.saved).toBeUndefined()
  })

  it.each([0, 3, 7])('is rebuilt from the log after what was stored at %i', async endOffset => {
    const stored = await filled()
    const fixture = new Fixture()
    const partition = await fixture.open()
    for (let sequence = 0; sequence < endOffset; sequence++) await append(partition, at(sequence))
    await partition.close()
    stored.store(fixture.saved)
    await expectKnown(await stored.open())
  })

  it('is not believed when it is from beyond the end of the log, then or later', async () => {
    const fixture = await filled()
    fixture.store({ ...fixture.saved!, endOffset: 8 })
    await expectKnown(await fixture.open())
    expect(fixture.saved).toMatchObject({ endOffset: 7 })
  })

  const limits = { keyMapBytes: 1e6, maxBytesPerSecond: Infinity }

  it.each([
    ['DeleteRecords', [6], (partition: Partition) => partition.trim(6)],
    ['retention', [], (partition: Partition) => partition.retain(day)],
    ['compaction', [5, 6], (partition: Partition) => partition.compact(day, limits)],
  ])('is stored before %s takes its records', async (_, offsets, remove) => {
    const fixture = new Fixture()
    const { log } = await fixture.logs.open(id, {
      ...logConfig,
      segmentMs: 500,
      cleanupPolicy: ['compact', 'delete'],
      retentionMs: 1000,
    })
    const partition = await fixture.open({ log })
    for (const sequence of [0, 1, 2, 3, 4, 5]) await append(partition, at(sequence))
    // In a segment of its own: what is compacted is the one before it.
    await append(partition, at(6, 2000))
    await remove(partition)
    const left = await partition.read(partition.startOffset, 1e6, 7)
    expect(left.map(each => parseBatchHeader(each).baseOffset)).toEqual(offsets)
    await expectKnown(await fixture.open({ log }))
  })

  it('is of no interest when the log turns out to be damaged', async () => {
    const fixture = await filled()
    const { log } = await fixture.logs.open(id, logConfig)
    const failure = new StorageError('damaged')
    const damaged = laggingLog(log).log
    damaged.read = () => {
      Object.assign(damaged, { failure })
      return Promise.reject(failure)
    }
    const partition = await fixture.open({ log: damaged, producers: undefined })
    expect(partition.isOffline).toBe(true)
  })

  it('is rebuilt from the log when what was stored lies beyond its end', async () => {
    const fixture = await filled()
    fixture.store({ endOffset: 99, producers: [] })
    await expectKnown(await fixture.open())
  })
})
