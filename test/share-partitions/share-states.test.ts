import { describe, expect, it } from 'vitest'
import {
  ShareStates,
  type SharePartitionKey,
  type StateUpdate,
} from '../../src/share-partitions/share-states.ts'
import type { Change, ShareStateRow } from '../../storage/metadata-store.ts'

const share: SharePartitionKey = { groupId: 'g', topicId: 't', partition: 0 }

/** Keeps rows; what is being stored waits for `release`, once `hold` is called. */
class Store {
  readonly rows = new Map<string, ShareStateRow>()
  commits = 0
  #held: (() => void)[] | undefined

  hold(): void {
    this.#held = []
  }

  async release(): Promise<void> {
    for (const resolve of this.#held?.splice(0) ?? []) resolve()
    // What follows from it is stored, too.
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }

  async commit(changes: readonly Change[]): Promise<void> {
    this.commits++
    for (const { key, value } of structuredClone(changes)) {
      if (value === null) this.rows.delete(key)
      else this.rows.set(key, value as ShareStateRow)
    }
    if (this.#held) await new Promise<void>(resolve => this.#held!.push(resolve))
  }
}

function update(firstOffset: number, lastOffset: number, startOffset = 0): StateUpdate {
  const batches = [{ firstOffset, lastOffset, deliveryState: 2, deliveryCount: 1 }]
  return { stateEpoch: 0, leaderEpoch: 0, startOffset, deliveryCompleteCount: 1, batches }
}

function restarted(store: Store): ShareStates {
  return new ShareStates(store.rows.values(), store)
}

describe('ShareStates', () => {
  it('know after a restart what they knew before', async () => {
    const store = new Store()
    const states = restarted(store)
    await states.initialize(share, 3, 7)
    await states.write(share, { ...update(8, 9, 7), stateEpoch: 3, leaderEpoch: -1 })
    expect(restarted(store).get(share)).toEqual(states.get(share))
    expect(states.get(share)).toMatchObject({ stateEpoch: 3, startOffset: 7 })
  })

  it('store what comes during a write with the next one', async () => {
    const store = new Store()
    const states = restarted(store)
    await states.initialize(share, 0, 0)
    store.hold()
    const before = store.commits
    const done: number[] = []
    for (let i = 0; i < 10; i++) {
      void states.write(share, update(i * 2, i * 2)).then(() => done.push(i))
    }
    await store.release()
    expect(done).toEqual([0])
    await store.release()
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(store.commits - before).toBe(2)
    expect(restarted(store).get(share)!.batches).toHaveLength(10)
  })

  it('tell a leader only what is stored', async () => {
    const store = new Store()
    const states = restarted(store)
    await states.initialize(share, 0, 0)
    store.hold()
    let isRead = false
    void states.write(share, update(0, 0))
    const read = states.read(share, 0).then(state => {
      isRead = true
      return state
    })
    await Promise.resolve()
    expect(isRead).toBe(false)
    await store.release()
    expect((await read).batches).toHaveLength(1)
  })

  it('do not bring back what was deleted while it was being stored', async () => {
    const store = new Store()
    const states = restarted(store)
    await states.initialize(share, 0, 0)
    store.hold()
    const writes = [states.write(share, update(0, 0)), states.write(share, update(1, 1))]
    const deleted = states.delete(share)
    for (let i = 0; i < 3; i++) await store.release()
    await Promise.all([...writes, deleted])
    expect(store.rows.size).toBe(0)
  })

  it('begin anew while the state before is being stored', async () => {
    const store = new Store()
    const states = restarted(store)
    await states.initialize(share, 4, 0)
    store.hold()
    const steps = [
      states.write(share, { ...update(0, 0), stateEpoch: 4 }),
      states.write(share, { ...update(1, 1), stateEpoch: 4 }),
      states.delete(share),
      states.initialize(share, 0, 5),
    ]
    for (let i = 0; i < 4; i++) await store.release()
    await Promise.all(steps)
    expect(restarted(store).get(share)).toMatchObject({
      stateEpoch: 0,
      startOffset: 5,
      batches: [],
    })
  })

  it('are forgotten with their topic, and with their group', async () => {
    const store = new Store()
    const states = restarted(store)
    const reset: SharePartitionKey[] = []
    const other = { groupId: 'other', topicId: 't', partition: 1 }
    const elsewhere = { ...other, topicId: 'elsewhere' }
    for (const key of [share, other, elsewhere]) await states.initialize(key, 0, 0)
    states.onReset = key => reset.push(key)
    await store.commit(states.topicDeleted({ id: 't' }))
    expect(reset).toEqual([share, other])
    expect(states.ofGroup('other')).toEqual([elsewhere])
    await store.commit(states.groupDeleted('other'))
    expect(store.rows.size).toBe(0)
    expect(states.ofGroup('other')).toEqual([])
  })
})
