import { expect, it } from 'vitest'
import type { LogConfig } from '../../storage/partition-log.ts'
import { batchAt, readFrom, smallSegments } from './batches.ts'
import type { LogContext } from './log-contract.ts'

/** What retention keeps of every kind of log. */
export function retentionTests({ log, reopen, useConfig }: LogContext): void {
  const minute = 60_000

  /** Segments of one batch each, of `bytes`, with these timestamps. */
  async function fill(timestamps: readonly number[], config: Partial<LogConfig>): Promise<number> {
    await useConfig({ ...smallSegments, segmentBytes: 1, ...config })
    for (const timestamp of timestamps) await log().append(batchAt([timestamp]), 'durable')
    return batchAt([0]).length
  }

  it('removes segments whose latest record is too old (Kafka: UnifiedLog)', async () => {
    await fill([1000, 5000, 3000, 9000], { retentionMs: minute })
    await log().retain(1000 + minute)
    expect(log().startOffset).toBe(0)
    await log().retain(1001 + minute)
    expect(log().startOffset).toBe(1)
    // The one behind it is older, and has to wait for it.
    await log().retain(5000 + minute)
    expect(log().startOffset).toBe(1)
    await log().retain(5001 + minute)
    expect(log().startOffset).toBe(3)
    expect(await readFrom(log(), 3)).toEqual([3])
  })

  it('removes the oldest segments while there are enough bytes without them', async () => {
    await fill([1, 2, 3, 4], { retentionBytes: 2 * batchAt([0]).length })
    await log().retain(0)
    expect(log().startOffset).toBe(2)
    await log().append(batchAt([5]), 'durable')
    await log().retain(0)
    expect(log().startOffset).toBe(3)
  })

  it('removes everything, and goes on where it was', async () => {
    await fill([1, 2, 3], { segmentBytes: 1_000_000, retentionMs: 0 })
    await log().retain(minute)
    expect([log().startOffset, log().endOffset]).toEqual([3, 3])
    expect(log().maxTimestamp).toBe(-1)
    expect(await log().append(batchAt([minute]), 'durable')).toEqual({ baseOffset: 3 })
    await log().retain(minute)
    expect(await readFrom(log(), 3)).toEqual([3])
    await reopen()
    expect([log().startOffset, log().endOffset]).toEqual([3, 4])
  })

  it('does not remove what is being appended', async () => {
    await fill([1], { segmentBytes: 1_000_000, retentionMs: 0 })
    const appended = log().append(batchAt([minute]), 'durable')
    await log().retain(minute)
    expect(await appended).toEqual({ baseOffset: 1 })
    expect((await readFrom(log(), 1))[0]).toBe(1)
  })

  it('keeps everything without a limit, or where old segments are not deleted', async () => {
    await fill([1, 2, 3], {})
    await log().retain(10 * minute)
    await fill([1, 2, 3], { cleanupPolicy: ['compact'], retentionMs: 0, retentionBytes: 0 })
    await log().retain(10 * minute)
    expect(log().startOffset).toBe(0)
  })

  it('acts by what was configured last', async () => {
    await fill([1, 2, 3], {})
    log().configure({ ...smallSegments, retentionMs: 0 })
    await log().retain(3)
    expect(log().startOffset).toBe(2)
  })

  it('judges records without timestamps by the time of the append', async () => {
    await fill([-1], { retentionMs: minute })
    await log().retain(minute)
    expect(log().startOffset).toBe(0)
    await log().retain(minute + 1)
    expect(log().startOffset).toBe(1)
  })
}
