import Database from 'better-sqlite3'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OpenError } from '../../storage/open-error.ts'
import { StorageError } from '../../storage/partition-log.ts'
import { openDatabase } from '../../storage/sqlite/database.ts'
import { migrations } from '../../storage/sqlite/migrations.ts'
import { openSqliteMetadataStore, type SqliteStoreOptions } from '../../storage/sqlite/store.ts'
import { metadataStoreContract } from './metadata-contract.ts'
import { rowsOf, topic } from './metadata-rows.ts'

let directory: string
let file: string

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'odradek-sqlite-'))
  file = path.join(directory, 'metadata.sqlite')
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

function openStore(options: Partial<SqliteStoreOptions> = {}) {
  const onFailure = (error: StorageError): void => {
    throw error
  }
  return openSqliteMetadataStore({ file, durability: 'os', onFailure, ...options })
}

/** Changes the file behind the store's back, while it is closed. */
function withDatabase(change: (database: Database.Database) => void): void {
  const database = new Database(file)
  change(database)
  database.close()
}

for (const durability of ['os', 'disk'] as const) {
  describe(`SQLite with durability ${durability}`, () => {
    metadataStoreContract({
      open: async () => openStore({ durability }),
      async reopen(store) {
        await store.close()
        return openStore({ durability })
      },
    })
  })
}

describe('commits that arrive together', () => {
  it('share a transaction, which runs once the caller is done', async () => {
    const scheduled: (() => void)[] = []
    const store = openStore({ soon: run => scheduled.push(run) })
    const settled: number[] = []
    const commits = [1, 2, 3].map(async partitions => {
      await store.commit([topic('a', partitions)])
      settled.push(partitions)
    })
    await Promise.resolve()
    expect(settled).toEqual([])
    expect(scheduled).toHaveLength(1)

    scheduled[0]!()
    await Promise.all(commits)
    expect(settled).toEqual([1, 2, 3])

    const next = store.commit([topic('a', 4)])
    expect(scheduled).toHaveLength(2)
    scheduled[1]!()
    await next
    await store.close()
  })

  it('fail together, and nothing of them is stored', async () => {
    await failOn('broken')
    const store = openStore({ onFailure: () => {} })
    const commits = [store.commit([topic('good', 1)]), store.commit([topic('broken', 1)])]
    const results = await Promise.allSettled(commits)
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await store.close()
    expect(await storedRows()).toEqual([])
  })
})

describe('after a failed commit', () => {
  // SQLite takes the commit after a failed sync as if nothing had been lost (fsyncgate).
  it('later ones are rejected, though SQLite would take them, and the owner is told', async () => {
    await failOn('broken')
    const failures: StorageError[] = []
    const store = openStore({ onFailure: error => failures.push(error) })
    await store.commit([topic('before', 1)])
    await expect(store.commit([topic('broken', 1)])).rejects.toThrow(StorageError)
    await expect(store.commit([topic('after', 1)])).rejects.toBe(failures[0])
    expect(failures).toHaveLength(1)
    await store.close()
    expect(await storedRows()).toEqual([topic('before', 1)])
  })
})

describe('opening', () => {
  it('syncs each commit in disk mode, and only checkpoints in os mode', () => {
    const full = 2
    const normal = 1
    for (const [durability, expected] of [['disk', full] as const, ['os', normal] as const]) {
      const database = openDatabase(file, durability)
      expect(database.pragma('synchronous', { simple: true })).toBe(expected)
      database.close()
    }
  })

  it('refuses a schema of a newer program, and names both versions', async () => {
    await openStore().close()
    withDatabase(database => database.pragma('user_version = 7'))
    expect(() => openStore()).toThrow(OpenError)
    expect(() => openStore()).toThrow(
      `${file} has schema version 7; this program knows versions up to ${migrations.length}:` +
        ' run a newer one, or choose another directory',
    )
  })

  it('goes on where a crash interrupted the creation', async () => {
    await writeFile(file, '')
    const store = openStore()
    await store.commit([topic('a', 1)])
    await store.close()
    expect(await storedRows()).toEqual([topic('a', 1)])
  })

  it('brings topics of schema version 1 up to date, and leaves the rest as it was', async () => {
    await openStore().close()
    const group = { kind: 'group', key: 'g', value: { leaderEpochs: [1] } }
    const old = { id: 'AAAAAAAAAAAAAAAAAAAAAQ', configs: { 'retention.ms': '5' } }
    const topicOf = (epochs: number[]) => {
      return { ...old, partitions: epochs.length, replicationFactor: 1, leaderEpochs: epochs }
    }
    withDatabase(database => {
      database.pragma('user_version = 1')
      const insert = database.prepare('INSERT INTO rows VALUES (?, ?, ?)')
      insert.run('topic', 'a', JSON.stringify(topicOf([0, 3])))
      insert.run('topic', 'plain', JSON.stringify({ ...topicOf([0]), configs: {} }))
      insert.run(group.kind, group.key, JSON.stringify(group.value))
    })
    const partition = (epoch: number) => ({
      replicas: [],
      isr: [],
      adding: [],
      removing: [],
      leader: -1,
      epochs: [{ epoch, startOffset: 0 }],
    })
    const { id, configs } = old
    const expected = [
      { kind: 'topic', key: 'a', value: { id, configs, partitions: [partition(0), partition(3)] } },
      { kind: 'topic', key: 'plain', value: { id, configs: {}, partitions: [partition(0)] } },
      group,
    ]
    const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1)
    for (let i = 0; i < 2; i++)
      expect((await storedRows()).toSorted(byKey)).toEqual(expected.toSorted(byKey))
  })

  it('finds out of schema version 2 how long __consumer_offsets was', async () => {
    await openStore().close()
    const value = { topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', endOffsets: [3, 0] }
    withDatabase(database => {
      database.pragma('user_version = 2')
      const insert = database.prepare('INSERT INTO rows VALUES (?, ?, ?)')
      insert.run('offsetsTopic', 'mark', JSON.stringify(value))
    })
    expect(await storedRows()).toEqual([{ kind: 'stateTopic', key: '__consumer_offsets', value }])
  })

  it("refuses another program's database, and leaves it as it is", async () => {
    withDatabase(database => database.exec('CREATE TABLE theirs (x)'))
    expect(() => openStore()).toThrow(`${file} is the database of another program`)
    withDatabase(database => {
      expect(database.pragma('journal_mode', { simple: true })).toBe('delete')
    })
  })

  it('refuses a file that is no database, and says which', async () => {
    await writeFile(file, 'no database, but more than a few bytes of text'.repeat(100))
    expect(() => openStore()).toThrow(OpenError)
    expect(() => openStore()).toThrow(`cannot open ${file}: file is not a database (SQLITE_NOTADB)`)
  })

  it('refuses a file that is in use, also within one process', async () => {
    const store = openStore()
    expect(() => openStore()).toThrow(`${file} is in use by another process`)
    await store.close()
    await openStore().close()
  })
})

/** Makes SQLite refuse rows with this key. */
async function failOn(key: string): Promise<void> {
  await openStore().close()
  withDatabase(database =>
    database.exec(
      `CREATE TRIGGER fail BEFORE INSERT ON rows WHEN new.key = '${key}'
       BEGIN SELECT RAISE(ABORT, 'this one fails'); END`,
    ),
  )
}

async function storedRows() {
  const store = openStore()
  const rows = await rowsOf(store)
  await store.close()
  return rows
}
