/** What every metadata store does; each backend runs this suite. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Change, MetadataStore } from '../../storage/metadata-store.ts'
import { StorageError } from '../../storage/partition-log.ts'
import { rowsOf, sorted, topic } from './metadata-rows.ts'

export interface Backend {
  open(): Promise<MetadataStore>
  /** A store with what this one holds, as after a restart where the backend survives one. */
  reopen(store: MetadataStore): Promise<MetadataStore>
}

let store: MetadataStore
let reopened: () => Promise<Change[]>

export function metadataStoreContract(backend: Backend): void {
  beforeEach(async () => {
    store = await backend.open()
    reopened = async () => {
      store = await backend.reopen(store)
      return rowsOf(store)
    }
  })

  afterEach(async () => {
    await store.close()
  })

  describe('rows of a metadata store', () => {
    rows()
  })
  describe('commits of a metadata store', () => {
    commits()
  })
}

function rows(): void {
  it('is empty at first', async () => {
    expect(await rowsOf(store)).toEqual([])
  })

  it('gives back what was committed, as upserts', async () => {
    const changes = [topic('orders', 3), offset('group', 7), cluster(1000)]
    await store.commit(changes)
    expect(await reopened()).toEqual(sorted(changes))
  })

  it('keeps the last value of a row, and the same key of another kind apart', async () => {
    await store.commit([topic('a', 1), { kind: 'deletedTopic', key: 'a', value: {} }])
    await store.commit([topic('a', 2), topic('a', 3)])
    const deleted: Change = { kind: 'deletedTopic', key: 'a', value: {} }
    expect(await reopened()).toEqual(sorted([deleted, topic('a', 3)]))
  })

  it('deletes rows, also those that are not there', async () => {
    await store.commit([topic('a', 1), topic('b', 1)])
    await store.commit([removed('a'), removed('nowhere')])
    expect(await reopened()).toEqual([topic('b', 1)])
  })

  it('applies the changes of one commit in their order', async () => {
    await store.commit([topic('a', 1), removed('a'), topic('b', 1), removed('b'), topic('b', 2)])
    expect(await reopened()).toEqual([topic('b', 2)])
  })
}

function commits(): void {
  it('takes commits in call order, though nobody waits for the ones before', async () => {
    const settled: number[] = []
    const commits = Array.from({ length: 50 }, async (_, i) => {
      await store.commit([topic('a', i), topic(`t${i}`, i)])
      settled.push(i)
    })
    await Promise.all(commits)
    expect(settled).toEqual(settled.toSorted((a, b) => a - b))
    const rows = await reopened()
    expect(rows).toHaveLength(51)
    expect(rows).toContainEqual(topic('a', 49))
  })

  it('takes the values as they are at the call', async () => {
    const change = topic('a', 1)
    const committed = store.commit([change])
    change.value!.partitions = []
    await committed
    expect(await reopened()).toEqual([topic('a', 1)])
  })

  it('keeps any key and any text', async () => {
    const names = ['__proto__', 'constructor', '', "a'; DROP TABLE rows", 'ü€😀', 'a:b', 'a\u0000b']
    const changes = names.map(name => topic(name, 1))
    await store.commit(changes)
    expect(await reopened()).toEqual(sorted(changes))
  })

  it('tells its rows as they are after the commits that were called', async () => {
    await store.commit([topic('a', 1), topic('b', 1), topic('c', 1)])
    const pending = store.commit([topic('a', 2), removed('b'), topic('d', 1)])
    const rows = store.rows()
    const later = store.commit([topic('c', 2)])
    const changes = rows.map(({ kind, key, text }) => {
      return { kind, key, value: JSON.parse(text) }
    })
    expect(sorted(changes)).toEqual([topic('a', 2), topic('c', 1), topic('d', 1)])
    await Promise.all([pending, later])
    expect(store.rows()).toHaveLength(3)
  })

  it('accepts a commit without changes', async () => {
    await store.commit([])
    expect(await reopened()).toEqual([])
  })

  it('finishes pending commits when it closes, and rejects later ones', async () => {
    const pending = store.commit([topic('a', 1)])
    await store.close()
    await expect(pending).resolves.toBeUndefined()
    await expect(store.commit([topic('b', 1)])).rejects.toThrow(StorageError)
  })
}

function removed(name: string): Change {
  return { kind: 'topic', key: name, value: null }
}

function cluster(nextProducerId: number): Change {
  return { kind: 'cluster', key: 'cluster', value: { clusterId: 'abc', nextProducerId } }
}

function offset(group: string, at: number): Change {
  const value = {
    group,
    topic: 'orders',
    topicId: 'c3VyZWx5LWEtdG9waWMtaQ',
    partition: 0,
    offset: at,
    leaderEpoch: 0,
    metadata: 'é"\\',
    commitTimestamp: 1_700_000_000_000,
  }
  return { kind: 'offset', key: JSON.stringify([group, 'orders', 0]), value }
}
