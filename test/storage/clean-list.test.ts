/** What a start knows of logs that were closed cleanly, and what a crash leaves of that. */
import { describe, expect, it } from 'vitest'
import { openFileLogStore } from '../../storage/file/store.ts'
import { StorageError, type LogStore, type PartitionLog } from '../../storage/partition-log.ts'
import { DiskDirectory } from '../doubles/faulty-disk.ts'
import { faultyFs, type FaultyFs, type Operation } from '../doubles/faulty-fs.ts'
import { seededRandom } from '../doubles/random.ts'
import { context } from './log-compaction-contract.ts'
import { batchOf, readAll, readFrom, smallSegments, topicId } from './batches.ts'

const listName = 'closed-cleanly'
const lastSegment = '00000000000000000002.log'

interface Run {
  fs: FaultyFs
  store: LogStore
  logs: PartitionLog[]
  truncated: boolean[]
  /** Operations since the last call, as 'operation path'. */
  operations(): string[]
}

type Fail = (operation: Operation, path: string) => string | undefined

/** Opens a store, and this many logs in it. */
async function start(root: DiskDirectory, count: number, fail?: Fail): Promise<Run> {
  let seen: string[] = []
  const fs = faultyFs(root, {
    random: seededRandom(1),
    fail(operation, path) {
      seen.push(`${operation} ${path}`)
      return fail?.(operation, path)
    },
  })
  const store = await openFileLogStore({ fs, directory: '/logs', durability: 'disk', now: () => 0 })
  const ids = Array.from({ length: count }, (_, partition) => partition)
  const opened = await Promise.all(
    ids.map(partition => store.open({ topic: 'orders', topicId, partition }, smallSegments)),
  )
  const logs = opened.map(({ log }) => log)
  const truncated = opened.map(each => each.truncated)
  const operations = (): string[] => {
    const found = seen
    seen = []
    return found
  }
  return { fs, store, logs, truncated, operations }
}

async function stop({ store, logs }: Run): Promise<void> {
  await Promise.all(logs.map(log => log.close()))
  await store.close()
}

/** Three records in each of so many logs, closed. */
async function closed(count: number): Promise<DiskDirectory> {
  const root = new DiskDirectory()
  const run = await start(root, count)
  for (const log of run.logs) {
    for (let i = 0; i < 3; i++) await log.append(batchOf(1, 200), 'durable')
  }
  await stop(run)
  return root
}

function directory(root: DiskDirectory, partition = 0): DiskDirectory {
  const logs = root.entries.get('logs') as DiskDirectory
  return logs.entries.get(`orders-${partition}.${topicId}`) as DiskDirectory
}

const inside = (operations: readonly string[]): string[] =>
  operations.filter(operation => operation.includes('orders-'))

describe('after a clean stop', () => {
  it('a start reads one file, and nothing of each log', async () => {
    const run = await start(await closed(20), 20)
    const operations = run.operations()
    expect(inside(operations)).toEqual([])
    expect(operations.filter(operation => operation.startsWith('read '))).toEqual([
      `read /logs/${listName}`,
    ])
    expect(run.fs.machine.openFiles).toBe(0)
    expect(run.logs.map(log => log.endOffset)).toEqual(Array.from({ length: 20 }, () => 3))
    expect(run.truncated).not.toContain(true)
  })

  it('offsets, sizes and times are known, and records are read', async () => {
    const root = await closed(1)
    const { logs } = await start(root, 1)
    const [log] = logs as [PartitionLog]
    expect([log.startOffset, log.durableOffset, log.maxTimestamp]).toEqual([0, 3, 1000])
    expect(log.sizeBytes).toBe(3 * batchOf(1, 200).length)
    expect((await readAll(log)).length).toBe(log.sizeBytes)
  })

  it('what is not used is looked at in no round of retention or compaction', async () => {
    const run = await start(await closed(20), 20)
    run.operations()
    for (const log of run.logs) {
      await log.retain(0)
      await log.compact(context({ stableOffset: 3 }))
    }
    expect(run.operations()).toEqual([])
  })

  it('a log that is opened twice changes with the knowledge of the list, too', async () => {
    const root = await closed(1)
    const run = await start(root, 1)
    // It does so when it was offline, and a leader is elected.
    await run.logs[0]!.close()
    const again = await run.store.open({ topic: 'orders', topicId, partition: 0 }, smallSegments)
    await again.log.append(batchOf(1, 200), 'durable')
    const next = await start(run.fs.machine.restart('power loss'), 1)
    expect(next.logs[0]!.endOffset).toBe(4)
    expect(await readFrom(next.logs[0]!, 3)).toEqual([3])
  })

  it('a stop without any change touches no log, and neither does the start after it', async () => {
    const root = await closed(20)
    const run = await start(root, 20)
    await stop(run)
    const next = await start(root, 20)
    expect([...inside(run.operations()), ...inside(next.operations())]).toEqual([])
    expect(await readFrom(next.logs[7]!, 0)).toEqual([0])
  })

  it('a trimmed start holds', async () => {
    const root = await closed(1)
    const run = await start(root, 1)
    await run.logs[0]!.trim(2)
    await stop(run)
    const { logs } = await start(root, 1)
    expect(logs[0]!.startOffset).toBe(2)
    expect(await readFrom(logs[0]!, 2)).toEqual([2])
  })
})

