import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Maintenance } from '../src/maintenance.ts'
import type { Partition } from '../src/partitions/partition.ts'
import type { Topic } from '../src/topics.ts'
import type { CompactionLimits } from '../storage/partition-log.ts'
import { ManualClock } from './doubles/manual-clock.ts'

/** Maintenance of one partition, and what it does to it. */
function setUp(logCleanerEnable: boolean, compacted = Promise.resolve()) {
  const clock = new ManualClock(1000)
  const done: string[] = []
  const partition = {
    retain: async (nowMs: number) => void done.push(`retain at ${nowMs}`),
    async compact(nowMs: number, { keyMapBytes, maxBytesPerSecond }: CompactionLimits) {
      done.push(`compact at ${nowMs} within ${keyMapBytes}`)
      expect(maxBytesPerSecond).toBe(1e6)
      await compacted
    },
    checkpoint: async () => void done.push('checkpoint'),
  } as unknown as Partition
  const topicConfig = { cleanupPolicy: ['compact'] }
  const topic = { name: 'events', partitions: [partition], config: topicConfig }
  const topics = { all: () => [topic as unknown as Topic] }
  const config = {
    logFlushOffsetCheckpointIntervalMs: 70,
    logRetentionCheckIntervalMs: 50,
    logCleanerBackoffMs: 20,
    logCleanerDedupeBufferSize: 2400,
    logCleanerEnable,
    logCleanerIoMaxBytesPerSecond: 1e6,
  }
  const logger = { error: () => expect.unreachable() }
  const maintenance = new Maintenance({ config, topics, clock, logger })
  const passes = async (ms: number): Promise<void> => {
    clock.advance(ms)
    await setImmediate()
  }
  return { config, topicConfig, done, maintenance, passes }
}

it('looks what to delete, to compact and to checkpoint, each in its interval', async () => {
  const { done, config, maintenance, passes } = setUp(true)
  await passes(20)
  config.logCleanerBackoffMs = 100
  await passes(20)
  await passes(20)
  await passes(10)
  expect(done).toEqual([
    'compact at 1020 within 2400',
    'compact at 1040 within 2400',
    'retain at 1050',
    'checkpoint',
  ])
  await maintenance.close()
  await passes(1000)
  expect(done).toHaveLength(4)
})

it('compacts nothing where log.cleaner.enable is false', async () => {
  const { done, maintenance, passes } = setUp(false)
  await passes(20)
  await passes(30)
  expect(done).toEqual(['retain at 1050'])
  await maintenance.close()
})

it('compacts no topic that is not to be', async () => {
  const { done, topicConfig, maintenance, passes } = setUp(true)
  topicConfig.cleanupPolicy = ['delete']
  await passes(20)
  await passes(30)
  expect(done).toEqual(['retain at 1050'])
  await maintenance.close()
})

it('does not wait for a compaction when it closes: that ends with its log', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { maintenance, passes } = setUp(true, promise)
  await passes(20)
  await maintenance.close()
  resolve()
})
