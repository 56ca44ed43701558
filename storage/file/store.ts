/** The logs of one data directory: a directory for each partition. */
import { resolve } from 'node:path'
import type { Durability, LogStore } from '../partition-log.ts'
import { atMost } from './at-most.ts'
import { cleanSegments, type Cleaner } from './cleaning.ts'
import type { Environment } from './environment.ts'
import { explained } from './errors.ts'
import type { Fs } from './fs.ts'
import { IndexCache } from './index-file.ts'
import { LogDirectories } from './log-directories.ts'
import { FileLog } from './log.ts'
import { OpenFiles } from './open-files.ts'

/**
 * Segment files that are open at the same time: far fewer than a process may have by default on
 * Linux and macOS (Node.js raises its own limit), because connections are files as well.
 */
const defaultMaxOpenFiles = 1000
/** Recoveries, and writes of checkpoints, at the same time: more than a disk gains from. */
const maxParallel = 32
/** Index files that stay in memory, in sum. */
const maxIndexCacheBytes = 32 * 1024 * 1024

interface FileLogStoreOptions {
  fs: Fs
  /** Created when it is missing; the one above it must be there. */
  directory: string
  durability: Exclude<Durability, 'memory'>
  /** Of segments; see `defaultMaxOpenFiles`. */
  maxOpenFiles?: number | undefined
  /** Does the work of compactions; if it is not given, this thread does it with `fs`. */
  clean?: Cleaner
  /** Milliseconds since the epoch. */
  now: () => number
  /** An integer in [0, limit); 0 if it is not given. */
  randomBelow?: (limit: number) => number
  /** Takes messages for people. */
  log?: (message: string) => void
}

/** Opens a directory of logs, and removes what a deletion left behind. */
export async function openFileLogStore(options: FileLogStoreOptions): Promise<LogStore> {
  const { fs, directory, durability, now, randomBelow = () => 0, log = () => undefined } = options
  const env: Environment = {
    fs,
    openFiles: new OpenFiles(fs, options.maxOpenFiles ?? defaultMaxOpenFiles),
    indexCache: new IndexCache(maxIndexCacheBytes),
    inTurn: atMost(maxParallel),
    clean: options.clean ?? ((job, stop) => cleanSegments(fs, job, stop)),
    durability,
    now,
    randomBelow,
    log,
  }

  async function explain<T>(failure: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw await explained(fs, directory, error, failure)
    }
  }

  const directories = await explain(`${directory} cannot be opened`, () =>
    LogDirectories.open({ ...env, directory }),
  )

  return {
    open: (id, config) =>
      explain(`partition ${id.partition} of ${id.topic} cannot be opened`, async () =>
        FileLog.open(env, directories.of(id), config),
      ),

    delete: topicId =>
      explain(`${directory} cannot forget topic ${topicId}`, () => directories.delete(topicId)),

    volume: () =>
      explain(`${directory} cannot be looked at`, async () => {
        return { directory: resolve(directory), ...(await fs.space(directory)) }
      }),

    close: () => explain(`${directory} cannot be closed`, () => directories.close()),
  }
}
