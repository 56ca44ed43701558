import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleaningThread } from '../../storage/file/cleaning-thread.ts'
import { nodeFs } from '../../storage/file/fs.ts'
import { inspectLog } from '../../storage/file/inspection.ts'
import { openFileLogStore } from '../../storage/file/store.ts'
import { StorageError } from '../../storage/partition-log.ts'
import { keyedBatch, readFrom, recordsOf, topicId } from './batches.ts'
import {
  crash,
  fileNames,
  openOnDisk,
  overwrite,
  partitionDirectory,
  type OnDisk,
} from './file-log-fixture.ts'
import { compacted, context } from './log-compaction-contract.ts'

const name = (base: number, suffix: string): string => `${String(base).padStart(20, '0')}${suffix}`
const config = { ...compacted, indexIntervalBytes: 1 }
const left = ['2 b=1', '4 c=1', '5 a=4', '6 end=.']

/** Seven segments of one record each, of which compaction keeps four. */
async function written(options: Parameters<typeof openOnDisk>[0] = {}): Promise<OnDisk> {
  const disk = await openOnDisk({ config, ...options })
  const records = ['a=1', 'a=2', 'b=1', 'a=3', 'c=1', 'a=4', 'end=.'].map(text => text.split('='))
  for (const [key, value] of records) {
    await disk.log.append(keyedBatch([[key!, value!]]), 'durable')
  }
  return disk
}

function logs(disk: OnDisk): string[] {
  return fileNames(disk.root).filter(file => file.endsWith('.log'))
}

/** Fails each operation of one kind on files with this in their path, from when it is armed on. */
function failure(kind: string, path: string) {
  const state = { isArmed: false }
  const fail = (operation: string, at: string): string | undefined =>
    state.isArmed && operation === kind && at.includes(path) ? 'ENOSPC' : undefined
  return { state, fail }
}

describe('compacted segments', () => {
  it('take the place of others under a new name, with indexes', async () => {
    const disk = await written()
    await disk.log.compact(context())
    expect(logs(disk)).toEqual([name(0, '.1.log'), name(6, '.log')])
    expect(fileNames(disk.root)).toContain(name(0, '.1.index'))
    await disk.log.append(keyedBatch([['c', '2']]), 'durable')
    await disk.log.compact(context())
    expect(logs(disk)).toEqual([name(0, '.2.log'), name(7, '.log')])
    await disk.log.close()
    expect(disk.fs.machine.openFiles).toBe(0)
  })

  it('open again in each way, and are read from each offset', async () => {
    for (const how of ['kill', 'power loss'] as const) {
      const disk = await written()
      await disk.log.compact(context())
      const after = await crash(disk, how, { config })
      expect(after.truncated).toBe(false)
      expect(await recordsOf(after.log)).toEqual(left)
      for (const [from, first] of [2, 2, 2, 4, 4, 5, 6].entries()) {
        expect((await readFrom(after.log, from))[0]).toBe(first)
      }
    }
  })

  it('open without a checkpoint, finished or half written', async () => {
    const disk = await written()
    await disk.log.compact(context())
    partitionDirectory(disk.root).entries.delete('checkpoint')
    const after = await crash(disk, 'kill', { config })
    expect([await recordsOf(after.log), after.log.endOffset]).toEqual([left, 7])

    const { state, fail } = failure('syncDirectory', 'orders')
    const other = await written({ fail })
    state.isArmed = true
    await expect(other.log.compact(context())).rejects.toThrow('ENOSPC')
    expect(logs(other)).toContain(name(0, '.1.log'))
    partitionDirectory(other.root).entries.delete('checkpoint')
    expect(await recordsOf((await crash(other, 'kill', { config })).log)).toHaveLength(7)
  })

  it('are found whole by the inspection', async () => {
    const disk = await written()
    await disk.log.compact(context())
    await disk.log.close()
    const report = await inspectLog(disk.fs, `/logs/orders-0.${topicId}`)
    expect(report).toMatchObject({ segments: 2, records: 4, nextOffset: 7, damage: [], notes: [] })
  })

  it('have their index rebuilt where it is missing', async () => {
    const disk = await written()
    await disk.log.compact(context())
    for (const file of fileNames(disk.root)) {
      if (file.endsWith('index')) partitionDirectory(disk.root).entries.delete(file)
    }
    expect((await readFrom(disk.log, 3))[0]).toBe(4)
  })
})

