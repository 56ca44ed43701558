import { describe, expect, it } from 'vitest'
import { BufferPool, Lease } from '../../src/memory/buffer-pool.ts'

const megabyte = 1024 * 1024

describe('a buffer pool', () => {
  it('gives buffers of the length asked for', () => {
    const pool = new BufferPool()
    for (const bytes of [0, 1, 32 * 1024, 65_536, 65_537, megabyte - 1, 8 * megabyte, 9_000_000]) {
      expect(pool.take(bytes).length).toBe(bytes)
    }
  })

  it('gives again what came back, whatever the length', () => {
    const pool = new BufferPool()
    const first = pool.take(megabyte)
    pool.give(first.subarray(100, 200))
    expect(pool.take(megabyte - 1000).buffer).toBe(first.buffer)
  })

  it('gives nothing to two at the same time', () => {
    const pool = new BufferPool()
    const first = pool.take(megabyte)
    pool.give(first)
    pool.give(first)
    const memories = [pool.take(megabyte), pool.take(megabyte)].map(({ buffer }) => buffer)
    expect(new Set(memories).size).toBe(2)
  })

  it('takes only what it gave', () => {
    const pool = new BufferPool()
    const stranger = Buffer.allocUnsafeSlow(megabyte)
    pool.give(stranger)
    expect(pool.take(megabyte).buffer).not.toBe(stranger.buffer)
  })

  it('keeps no more than 32 MB for later', () => {
    const pool = new BufferPool()
    const taken = Array.from({ length: 40 }, () => pool.take(megabyte))
    for (const buffer of taken) pool.give(buffer)
    const known = new Set(taken.map(({ buffer }) => buffer))
    const again = Array.from({ length: 40 }, () => pool.take(megabyte))
    expect(again.filter(({ buffer }) => known.has(buffer)).length).toBe(32)
  })

  it('has back at once what a lease took', () => {
    const pool = new BufferPool()
    const lease = new Lease(pool)
    const taken = [lease.take(megabyte), lease.take(100_000)]
    lease.release()
    lease.release()
    const again = [pool.take(megabyte), pool.take(100_000)]
    expect(again.map(({ buffer }) => buffer)).toEqual(taken.map(({ buffer }) => buffer))
    expect(pool.take(megabyte).buffer).not.toBe(again[0]!.buffer)
  })
})
