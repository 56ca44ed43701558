/**
 * The segment files that are open: those in use, and a bounded number of others that were used
 * last. A file is never closed under a read or write that runs on it.
 */
import type { Fs, FsFile } from './fs.ts'

export interface Lease {
  readonly file: FsFile
  release(): void
}

interface Entry {
  path: string
  opening: Promise<FsFile>
  users: number
  /** Set when the file is to be closed behind its last user. */
  closing: PromiseWithResolvers<void> | undefined
}

export class OpenFiles {
  readonly #fs: Fs
  readonly #maxIdle: number
  readonly #entries = new Map<string, Entry>()
  /** Those without users, the one that was used longest ago first. */
  readonly #idle = new Set<Entry>()

  constructor(fs: Fs, maxIdle: number) {
    this.#fs = fs
    this.#maxIdle = maxIdle
  }

  async acquire(path: string, mode: 'r+' | 'wx+' = 'r+'): Promise<Lease> {
    let entry = this.#entries.get(path)
    if (entry === undefined) {
      entry = { path, opening: this.#fs.open(path, mode), users: 0, closing: undefined }
      this.#entries.set(path, entry)
    }
    const opened = entry
    opened.users++
    this.#idle.delete(opened)
    try {
      return { file: await opened.opening, release: () => this.#release(opened) }
    } catch (error) {
      if (this.#entries.get(path) === opened) this.#entries.delete(path)
      throw error
    }
  }

  async use<T>(path: string, run: (file: FsFile) => Promise<T>): Promise<T> {
    const lease = await this.acquire(path)
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
    if (this.#idle.delete(entry)) return close(entry)
    entry.closing = Promise.withResolvers()
    await entry.closing.promise
  }

  #release(entry: Entry): void {
    entry.users--
    if (entry.users > 0) return
    if (entry.closing !== undefined) {
      close(entry).then(entry.closing.resolve, entry.closing.reject)
      return
    }
    this.#idle.add(entry)
    for (const oldest of this.#idle) {
      if (this.#idle.size <= this.#maxIdle) break
      void this.close(oldest.path)
    }
  }
}

/** What was written is synced by its writer; a close that fails loses nothing. */
async function close(entry: Entry): Promise<void> {
  const file = await entry.opening
  await file.close().catch(() => undefined)
}