describe('a compaction', () => {
  it('whose segment no checkpoint names has not been: its file goes at a start', async () => {
    const { state, fail } = failure('rename', 'checkpoint')
    const disk = await written({ fail })
    state.isArmed = true
    await expect(disk.log.compact(context())).rejects.toThrow('ENOSPC')
    expect(disk.log.failure).toBeInstanceOf(StorageError)
    await disk.log.close()
    expect(disk.fs.machine.openFiles).toBe(0)
    const after = await crash(disk, 'kill', { config })
    expect(await recordsOf(after.log)).toHaveLength(7)
    expect(logs(after)).toEqual([0, 1, 2, 3, 4, 5, 6].map(base => name(base, '.log')))
  })

  it('whose old files could not be removed is done; they go at the next start', async () => {
    const { state, fail } = failure('unlink', '03.log')
    const disk = await written({ fail })
    state.isArmed = true
    await disk.log.compact(context())
    expect(disk.messages).toEqual([expect.stringMatching(/03\.log could not be removed/)])
    expect(logs(disk)).toContain(name(3, '.log'))
    const after = await crash(disk, 'kill', { config })
    expect(await recordsOf(after.log)).toEqual(left)
    expect(logs(after)).toEqual([name(0, '.1.log'), name(6, '.log')])
  })

  it('that finds the disk full leaves the log as it is, and is tried again', async () => {
    const { state, fail } = failure('write', '.1.log')
    const disk = await written({ fail })
    state.isArmed = true
    await disk.log.compact(context())
    expect(disk.messages).toEqual([expect.stringMatching(/was not compacted: ENOSPC/)])
    expect(await recordsOf(disk.log)).toHaveLength(7)
    expect(logs(disk)).toHaveLength(7)
    state.isArmed = false
    await disk.log.compact(context())
    expect(await recordsOf(disk.log)).toEqual(left)
  })

  it('that comes upon damage takes the log offline', async () => {
    const disk = await written()
    const at = keyedBatch([['a', '1']]).length - 2
    overwrite(disk.root, name(2, '.log'), at, Buffer.from('X'))
    const damage = /02\.log is damaged at byte 0: the checksum does not match/
    await expect(disk.log.compact(context())).rejects.toThrow(damage)
    expect(disk.log.failure).toBeInstanceOf(StorageError)
  })

  it('is stopped by a close, and leaves nothing open', async () => {
    const disk = await written()
    const work = disk.log.compact(context())
    await disk.log.close()
    await expect(work).rejects.toThrow('is closed')
    expect(disk.fs.machine.openFiles).toBe(0)
    const after = await crash(disk, 'kill', { config })
    expect(await recordsOf(after.log)).toHaveLength(7)
    expect(logs(after)).toHaveLength(7)
  })

  it('does not take what the last checkpoint does not have as a whole', async () => {
    const disk = await written({ durability: 'os' })
    // Else the directory is lost as a whole.
    for (const path of ['/', '/logs']) await disk.fs.syncDirectory(path)
    await disk.log.compact(context())
    const after = await crash(disk, 'power loss', { config, durability: 'os' })
    expect((await recordsOf(after.log)).slice(0, 3)).toEqual(left.slice(0, 3))
    expect(after.log.endOffset).toBeGreaterThanOrEqual(6)
  })

  it('lets readers of old files finish; who comes too late reads the new ones', async () => {
    const disk = await written()
    const work = disk.log.compact(context())
    const reads: Promise<number[]>[] = []
    const searches: Promise<unknown>[] = []
    const state = { isDone: false }
    void work.then(() => (state.isDone = true))
    while (!state.isDone) {
      for (const from of [0, 1, 3, 5]) reads.push(readFrom(disk.log, from))
      searches.push(disk.log.offsetForTimestamp(1000))
      await Promise.resolve()
    }
    await work
    expect(reads.length).toBeGreaterThan(100)
    const firsts = (await Promise.all(reads)).map(([first]) => first)
    for (const [i, first] of firsts.entries()) {
      expect([[0, 2], [1, 2], [3, 4], [5]][i % 4]).toContain(first)
    }
    for (const found of await Promise.all(searches)) {
      expect([0, 2]).toContain((found as { offset: number }).offset)
    }
    expect(disk.log.failure).toBeUndefined()
    await disk.log.close()
    expect(disk.fs.machine.openFiles).toBe(0)
  })
})

describe('the thread of a compaction', () => {
  it('says what fails there, and ends when it is to stop', async () => {
    const root = await mkdtemp(join(tmpdir(), 'log-'))
    const messages: string[] = []
    const store = await openFileLogStore({
      fs: nodeFs,
      directory: root,
      durability: 'os',
      clean: cleaningThread(),
      now: () => 0,
      log: message => messages.push(message),
    })
    const { log } = await store.open({ topic: 'orders', topicId, partition: 0 }, config)
    for (let i = 0; i < 3; i++) await log.append(keyedBatch([['a', `${i}`]]), 'durable')
    const directory = join(root, `orders-0.${topicId}`)
    await nodeFs.mkdir(join(directory, name(0, '.1.log')))
    await log.compact(context())
    expect(messages).toEqual([expect.stringMatching(/was not compacted: .*1\.log/)])
    await rm(join(directory, name(0, '.1.log')), { recursive: true })

    const file = await nodeFs.open(join(directory, name(1, '.log')), 'r+')
    await file.writev([Buffer.from([9])], 16)
    await file.close()
    const work = log.compact(context())
    await expect(work).rejects.toThrow(/01\.log is damaged at byte 0: message format 9/)
    await log.close()
    const stopped = new AbortController()
    const job = { directory, segments: [], rules: {}, config }
    const cleaning = cleaningThread()(job as never, stopped.signal)
    const next = cleaning.next()
    stopped.abort()
    await expect(next).rejects.toThrow('aborted')
    await store.close()
    await rm(root, { recursive: true })
  })
})
