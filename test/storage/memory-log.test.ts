import { describe, expect, it } from 'vitest'
import { createMemoryLogStore } from '../../storage/memory/log.ts'
import type { LogStore, PartitionLog } from '../../storage/partition-log.ts'
import { batchOf, keyedBatch, largeSegments, recordsOf, smallSegments, topicId } from './batches.ts'

it('a log in memory has done with a buffer when it answers', async () => {
  const id = { topic: 'orders', topicId, partition: 0 }
  const { log } = await createMemoryLogStore(() => 0).open(id, largeSegments)
  const batch = batchOf(1, 1000)
  const frame = Buffer.concat([batch, Buffer.alloc(1_000_000)])
  await log.append(frame.subarray(0, batch.length), 'durable')
  frame.fill(0)
  const [kept] = await log.read(0, 1, Infinity)
  expect(kept!.length).toBe(batch.length)
  expect(kept!.subarray(17).equals(batch.subarray(17))).toBe(true)
  expect(kept!.buffer.byteLength).toBe(batch.length)
})

describe('a fork of logs in memory', () => {
  const open = async (store: LogStore, config = largeSegments): Promise<PartitionLog> =>
    (await store.open({ topic: 'orders', topicId, partition: 0 }, config)).log
  const batch = (key: string, value: string): Buffer => keyedBatch([[key, value]])

  it('has what the logs had, and neither sees what is written to the other', async () => {
    const base = createMemoryLogStore(() => 0)
    const log = await open(base)
    await log.append(Buffer.concat([batch('a', '1'), batch('b', '1')]), 'durable')
    const fork = await open(base.fork())
    const again = await open(base.fork())
    await Promise.all([
      log.append(batch('base', '1'), 'durable'),
      fork.append(batch('fork', '1'), 'durable'),
      again.trim(1),
    ])
    expect(await recordsOf(log)).toEqual(['0 a=1', '1 b=1', '2 base=1'])
    expect(await recordsOf(fork)).toEqual(['0 a=1', '1 b=1', '2 fork=1'])
    expect(await recordsOf(again)).toEqual(['1 b=1'])
  })

  it('shares the bytes', async () => {
    const base = createMemoryLogStore(() => 0)
    const log = await open(base)
    await log.append(batch('a', '1'), 'durable')
    const fork = await open(base.fork())
    expect((await fork.read(0, 1, 1))[0]).toBe((await log.read(0, 1, 1))[0])
  })

  it('keeps, compacts and deletes for itself', async () => {
    const config = { ...smallSegments, cleanupPolicy: ['compact'] }
    const base = createMemoryLogStore(() => 0)
    const log = await open(base, config)
    for (let i = 0; i < 9; i++) await log.append(batch('a', String(i)), 'durable')
    const forked = base.fork()
    const fork = await open(forked, config)
    const before = log.sizeBytes
    await fork.compact({
      nowMs: 0,
      stableOffset: 9,
      lastOffsets: new Map(),
      markedEpochs: new Map(),
      abortedTransactions: () => [],
      keyMapBytes: 1024,
      maxBytesPerSecond: Infinity,
    })
    expect(fork.sizeBytes).toBeLessThan(before)
    expect(log.sizeBytes).toBe(before)
    await base.delete(topicId)
    expect((await open(base)).endOffset).toBe(0)
    expect((await open(forked)).endOffset).toBe(9)
  })
})
