import { describe, expect, it } from 'vitest'
import { StorageError, type PartitionLog } from '../../storage/partition-log.ts'
import type { Operation } from '../doubles/faulty-fs.ts'
import { batchOf, largeSegments, readAll, readFrom, smallSegments, topicId } from './batches.ts'
import { crash, openOnDisk } from './file-log-fixture.ts'

/** Fails operations of one kind on one partition from the moment on that it is armed. */
function fault(kind: Operation, path: string, code = 'EIO') {
  const state = { isArmed: false, hits: 0 }
  const fail = (operation: Operation, at: string): string | undefined => {
    if (!state.isArmed || operation !== kind || !at.includes(path)) return undefined
    state.hits++
    return code
  }
  return { state, fail }
}

const large = 100_000

describe.each([
  ['an in-line write', 'write', 50, 'ENOSPC'],
  ['a write', 'write', large, 'EIO'],
  ['a sync', 'datasync', 50, 'EIO'],
] as const)('when %s has failed (Rebello 2020)', (_, operation, bytes, code) => {
  async function failed(): Promise<{
    log: PartitionLog
    other: PartitionLog
    hits: () => number
    failure: unknown
  }> {
    const { state, fail } = fault(operation, 'orders-0', code)
    const disk = await openOnDisk({ fail })
    const id = { topic: 'orders', topicId, partition: 1 }
    const other = (await disk.store.open(id, largeSegments)).log
    await disk.log.append(batchOf(1), 'durable')
    state.isArmed = true
    const failure = await disk.log.append(batchOf(1, bytes), 'durable').catch((e: unknown) => e)
    return { log: disk.log, other, hits: () => state.hits, failure }
  }

  it('the log is offline for good, and says why', async () => {
    const { log, failure } = await failed()
    expect(failure).toBeInstanceOf(StorageError)
    expect((failure as Error).message).toContain('orders-0')
    expect((failure as Error).message).toContain(code)
    expect(log.failure).toBe(failure)
    await expect(log.append(batchOf(1), 'written')).rejects.toBe(failure)
    await expect(log.read(0, 100, Infinity)).rejects.toBe(failure)
    await expect(log.trim(1)).rejects.toBe(failure)
    await expect(log.offsetForTimestamp(0)).rejects.toBe(failure)
  })

  it('nothing is tried again, not even by close', async () => {
    const { log, hits } = await failed()
    await log.append(batchOf(1), 'durable').catch(() => undefined)
    await log.close()
    expect(hits()).toBe(1)
  })

  it('durableOffset stays where it was', async () => {
    expect((await failed()).log.durableOffset).toBe(1)
  })

  it('other logs go on', async () => {
    const { other } = await failed()
    expect(await other.append(batchOf(1), 'durable')).toEqual({ baseOffset: 0 })
    expect(await readFrom(other, 0)).toEqual([0])
  })
})

describe('a failure', () => {
  it('rejects everything that waits, and tells the partition', async () => {
    const { state, fail } = fault('datasync', 'orders-0')
    const { log } = await openOnDisk({ fail })
    let told = 0
    log.onProgress = () => told++
    state.isArmed = true
    const appends = [50, large, 50, large].map(bytes => log.append(batchOf(1, bytes), 'durable'))
    const results = await Promise.allSettled(appends)
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
    expect(told).toBe(1)
  })

  it('of a new segment takes the log offline', async () => {
    const { state, fail } = fault('open', '0001.log')
    const { log } = await openOnDisk({ fail, config: smallSegments })
    await log.append(batchOf(1, 200), 'durable')
    state.isArmed = true
    await expect(log.append(batchOf(1, 200), 'durable')).rejects.toThrow(StorageError)
    expect(log.failure).toBeDefined()
  })

  it('of the directory sync keeps a new segment from being acknowledged (etcd#6368)', async () => {
    const { state, fail } = fault('syncDirectory', 'orders-0')
    const { log } = await openOnDisk({ fail, config: smallSegments })
    await log.append(batchOf(1, 200), 'durable')
    state.isArmed = true
    await expect(log.append(batchOf(1, 200), 'durable')).rejects.toThrow('EIO')
  })

  it.each(['datasync', 'rename', 'syncDirectory'] as const)(
    'of the checkpoint (%s) takes the log offline, and loses nothing',
    async operation => {
      const { state, fail } = fault(operation, operation === 'datasync' ? 'checkpoint' : 'orders-0')
      const disk = await openOnDisk({ fail })
      await disk.log.append(batchOf(3), 'durable')
      state.isArmed = true
      await expect(disk.log.trim(1)).rejects.toThrow('EIO')
      expect(disk.log.startOffset).toBe(0)
      const { log } = await crash(disk)
      expect(log.endOffset).toBe(3)
    },
  )

  it('of a checkpoint that finds no space leaves the one before, and the log goes on', async () => {
    const { state, fail } = fault('write', 'checkpoint', 'ENOSPC')
    const disk = await openOnDisk({ fail })
    await disk.log.append(batchOf(3), 'durable')
    state.isArmed = true
    await expect(disk.log.trim(1)).rejects.toThrow(/could not store .*ENOSPC/)
    await disk.log.checkpoint()
    expect(state.hits).toBe(2)
    expect(disk.log.failure).toBeUndefined()
    const message = expect.stringContaining('MB are free')
    await expect.poll(() => disk.messages).toEqual([message, message])
    state.isArmed = false
    await disk.log.trim(2)
    expect(disk.log.startOffset).toBe(2)
    expect((await crash(disk)).log.startOffset).toBe(2)
  })

  it('to open a file for reading is passed on, and the log stays (EMFILE)', async () => {
    const { state, fail } = fault('open', 'orders-0', 'EMFILE')
    const disk = await openOnDisk({ config: smallSegments })
    for (let i = 0; i < 5; i++) await disk.log.append(batchOf(1, 200), 'durable')
    await disk.log.close()
    const { log } = await crash(disk, 'kill', { fail, config: smallSegments })
    state.isArmed = true
    await expect(log.read(0, 1, Infinity)).rejects.toThrow(StorageError)
    expect(log.failure).toBeUndefined()
    state.isArmed = false
    expect(await readFrom(log, 0)).toEqual([0])
    expect(await log.append(batchOf(1), 'durable')).toEqual({ baseOffset: 5 })
  })
})

describe('one write and one sync for many', () => {
  it('what is appended during a write goes out with the next one', async () => {
    const { log, count } = await openOnDisk()
    await log.append(batchOf(1), 'durable')
    count('write')
    const appends = Array.from({ length: 20 }, () => log.append(batchOf(1, 30_000), 'durable'))
    await Promise.all(appends)
    expect(count('write')).toBe(2)
  })

  it('one sync serves all that were written before it', async () => {
    const { log, count } = await openOnDisk()
    await Promise.all(Array.from({ length: 500 }, () => log.append(batchOf(1), 'durable')))
    expect(count('datasync')).toBeLessThanOrEqual(6)
  })

  it('os mode syncs nothing until it rolls', async () => {
    const { log, count } = await openOnDisk({ durability: 'os' })
    for (let i = 0; i < 20; i++) await log.append(batchOf(1), 'durable')
    expect(count('datasync')).toBe(0)
  })

  it('a write that is cut short is continued (POSIX: write)', async () => {
    const { log } = await openOnDisk({ shortTransfers: 1 })
    const batches = Array.from({ length: 20 }, (_, i) => batchOf(1, 1 + i * 3000))
    await Promise.all(batches.map(batch => log.append(batch, 'durable')))
    expect((await readAll(log)).equals(Buffer.concat(batches))).toBe(true)
  })
})
