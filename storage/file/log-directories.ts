/**
 * A directory for each log, below one. That of a new log is created by its first record, so that a
 * topic costs nothing here until it is used.
 */
import { dirname } from 'node:path'
import type { PartitionId } from '../partition-log.ts'
import { StorageError } from '../partition-log.ts'
import { writeCheckpoint, type Checkpoint } from './checkpoint.ts'
import { CleanList } from './clean-list.ts'
import type { Environment } from './environment.ts'
import { isSystemError, type Fs } from './fs.ts'
import { groupCommit } from './group-commit.ts'
import { newSegmentMark, type Segment } from './segment.ts'

/** File systems take names of 255 bytes; partition, topic id and mark need up to 41 of them. */
const maxTopicChars = 200
/** A directory with this mark is no log any more; what is left of it goes at the next start. */
const deletedSuffix = '-delete'
const logName = /-(\d+)\.([\w-]{22})$/

interface Options extends Pick<Environment, 'fs' | 'durability' | 'inTurn'> {
  /** Created when it is missing; the one above it must be there. */
  directory: string
}

/** That of one log. */
export class LogDirectory {
  readonly name: string
  readonly #all: LogDirectories
  #exists: boolean
  /** A crash is followed by a recovery. */
  #mayChange = false
  #beginning: Promise<void> | undefined

  constructor(all: LogDirectories, name: string, exists: boolean) {
    this.#all = all
    this.name = name
    this.#exists = exists
  }

  get path(): string {
    return `${this.#all.path}/${this.name}`
  }

  /** What the log was closed with; undefined when it must be recovered, and may change by that. */
  async takeCheckpoint(): Promise<Checkpoint | undefined> {
    if (!this.#exists) return { startOffset: 0, cleanedTo: 0, segments: [newSegmentMark(0)] }
    const checkpoint = this.#all.cleanList.take(this.name)
    if (checkpoint !== undefined) return checkpoint
    // It is told once, and the log may be opened again: then it is still on the list.
    await this.#all.cleanList.strike(this.name)
    this.#mayChange = true
    return undefined
  }

  get mayChange(): boolean {
    return this.#mayChange
  }

  /** To be awaited before the log changes for the first time; `active` is its last segment. */
  async beginChanges(active: Segment): Promise<void> {
    if (!this.#mayChange) await (this.#beginning ??= this.#begin(active))
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    await this.#all.saveWithin(this.name, checkpoint)
  }

  /** Makes the names of its files durable. */
  async sync(): Promise<void> {
    await this.#all.syncWithin(this.name)
  }

  /** Everything is durable, and as the checkpoint says. */
  closedCleanly(checkpoint: Checkpoint): void {
    if (this.#exists) this.#all.closed.set(this.name, checkpoint)
  }

  async #begin(active: Segment): Promise<void> {
    if (this.#exists) {
      await this.#all.cleanList.strike(this.name)
      await active.checkSize()
    } else {
      await this.#all.create(this.name)
      this.#exists = true
      await active.create()
      // A later segment must not survive this one, or the log would seem to begin there.
      if (this.#all.syncsAll) await this.sync()
    }
    this.#mayChange = true
    this.#beginning = undefined
  }
}

export class LogDirectories {
  readonly path: string
  readonly cleanList: CleanList
  readonly closed = new Map<string, Checkpoint>()
  readonly #options: Options
  /** By topic id and partition. */
  readonly #names = new Map<string, string[]>()
  readonly #syncNames: () => Promise<void>

  private constructor(options: Options, cleanList: CleanList) {
    this.path = options.directory
    this.cleanList = cleanList
    this.#options = options
    this.#syncNames = groupCommit(() => options.fs.syncDirectory(options.directory))
  }

  /** Removes what deletions have left behind. */
  static async open(options: Options): Promise<LogDirectories> {
    const { fs, directory, durability } = options
    await createDirectory(fs, directory)
    if (durability === 'disk') await fs.syncDirectory(dirname(directory))
    const names = await fs.readdir(directory)
    // A killed process may have left names in memory only; what follows relies on them.
    if (durability === 'disk' && names.length > 0) await fs.syncDirectory(directory)
    const directories = new LogDirectories(options, await CleanList.open(fs, directory))
    for (const name of names) {
      if (name.endsWith(deletedSuffix)) await fs.removeTree(`${directory}/${name}`)
      else directories.#note(name)
    }
    return directories
  }

  /** Throws a StorageError if it is missing although the log had records. */
  of(id: PartitionId): LogDirectory {
    const name = directoryName(id)
    // It is opened again.
    this.closed.delete(name)
    const existing = this.#names.get(id.topicId)?.[id.partition]
    if (existing === undefined && this.cleanList.take(name) !== undefined) {
      throw new StorageError(`${this.path}/${name} is missing; it was there when it was closed`)
    }
    return new LogDirectory(this, existing ?? name, existing !== undefined)
  }

  /** In 'disk' mode names are durable before anything relies on them. */
  get syncsAll(): boolean {
    return this.#options.durability === 'disk'
  }

  async create(name: string): Promise<void> {
    await createDirectory(this.#options.fs, `${this.path}/${name}`)
    this.#note(name)
    if (this.syncsAll) await this.#syncNames()
  }

  syncWithin(name: string): Promise<void> {
    const { fs, inTurn } = this.#options
    return inTurn(() => fs.syncDirectory(`${this.path}/${name}`))
  }

  saveWithin(name: string, checkpoint: Checkpoint): Promise<void> {
    const { fs, inTurn } = this.#options
    return inTurn(() => writeCheckpoint(fs, `${this.path}/${name}`, checkpoint))
  }

  async delete(topicId: string): Promise<void> {
    const names = Object.values(this.#names.get(topicId) ?? [])
    if (names.length === 0) return
    const { fs } = this.#options
    // Or the next start would miss it.
    await Promise.all(names.map(name => this.cleanList.strike(name)))
    for (const name of names) {
      this.closed.delete(name)
      await fs.rename(`${this.path}/${name}`, `${this.path}/${name}${deletedSuffix}`)
    }
    // From here on the topic is deleted, whatever becomes of the files.
    await this.#syncNames()
    this.#names.delete(topicId)
    for (const name of names) await fs.removeTree(`${this.path}/${name}${deletedSuffix}`)
  }

  /** Notes for the next start which logs it can take as they are. */
  async close(): Promise<void> {
    try {
      // Logs on the list must not lose their names.
      if (this.closed.size > 0) await this.#options.fs.syncDirectory(this.path)
      await this.cleanList.save(this.closed)
    } finally {
      await this.cleanList.close()
    }
  }

  #note(name: string): void {
    const [, partition, topicId] = logName.exec(name) ?? []
    if (topicId === undefined) return
    const names = this.#names.get(topicId) ?? []
    names[Number(partition)] = name
    this.#names.set(topicId, names)
  }
}

/** For people the topic comes first; the id tells it from an earlier topic of its name. */
export function directoryName({ topic, topicId, partition }: PartitionId): string {
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
