/** The logs of one data directory: a directory for each partition. */
import { dirname, resolve } from 'node:path'
import type { Durability, LogStore, PartitionId } from '../partition-log.ts'
import { cleanSegments, type Cleaner } from './cleaning.ts'
import type { Environment } from './environment.ts'
import { explained } from './errors.ts'
import { isSystemError, type Fs } from './fs.ts'
import { groupCommit } from './group-commit.ts'
import { IndexCache } from './index-file.ts'
import { FileLog } from './log.ts'
import { OpenFiles } from './open-files.ts'

/** Index files that stay in memory, in sum. */
const maxIndexCacheBytes = 32 * 1024 * 1024
/** File systems take names of 255 bytes; partition, topic id and mark need up to 41 of them. */
const maxTopicChars = 200
/** A directory with this mark is no log any more; what is left of it goes at the next start. */
const deletedSuffix = '-delete'

/**
 * Segment files that are open at the same time: far fewer than a process may have by default on
 * Linux and macOS (Node.js raises its own limit), because connections are files as well.
 */
const defaultMaxOpenFiles = 1000

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
  const clean: Cleaner = options.clean ?? ((job, stop) => cleanSegments(fs, job, stop))
  const openFiles = new OpenFiles(fs, options.maxOpenFiles ?? defaultMaxOpenFiles)
  const indexCache = new IndexCache(maxIndexCacheBytes)
  const env: Environment = { fs, openFiles, indexCache, clean, durability, now, randomBelow, log }
  const syncNames = groupCommit(() => fs.syncDirectory(directory))

  async function explain<T>(path: string, failure: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw await explained(fs, directory, error, `${path} ${failure}`)
    }
  }

  async function removeDeleted(): Promise<void> {
    const names = await fs.readdir(directory)
    const deleted = names.filter(name => name.endsWith(deletedSuffix))
    for (const name of deleted) await fs.removeTree(`${directory}/${name}`)
  }

  await explain(directory, 'cannot be opened', async () => {
    await createDirectory(fs, directory)
    if (durability === 'disk') await fs.syncDirectory(dirname(directory))
    await removeDeleted()
  })

  return {
    open(id, config) {
      const path = `${directory}/${directoryName(id)}`
      return explain(path, 'cannot be opened', async () => {
        await createDirectory(fs, path)
        if (durability === 'disk') await syncNames()
        return FileLog.open(env, path, config)
      })
    },

    delete: topicId =>
      explain(directory, `cannot forget topic ${topicId}`, async () => {
        const names = await fs.readdir(directory)
        const logs = names.filter(name => name.endsWith(`.${topicId}`))
        for (const name of logs) {
          await fs.rename(`${directory}/${name}`, `${directory}/${name}${deletedSuffix}`)
        }
        // From here on the topic is deleted, whatever becomes of the files.
        if (logs.length > 0) await syncNames()
        await removeDeleted()
      }),

    volume: () =>
      explain(directory, 'cannot be looked at', async () => {
        return { directory: resolve(directory), ...(await fs.space(directory)) }
      }),

    close: () => Promise.resolve(),
  }
}

/** For people the topic comes first; the id tells it from an earlier topic of its name. */
function directoryName({ topic, topicId, partition }: PartitionId): string {
  if (!/^[\w.-]+$/.test(topic) || !/^[\w-]{22}$/.test(topicId)) {
    throw new RangeError(`topic ${topic} with id ${topicId} cannot name a directory`)
  }
  return `${topic.slice(0, maxTopicChars)}-${partition}.${topicId}`
}

async function createDirectory(fs: Fs, path: string): Promise<void> {
  try {
    await fs.mkdir(path)
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EEXIST') throw error
  }
}
