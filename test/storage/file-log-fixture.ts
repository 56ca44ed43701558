import { openFileLogStore } from '../../storage/file/store.ts'
import type { LogConfig, LogStore, PartitionLog } from '../../storage/partition-log.ts'
import { DiskDirectory, type DiskFile } from '../doubles/faulty-disk.ts'
import { faultyFs, type Faults, type FaultyFs, type Operation } from '../doubles/faulty-fs.ts'
import { seededRandom } from '../doubles/random.ts'
import { largeSegments, topicId } from './batches.ts'

/** A store on a disk in memory, of which one partition is open. */
export interface OnDisk {
  root: DiskDirectory
  fs: FaultyFs
  store: LogStore
  log: PartitionLog
  truncated: boolean
  checkedBytes: number
  /** What people were told. */
  messages: string[]
  /** Operations on files whose path has this in it, since the last call. */
  count(operation: Operation, path?: string): number
}

interface Options extends Partial<Faults> {
  root?: DiskDirectory
  durability?: 'os' | 'disk'
  config?: LogConfig
  maxOpenFiles?: number
  now?: () => number
  randomBelow?: (limit: number) => number
}

export async function openOnDisk(options: Options = {}): Promise<OnDisk> {
  const { root = new DiskDirectory(), durability = 'disk', config = largeSegments } = options
  const seen: { operation: Operation; path: string }[] = []
  const messages: string[] = []
  const fs = faultyFs(root, {
    random: seededRandom(1),
    ...options,
    fail(operation, path, count) {
      seen.push({ operation, path })
      return options.fail?.(operation, path, count)
    },
  })
  const store = await openFileLogStore({
    fs,
    directory: '/logs',
    durability,
    maxOpenFiles: options.maxOpenFiles,
    now: options.now ?? (() => 0),
    ...(options.randomBelow && { randomBelow: options.randomBelow }),
    log: message => messages.push(message),
  })
  const id = { topic: 'orders', topicId, partition: 0 }
  const { log, truncated, checkedBytes } = await store.open(id, config)
  seen.length = 0
  return {
    root,
    fs,
    store,
    log,
    truncated,
    checkedBytes,
    messages,
    count(operation, path = '') {
      const found = seen.filter(each => each.operation === operation && each.path.includes(path))
      seen.length = 0
      return found.length
    },
  }
}

/** Ends the process without warning, and starts another one. */
export function crash(
  disk: OnDisk,
  how: 'power loss' | 'kill' = 'kill',
  options: Options = {},
): Promise<OnDisk> {
  return openOnDisk({ ...options, root: disk.fs.machine.restart(how) })
}

export function partitionDirectory(root: DiskDirectory, topic = 'orders-0'): DiskDirectory {
  const logs = root.entries.get('logs') as DiskDirectory
  return logs.entries.get(`${topic}.${topicId}`) as DiskDirectory
}

export function fileNames(root: DiskDirectory): string[] {
  return [...partitionDirectory(root).entries.keys()].toSorted()
}

export function fileIn(root: DiskDirectory, name: string): DiskFile {
  return partitionDirectory(root).entries.get(name) as DiskFile
}

/** Writes to a file behind the log's back, past the page cache. */
export function overwrite(root: DiskDirectory, name: string, at: number, bytes: Buffer): void {
  const file = fileIn(root, name)
  bytes.copy(file.bytes, at)
  file.durable = file.bytes
}

export function resize(root: DiskDirectory, name: string, length: number): void {
  const file = fileIn(root, name)
  const bytes = Buffer.alloc(length)
  file.bytes.copy(bytes)
  file.bytes = bytes
  file.durable = bytes
}
