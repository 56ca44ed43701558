/** flush.messages in the mode 'os', which syncs nothing by itself (Kafka: UnifiedLog.append). */
import { describe, expect, it } from 'vitest'
import { batchOf, largeSegments } from './batches.ts'
import { openOnDisk } from './file-log-fixture.ts'

const logFile = '.log'

function open(flushMessages: number) {
  return openOnDisk({ durability: 'os', config: { ...largeSegments, flushMessages } })
}

describe('flush.messages', () => {
  it('of 1 syncs before records count as durable', async () => {
    const disk = await open(1)
    for (let i = 1; i <= 3; i++) {
      const appended = disk.log.append(batchOf(1), 'durable')
      expect(disk.log.durableOffset).toBe(i - 1)
      await appended
      expect(disk.log.durableOffset).toBe(i)
      expect(disk.count('datasync', logFile)).toBe(1)
    }
  })

  it.each(['os', 'disk'] as const)('of 1 syncs for those who wait for less (%s)', async mode => {
    const config = { ...largeSegments, flushMessages: 1 }
    const disk = await openOnDisk({ durability: mode, config })
    for (let i = 1; i <= 3; i++) {
      await disk.log.append(batchOf(1), 'written')
      expect(disk.count('datasync', logFile)).toBe(1)
      expect(disk.log.durableOffset).toBe(i)
    }
  })

  it('of several syncs when so many were not', async () => {
    const disk = await open(4)
    const syncs: number[] = []
    for (const records of [2, 1, 1, 3, 1]) {
      await disk.log.append(batchOf(records), 'durable')
      syncs.push(disk.count('datasync', logFile))
    }
    expect(syncs).toEqual([0, 0, 1, 0, 1])
  })

  it('is shared by those who wait at the same time', async () => {
    const disk = await open(1)
    await Promise.all(Array.from({ length: 20 }, () => disk.log.append(batchOf(1), 'durable')))
    expect(disk.count('datasync', logFile)).toBeLessThan(5)
  })

  it('acts from when it is set', async () => {
    const disk = await open(Infinity)
    await disk.log.append(batchOf(1), 'durable')
    expect(disk.count('datasync', logFile)).toBe(0)
    disk.log.configure({ ...largeSegments, flushMessages: 1 })
    await disk.log.append(batchOf(1), 'durable')
    expect(disk.count('datasync', logFile)).toBe(1)
  })
})
