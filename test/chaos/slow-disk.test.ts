import { describe, expect, it } from 'vitest'
import { createMemoryLogStore } from '../../storage/memory/log.ts'
import { systemClock } from '../../src/clock.ts'
import { SlowDisk } from '../../src/chaos/slow-disk.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { batchOf, largeSegments, topicId } from '../storage/batches.ts'
import { describeLog } from '../storage/log-contract.ts'

describe.each([0, 1])('with %i ms for each append', delayMs => {
  describeLog('on a slow disk', async () => {
    const store = createMemoryLogStore(() => 0)
    return {
      async openStore() {
        const disk = new SlowDisk(store, systemClock)
        disk.delayMs = delayMs
        return disk
      },
      dispose: async () => {},
    }
  })
})

describe('a slow disk', () => {
  async function open() {
    const clock = new ManualClock()
    const disk = new SlowDisk(
      createMemoryLogStore(() => 0),
      clock,
    )
    const { log } = await disk.open({ topic: 'orders', topicId, partition: 0 }, largeSegments)
    const progress: number[] = []
    log.onProgress = () => progress.push(log.durableOffset)
    return { clock, disk, log, progress }
  }

  const settled = () => new Promise(resolve => setImmediate(resolve))

  it('answers and is durable when its time is over, in order', async () => {
    const { clock, disk, log, progress } = await open()
    disk.delayMs = 100
    const first = log.append(batchOf(2), 'durable')
    expect(log.endOffset).toBe(2)
    clock.advance(50)
    disk.delayMs = 0
    const second = log.append(batchOf(3), 'written')
    await settled()
    expect([log.durableOffset, progress]).toEqual([0, []])
    clock.advance(50)
    expect(await Promise.all([first, second])).toEqual([{ baseOffset: 0 }, { baseOffset: 2 }])
    expect([log.durableOffset, progress]).toEqual([5, [2, 5]])
    await log.append(batchOf(1), 'durable')
    expect([log.durableOffset, progress]).toEqual([6, [2, 5, 6]])
  })
})
