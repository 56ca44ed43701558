import type Database from 'better-sqlite3'
import type { Change, MetadataStore, StoredRow } from '../metadata-store.ts'
import { StorageError, type Durability } from '../partition-log.ts'
import { openDatabase } from './database.ts'

export interface SqliteStoreOptions {
  file: string
  durability: Exclude<Durability, 'memory'>
  /**
   * Told once, before the commits that failed reject: what is on disk is no longer known, so the
   * process should stop.
   */
  onFailure: (error: StorageError) => void
  /** Takes messages for people. */
  log?: (message: string) => void
  /** Runs a function soon: what is committed until then shares one transaction. */
  soon?: (run: () => void) => void
}

/** A row; without text it is to be deleted. */
interface Row extends Omit<StoredRow, 'text'> {
  text: string | null
}

interface PendingCommit {
  rows: Row[]
  resolve: () => void
  reject: (error: StorageError) => void
}

/** Opens or creates the file; see `openDatabase` for the lock and the errors. */
export function openSqliteMetadataStore(options: SqliteStoreOptions): MetadataStore {
  return new SqliteMetadataStore(openDatabase(options.file, options.durability), options)
}

class SqliteMetadataStore implements MetadataStore {
  readonly #database: Database.Database
  readonly #options: SqliteStoreOptions
  readonly #soon: (run: () => void) => void
  readonly #select: Database.Statement<[], StoredRow>
  readonly #write: (commits: readonly PendingCommit[]) => void
  #pending: PendingCommit[] = []
  #isScheduled = false
  /** The last attempt to write found no space on the disk. */
  #waitsForSpace = false
  #failure: StorageError | undefined

  constructor(database: Database.Database, options: SqliteStoreOptions) {
    this.#database = database
    this.#options = options
    // After the sockets that are readable now: their requests' commits are one transaction.
    this.#soon = options.soon ?? setImmediate
    this.#select = database.prepare('SELECT kind, key, value AS text FROM rows')
    this.#write = prepareWrite(database)
  }

  async *load(): AsyncGenerator<Change> {
    for (const { kind, key, text } of this.#select.iterate()) {
      yield { kind, key, value: JSON.parse(text) }
    }
  }

  rows(): StoredRow[] {
    const rows = new Map(this.#select.all().map(row => [idOf(row), row]))
    for (const pending of this.#pending.flatMap(commit => commit.rows)) {
      const { text } = pending
      if (text === null) rows.delete(idOf(pending))
      else rows.set(idOf(pending), { ...pending, text })
    }
    return [...rows.values()]
  }

  commit(changes: readonly Change[]): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    // As text now: the caller may go on to change its objects.
    const rows = changes.map(({ kind, key, value }) => ({
      kind,
      key,
      text: value === null ? null : JSON.stringify(value),
    }))
    if (!this.#isScheduled) this.#soon(() => this.#flush())
    this.#isScheduled = true
    return new Promise((resolve, reject) => this.#pending.push({ rows, resolve, reject }))
  }

  async close(): Promise<void> {
    this.#flush({ isLast: true })
    this.#failure ??= new StorageError('the metadata store is closed')
    this.#database.close()
  }

  #flush({ isLast } = { isLast: false }): void {
    const commits = this.#pending
    this.#pending = []
    this.#isScheduled = false
    if (commits.length === 0) return
    try {
      this.#write(commits)
    } catch (error) {
      if (isFull(error) && !isLast) this.#waitForSpace(commits)
      else this.#fail(new StorageError('cannot write metadata', { cause: error }), commits)
      return
    }
    this.#waitsForSpace = false
    for (const { resolve } of commits) resolve()
  }

  /**
   * A write that finds no space is rolled back as a whole, and nothing is in doubt. Who waits for
   * it waits on, in his place, until there is space when somebody commits again. Clients do: they
   * ask again when their time is up.
   */
  #waitForSpace(commits: PendingCommit[]): void {
    this.#pending = commits
    if (this.#waitsForSpace) return
    this.#waitsForSpace = true
    const { file, log } = this.#options
    log?.(
      `${file}: there is no space for metadata; what changes it waits until there is. Make room`,
    )
  }

  /**
   * After a failed sync SQLite's next commit succeeds as if nothing had happened, although the one
   * before may be lost: so the first failure is the last commit.
   */
  #fail(failure: StorageError, commits: readonly PendingCommit[]): void {
    this.#failure = failure
    this.#options.onFailure(failure)
    for (const { reject } of commits) reject(failure)
  }
}

const idOf = ({ kind, key }: Row): string => `${kind}:${key}`

/** Not of a sync that failed, which SQLite tells apart (SQLITE_IOERR_FSYNC). */
function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_FULL'
}

function prepareWrite(database: Database.Database): (commits: readonly PendingCommit[]) => void {
  const upsert = database.prepare<[string, string, string]>(
    'INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  )
  const remove = database.prepare<[string, string]>('DELETE FROM rows WHERE kind = ? AND key = ?')
  return database.transaction((commits: readonly PendingCommit[]) => {
    for (const { rows } of commits) {
      for (const { kind, key, text } of rows) {
        if (text === null) remove.run(kind, key)
        else upsert.run(kind, key, text)
      }
    }
  })
}
