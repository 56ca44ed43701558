/**
 * The directory of a broker that keeps its data:
 *
 *     meta.json         the format of the directory, and the program that made it
 *     metadata.sqlite   rows; locked by the process that uses the directory
 *     odradek.pid       that process, for people
 *     topics/           a directory for each partition
 */
import { dirname, resolve } from 'node:path'
import type { Cleaner } from './file/cleaning.ts'
import { isMissing, isSystemError, writeFully, type Fs } from './file/fs.ts'
import { openFileLogStore } from './file/store.ts'
import type { MetadataStore } from './metadata-store.ts'
import { OpenError } from './open-error.ts'
import { StorageError, type Durability, type LogStore } from './partition-log.ts'
import { InUseError } from './sqlite/database.ts'
import { openSqliteMetadataStore } from './sqlite/store.ts'

const formatVersion = 1
const metaName = 'meta.json'
const metadataName = 'metadata.sqlite'
const pidName = 'odradek.pid'

export interface DataDirectoryOptions {
  fs: Fs
  path: string
  durability: Exclude<Durability, 'memory'>
  /** Does the work of compactions; if it is not given, this thread does it with `fs`. */
  clean?: Cleaner
  /** The version of this program. */
  version: string
  /** Milliseconds since the epoch. */
  now: () => number
  /** An integer in [0, limit); 0 if it is not given. */
  randomBelow?: (limit: number) => number
  /** Takes messages for people. */
  log: (message: string) => void
  /** Told once when metadata could not be written: the process should stop. */
  onFailure: (error: StorageError) => void
}

export interface DataDirectory {
  metadata: MetadataStore
  logs: LogStore
}

/**
 * Opens the directory, or creates it, and locks it for this process until the metadata store is
 * closed. Throws an OpenError.
 */
export async function openDataDirectory(options: DataDirectoryOptions): Promise<DataDirectory> {
  const { fs, durability, onFailure, log } = options
  const path = resolve(options.path)
  const pidFile = `${path}/${pidName}`
  try {
    await prepare(fs, path, options.version)
    const file = `${path}/${metadataName}`
    const metadata = openSqliteMetadataStore({ file, durability, onFailure, log })
    try {
      await writeFile(fs, pidFile, `${process.pid}\n`)
      await fs.syncDirectory(path)
      const logs = await openFileLogStore({ ...options, directory: `${path}/topics` })
      return { metadata, logs: { ...logs, close: () => closeLogs(logs) } }
    } catch (error) {
      await metadata.close()
      throw error
    }
  } catch (error) {
    throw await explained(fs, path, error)
  }

  /** Until the metadata store is closed, nobody else can have written the file. */
  async function closeLogs(logs: LogStore): Promise<void> {
    await logs.close()
    await fs.unlink(pidFile)
  }
}

/**
 * The rows of a directory that is there, for a tool that works on it while no broker does: locked
 * until the store is closed. Throws an OpenError.
 */
export async function openMetadata(
  options: Pick<DataDirectoryOptions, 'fs' | 'path' | 'version'>,
): Promise<MetadataStore> {
  const path = resolve(options.path)
  try {
    const meta = await options.fs.readFile(`${path}/${metaName}`)
    checkFormat(meta.toString(), path, options.version)
    const file = `${path}/${metadataName}`
    return openSqliteMetadataStore({ file, durability: 'disk', onFailure: () => undefined })
  } catch (error) {
    throw await explained(options.fs, path, error)
  }
}

async function explained(fs: Fs, path: string, error: unknown): Promise<unknown> {
  if (error instanceof InUseError) {
    const pid = (await readIfThere(fs, `${path}/${pidName}`))?.trim()
    const owner = pid ? `process ${pid}` : 'another process'
    return new OpenError(
      `data directory ${path} is in use by ${owner}: stop it, or choose another data directory`,
      { cause: error },
    )
  }
  if (error instanceof StorageError) return new OpenError(error.message, { cause: error })
  if (!isSystemError(error)) return error
  return new OpenError(`cannot use data directory ${path}: ${reason(error)}`, { cause: error })
}

/** Makes an empty directory ours, and refuses one that is not. */
async function prepare(fs: Fs, path: string, version: string): Promise<void> {
  await createDirectories(fs, path)
  const meta = await readIfThere(fs, `${path}/${metaName}`)
  if (meta !== undefined) return checkFormat(meta, path, version)
  const others = (await fs.readdir(path)).filter(isOccupant)
  if (others.includes('meta.properties')) {
    throw new OpenError(
      `data directory ${path} belongs to Apache Kafka: choose another data directory;` +
        ' `odradek log import` copies what is in it',
    )
  }
  if (others.length > 0) {
    throw new OpenError(
      `data directory ${path} is not empty and has no ${metaName} (it has ${others[0]}):` +
        ' choose an empty directory, or a new one',
    )
  }
  const temporary = `${path}/.${metaName}`
  await writeFile(fs, temporary, `${JSON.stringify({ formatVersion, createdBy: version })}\n`)
  await fs.rename(temporary, `${path}/${metaName}`)
  await fs.syncDirectory(path)
}

/** A new file system has a lost+found; hidden files are left by tools, and by a crash of ours. */
function isOccupant(name: string): boolean {
  return !name.startsWith('.') && name !== 'lost+found'
}

function checkFormat(meta: string, path: string, version: string): void {
  const { formatVersion: format, createdBy } = parseMeta(meta)
  if (format === undefined) {
    throw new OpenError(`${path}/${metaName} is damaged: restore the directory from a backup`)
  }
  if (format > formatVersion) {
    throw new OpenError(
      `data directory ${path} has format ${format}, made by odradek ${createdBy}; odradek` +
        ` ${version} knows formats up to ${formatVersion}: run ${createdBy} or newer,` +
        ' or choose another data directory',
    )
  }
}

function parseMeta(text: string): { formatVersion?: number; createdBy?: string } {
  try {
    return { ...(JSON.parse(text) as object) }
  } catch {
    return {}
  }
}

async function createDirectories(fs: Fs, path: string): Promise<void> {
  try {
    await fs.mkdir(path)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return
    if (!isMissing(error) || dirname(path) === path) throw error
    await createDirectories(fs, dirname(path))
    await fs.mkdir(path)
  }
  await fs.syncDirectory(dirname(path))
}

async function readIfThere(fs: Fs, path: string): Promise<string | undefined> {
  try {
    return (await fs.readFile(path)).toString()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function writeFile(fs: Fs, path: string, text: string): Promise<void> {
  const file = await fs.open(path, 'w+')
  try {
    await writeFully(file, [Buffer.from(text)], 0)
    await file.datasync()
  } finally {
    await file.close()
  }
}

function reason(error: NodeJS.ErrnoException): string {
  if (hasCode(error, 'ENOTDIR')) return 'it is a file, or below one: choose another data directory'
  if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) {
    return `it is not writable (${error.code}): change its permissions, or choose another one`
  }
  return `${error.message}: choose another data directory`
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return isSystemError(error) && codes.includes(error.code ?? '')
}
