import type Database from 'better-sqlite3'
import type { Change, MetadataStore } from '../metadata-store.ts'
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
  /** Runs a function soon: what is committed until then shares one transaction. */
  soon?: (run: () => void) => void
}

/** A row as SQLite keeps it; without text it is to be deleted. */
interface Row {
  kind: string
  key: string
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
  readonly #write: (commits: readonly PendingCommit[]) => void
  #pending: PendingCommit[] = []
  #failure: StorageError | undefined

  constructor(database: Database.Database, options: SqliteStoreOptions) {
    this.#database = database
    this.#options = options
    // After the sockets that are readable now: their requests' commits are one transaction.
    this.#soon = options.soon ?? setImmediate
    this.#write = prepareWrite(database)
  }

  async *load(): AsyncGenerator<Change> {
    const rows = this.#database.prepare<[], Row>('SELECT kind, key, value AS text FROM rows')
    for (const { kind, key, text } of rows.iterate()) {
      yield { kind, key, value: JSON.parse(text!) } as Change
    }
  }

  commit(changes: readonly Change[]): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    // As text now: the caller may go on to change its objects.
    const rows = changes.map(({ kind, key, value }) => ({
      kind,
      key,
      text: value === null ? null : JSON.stringify(value),
    }))
    if (this.#pending.length === 0) this.#soon(() => this.#flush())
    return new Promise((resolve, reject) => this.#pending.push({ rows, resolve, reject }))
  }

  async close(): Promise<void> {
    this.#flush()
    this.#failure ??= new StorageError('the metadata store is closed')
    this.#database.close()
  }

  #flush(): void {
    const commits = this.#pending
    this.#pending = []
    if (commits.length === 0) return
    try {
      this.#write(commits)
    } catch (error) {
      this.#fail(new StorageError(reason(this.#options.file, error), { cause: error }), commits)
      return
    }
    for (const { resolve } of commits) resolve()
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

function reason(file: string, error: unknown): string {
  const isFull = error instanceof Error && 'code' in error && error.code === 'SQLITE_FULL'
  const advice = isFull ? ': its disk is full; make room, then start the broker again' : ''
  return `metadata cannot be written to ${file}${advice}`
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
