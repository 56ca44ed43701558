import { describe, expect, it } from 'vitest'
import { MetadataLog } from '../src/metadata-log.ts'
import { systemRandom } from '../src/random.ts'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import type { MetadataLogRow, MetadataStore } from '../storage/metadata-store.ts'
import { HeldStore } from './groups/held-store.ts'
import { topic } from './storage/metadata-rows.ts'

async function reopen(store: MetadataStore): Promise<MetadataLog> {
  let stored: MetadataLogRow | undefined
  for await (const change of store.load()) {
    if (change.kind === 'metadataLog') stored = change.value!
  }
  return MetadataLog.open(store, stored, systemRandom)
}

describe('the log of metadata', () => {
  it('begins with the election of its leader', async () => {
    const log = await reopen(createMemoryMetadataStore())
    expect([log.leaderEpoch, log.highWatermark, log.endOffset]).toEqual([1, 1, 1])
  })

  it('has a record for each row of metadata', async () => {
    const log = await reopen(createMemoryMetadataStore())
    await log.commit([topic('a', 0), topic('b', 0)])
    expect(log.endOffset).toBe(3)
    await log.commit([{ kind: 'topic', key: 'a', value: null }])
    expect([log.highWatermark, log.endOffset]).toEqual([4, 4])
  })

  it('has none for rows of offsets, producers and deleted data', async () => {
    const log = await reopen(createMemoryMetadataStore())
    await log.commit([
      { kind: 'offset', key: 'a', value: null },
      { kind: 'group', key: 'a', value: null },
      { kind: 'producers', key: 'a', value: null },
      { kind: 'deletedTopic', key: 'a', value: {} },
    ])
    expect(log.endOffset).toBe(1)
  })

  it('goes on after a restart, with the next leader epoch and the same directory', async () => {
    const store = createMemoryMetadataStore()
    const before = await reopen(store)
    await before.commit([topic('a', 0)])
    const after = await reopen(store)
    expect([after.leaderEpoch, after.highWatermark, after.endOffset]).toEqual([2, 3, 3])
    expect(after.directoryId).toBe(before.directoryId)
  })

  it('counts a record as durable when its commit is', async () => {
    const store = new HeldStore()
    const log = await reopen({ ...createMemoryMetadataStore(), commit: store.commit.bind(store) })
    store.hold()
    const committed = log.commit([topic('a', 0)])
    expect([log.highWatermark, log.endOffset]).toEqual([1, 2])
    store.release()
    await committed
    expect(log.highWatermark).toBe(2)
  })
})
