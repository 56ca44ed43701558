/**
 * The segment files that are open: those in use, and others that were used last, up to a limit.
 * Who needs one more waits until another is closed. A file is never closed under a read or write
 * that runs on it. Who uses a file waits for no other one meanwhile, or all might wait for all.
 */
import { isSystemError, type Fs, type FsFile } from './fs.ts'

export interface Lease {
  readonly file: FsFile
  release(): void
}

type Mode = 'r+' | 'wx+'

class Entry implements Lease {
  readonly path: string
  readonly #owner: OpenFiles
  /** Undefined until it is open. */
  opened: FsFile | undefined
  users = 0
  opening: Promise<void> | undefined
  /** Set when the file is to be closed behind its last user. */
  closing: PromiseWithResolvers<void> | undefined

  constructor(owner: OpenFiles, path: string) {
    this.#owner = owner
    this.path = path
  }

  get file(): FsFile {
    if (this.opened === undefined) throw new Error(`${this.path} is not open`)
    return this.opened
  }

  release(): void {
    this.#owner.release(this)
  }
}

export class OpenFiles {
  readonly #fs: Fs
  readonly #maxOpen: number
  /** Those that are open, or being opened or closed. */
  #taken = 0
  readonly #entries = new Map<string, Entry>()
  /** Those without users, the one that was used longest ago first. */
  readonly #idle = new Set<Entry>()
  /** Who waits to open a file. */
  readonly #waiting: (() => void)[] = []

  constructor(fs: Fs, maxOpen: number) {
    this.#fs = fs
    this.#maxOpen = maxOpen
  }

  /** Without waiting: undefined unless the file is open at this moment. */
  acquireOpen(path: string): Lease | undefined {
    const entry = this.#entries.get(path)
    return entry?.opened && this.#take(entry)
  }

  async acquire(path: string, mode: Mode = 'r+'): Promise<Lease> {
    let entry = this.#entries.get(path)
    if (entry === undefined) {
      entry = new Entry(this, path)
      this.#entries.set(path, entry)
      entry.opening = this.#open(entry, mode)
    }
    this.#take(entry)
    await entry.opening
    return entry
  }

  async use<T>(path: string, run: (file: FsFile) => Promise<T>): Promise<T> {
    const lease = this.acquireOpen(path) ?? (await this.acquire(path))
    try {
      return await run(lease.file)
    } finally {
      lease.release()
    }
  }

  /** Resolves when the last user is done and the file is closed. The next use opens it anew. */
  async close(path: string): Promise<void> {
    const entry = this.#entries.get(path)
    if (entry === undefined) return
    this.#entries.delete(path)
    if (this.#idle.delete(entry)) return this.#close(entry)
    entry.closing = Promise.withResolvers()
    await entry.closing.promise
  }

  /** For Lease.release. */
  release(entry: Entry): void {
    entry.users--
    if (entry.users > 0) return
    if (entry.closing !== undefined) {
      this.#close(entry).then(entry.closing.resolve, entry.closing.reject)
      return
    }
    this.#idle.add(entry)
    if (this.#waiting.length > 0) void this.#closeOldest()
  }

  #take(entry: Entry): Entry {
    entry.users++
    this.#idle.delete(entry)
    return entry
  }

  async #open(entry: Entry, mode: Mode): Promise<void> {
    try {
      entry.opened = await this.#openWithin(entry.path, mode)
    } catch (error) {
      if (this.#entries.get(entry.path) === entry) this.#entries.delete(entry.path)
      entry.closing?.resolve()
      throw error
    }
  }

  async #openWithin(path: string, mode: Mode): Promise<FsFile> {
    for (;;) {
      await this.#turn()
      try {
        return await this.#fs.open(path, mode)
      } catch (error) {
        this.#passOn()
        // The process has fewer left than the limit: connections are files as well.
        const isExhausted = isSystemError(error) && error.code === 'EMFILE'
        if (!isExhausted || this.#idle.size === 0) throw error
        await this.#closeOldest()
      }
    }
  }

  /** Resolves when there may be one more. */
  async #turn(): Promise<void> {
    if (this.#taken < this.#maxOpen) {
      this.#taken++
      return
    }
    void this.#closeOldest()
    await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  #passOn(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken--
    else next()
  }

  async #closeOldest(): Promise<void> {
    for (const { path } of this.#idle) return this.close(path)
  }

  /** What was written is synced by its writer; a close that fails loses nothing. */
  async #close(entry: Entry): Promise<void> {
    await entry.file.close().catch(() => undefined)
    this.#passOn()
  }
}