describe('after a crash', () => {
  it.each(['kill', 'power loss'] as const)('only what has changed is looked at (%s)', async how => {
    const run = await start(await closed(20), 20)
    await run.logs[4]!.append(batchOf(1), 'durable')
    await run.logs[9]!.trim(1)
    const next = await start(run.fs.machine.restart(how), 20)
    const touched = new Set(inside(next.operations()).map(text => /orders-\d+/.exec(text)![0]))
    expect([...touched].toSorted()).toEqual(['orders-4', 'orders-9'])
    expect(next.logs[4]!.endOffset).toBe(4)
    expect(next.logs[9]!.startOffset).toBe(1)
  })

  it('a log is off the list before it changes', async () => {
    const run = await start(await closed(1), 1)
    run.operations()
    await run.logs[0]!.append(batchOf(1), 'durable')
    const operations = run.operations()
    const struck = operations.findIndex(text => text === `datasync /logs/${listName}`)
    expect(struck).toBeGreaterThan(0)
    const changed = operations.findIndex(text => /^write .*orders-0/.test(text))
    expect(changed).toBeGreaterThan(struck)
  })

  it('what was struck off stays so, durably or not, when the next process is cut off', async () => {
    const isStrike: Fail = (operation, path) =>
      operation === 'datasync' && path.endsWith(listName) ? 'EIO' : undefined
    for (const fail of [undefined, isStrike]) {
      const run = await start(await closed(1), 1, fail)
      // Killed in the middle of it: the line is in the page cache.
      void run.logs[0]!.append(batchOf(1), 'durable').catch(() => undefined)
      while (!run.operations().some(text => text === `datasync /logs/${listName}`)) {
        await Promise.resolve()
      }
      const next = await start(run.fs.machine.restart('kill'), 1)
      await next.logs[0]!.append(batchOf(1), 'durable')
      const { logs } = await start(next.fs.machine.restart('power loss'), 1)
      expect(logs[0]!.endOffset).toBe(4)
    }
  })

  it('one sync strikes off all that change at the same time', async () => {
    const run = await start(await closed(20), 20)
    run.operations()
    await Promise.all(run.logs.map(log => log.append(batchOf(1), 'durable')))
    const syncs = run.operations().filter(text => text === `datasync /logs/${listName}`)
    expect(syncs.length).toBeLessThanOrEqual(2)
  })

  it('a list that cannot be written to goes as a whole: all logs are looked at', async () => {
    const full: Fail = (operation, path) =>
      operation === 'write' && path.endsWith(listName) ? 'ENOSPC' : undefined
    const run = await start(await closed(5), 5, full)
    await run.logs[0]!.append(batchOf(1), 'durable')
    const next = await start(run.fs.machine.restart('power loss'), 5)
    expect(inside(next.operations()).length).toBeGreaterThan(5)
    expect(next.logs.map(log => log.endOffset)).toEqual([4, 3, 3, 3, 3])
  })

  it.each(['bit flip', 'cut'])('a damaged list is not believed (%s)', async damage => {
    const root = await closed(2)
    const list = (root.entries.get('logs') as DiskDirectory).entries.get(listName) as {
      bytes: Buffer
    }
    if (damage === 'cut') list.bytes = list.bytes.subarray(0, 100)
    else list.bytes[50]! ^= 1
    const { logs, operations } = await start(root, 2)
    expect(inside(operations()).length).toBeGreaterThan(0)
    expect(logs.map(log => log.endOffset)).toEqual([3, 3])
  })
})

describe('what somebody else did to a log that was closed', () => {
  it('a directory that is gone takes the log offline', async () => {
    const root = await closed(1)
    const logs = root.entries.get('logs') as DiskDirectory
    logs.change({ name: `orders-0.${topicId}`, node: undefined })
    await expect(start(root, 1)).rejects.toThrow('is missing')
  })

  it('a file that is gone takes it offline when it is read, and at the next start', async () => {
    const root = await closed(1)
    directory(root).change({ name: lastSegment, node: undefined })
    const run = await start(root, 1)
    const [log] = run.logs as [PartitionLog]
    await expect(log.read(2, 1000, 3)).rejects.toThrow(lastSegment)
    expect(log.failure).toBeInstanceOf(StorageError)
    await stop(run)
    await expect(start(root, 1)).rejects.toThrow('is missing')
  })

  it('a file of another length is not written to', async () => {
    const root = await closed(1)
    const file = directory(root).entries.get(lastSegment) as { bytes: Buffer }
    const longer = Buffer.concat([file.bytes, batchOf(1)])
    file.bytes = longer
    const { logs } = await start(root, 1)
    await expect(logs[0]!.append(batchOf(1), 'durable')).rejects.toThrow(`damaged at byte`)
    expect(file.bytes).toBe(longer)
  })
})

describe('a new log', () => {
  it('has nothing on disk until its first record', async () => {
    const root = new DiskDirectory()
    const run = await start(root, 3)
    run.operations()
    for (const log of run.logs) {
      await log.retain(0)
      expect(await log.read(0, 1000, Infinity)).toEqual([])
    }
    await stop(run)
    expect(inside(run.operations())).toEqual([])
    expect((root.entries.get('logs') as DiskDirectory).entries.size).toBe(0)
  })

  it('is durable with its first record, its directory too', async () => {
    const run = await start(new DiskDirectory(), 1)
    await run.logs[0]!.append(batchOf(1), 'durable')
    const { logs } = await start(run.fs.machine.restart('power loss'), 1)
    expect(logs[0]!.endOffset).toBe(1)
  })
})
