import Database from 'better-sqlite3'
import { OpenError } from '../open-error.ts'
import type { Durability } from '../partition-log.ts'
import { migrations } from './migrations.ts'

/** Marks a file as ours (`PRAGMA application_id`): 'Odra' in ASCII. */
const applicationId = 0x4f647261

/** Another process has the file open. */
export class InUseError extends OpenError {}

/**
 * Opens or creates the file and locks it: no other process can open it until this one closes it or
 * dies, however it dies. Throws an OpenError.
 */
export function openDatabase(
  file: string,
  durability: Exclude<Durability, 'memory'>,
): Database.Database {
  let database: Database.Database | undefined
  try {
    database = new Database(file, { timeout: 0 })
    lock(database)
    checkIsOurs(database, file)
    database.pragma('journal_mode = WAL')
    database.pragma(`synchronous = ${synchronous[durability]}`)
    migrate(database)
    return database
  } catch (error) {
    database?.close()
    throw error instanceof Database.SqliteError ? explained(error, file) : error
  }
}

/**
 * In WAL mode FULL syncs each commit: it survives a power loss. NORMAL syncs at checkpoints only: a
 * commit survives the death of the process, and a power loss takes the last ones, but never damages
 * the file, as OFF might.
 */
const synchronous = { os: 'NORMAL', disk: 'FULL' } as const

/** In this mode SQLite keeps the locks of its first transaction. */
function lock(database: Database.Database): void {
  database.pragma('locking_mode = EXCLUSIVE')
  database.exec('BEGIN EXCLUSIVE; COMMIT')
}

function checkIsOurs(database: Database.Database, file: string): void {
  const isNew = pragma(database, 'schema_version') === 0
  if (!isNew && pragma(database, 'application_id') !== applicationId) {
    throw new OpenError(`${file} is the database of another program: choose another directory`)
  }
  const version = pragma(database, 'user_version')
  if (version > migrations.length) {
    throw new OpenError(
      `${file} has schema version ${version}; this program knows versions up to` +
        ` ${migrations.length}: run a newer one, or choose another directory`,
    )
  }
}

function migrate(database: Database.Database): void {
  const version = pragma(database, 'user_version')
  if (version === migrations.length) return
  database.transaction(() => {
    for (const step of migrations.slice(version)) database.exec(step)
    database.pragma(`application_id = ${applicationId}`)
    database.pragma(`user_version = ${migrations.length}`)
  })()
}

function pragma(database: Database.Database, name: string): number {
  return database.pragma(name, { simple: true }) as number
}

function explained(error: InstanceType<typeof Database.SqliteError>, file: string): OpenError {
  if (error.code.startsWith('SQLITE_BUSY')) {
    return new InUseError(`${file} is in use by another process`, { cause: error })
  }
  const reason = `cannot open ${file}: ${error.message} (${error.code})`
  const advice = 'check its permissions and the space on its disk, or restore it from a backup'
  return new OpenError(`${reason}: ${advice}`, { cause: error })
}
