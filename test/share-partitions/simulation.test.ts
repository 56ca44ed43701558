/**
 * Consumers that fetch, acknowledge, renew, release, are slow or vanish, over a broker that crashes
 * at any moment and a log whose start moves. What must hold, is checked at each step.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { createConfig, groupConfig } from '../../src/config.ts'
import { AbortedTransactions } from '../../src/partitions/aborted-transactions.ts'
import { silentLogger } from '../../src/logger.ts'
import type { AcquiredRecords } from '../../src/share-partitions/acquire.ts'
import { SharePartition } from '../../src/share-partitions/share-partition.ts'
import { ShareStates } from '../../src/share-partitions/share-states.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { seededRandom } from '../doubles/random.ts'
import { DurableStore } from './durable-store.ts'
import { settleAll } from './settle.ts'

const key = { groupId: 'g', topicId: 't', partition: 0 }
const lockMs = 30_000
const members = ['a', 'b', 'c', 'd']
const { config } = createConfig([])

/** What the simulation knows of a record. */
interface Seen {
  deliveryCount: number
  /** Between which crashes it was delivered last. */
  incarnation: number
  /** Who has it, and until when at most. */
  owner: string | undefined
  lockedUntilMs: number
  /** An acknowledgement for good was answered, or it was delivered as often as may be. */
  isDone: boolean
}

class Simulation {
  readonly #random: () => number
  readonly #clock = new ManualClock()
  readonly #store = new DurableStore()
  readonly #limit: number
  /** The batches of the log: all that is ever appended. */
  readonly #log: { baseOffset: number; lastOffset: number; isAborted: boolean }[] = []
  readonly #partition = {
    leader: 0,
    leaderEpoch: 0,
    startOffset: 0,
    highWatermark: 0,
    lastStableOffset: 0,
    aborted: new AbortedTransactions(),
    offsetForTimestamp: async () => undefined,
    read: async () => [],
    onWake: () => ({ cancel: () => {} }),
  }
  readonly #seen: Seen[] = []
  /** What each member has, as it knows it. */
  readonly #has = new Map<string, AcquiredRecords[]>()
  #share!: SharePartition
  /** A crash makes answers of before it worthless. */
  #incarnation = 0
  #failure: Error | undefined

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#limit = 2 + this.#below(6)
  }

  async run(steps: number): Promise<void> {
    const states = new ShareStates([], this.#store)
    await states.initialize(key, 0, 0)
    await this.#start()
    for (let i = 0; i < steps; i++) await this.#step()
    await this.#drain()
  }

  async #step(): Promise<void> {
    const dice = this.#below(100)
    if (dice < 15) this.#append()
    else if (dice < 45) this.#fetch(this.#member())
    else if (dice < 75) this.#acknowledge(this.#member())
    else if (dice < 85) await this.#store.flushOne()
    else if (dice < 90) this.#pass(this.#below(lockMs))
    else if (dice < 94) this.#leave(this.#member())
    else if (dice < 96) this.#trim()
    else if (dice < 98) await this.#crash()
    else this.#store.isPrompt = !this.#store.isPrompt
    await settleAll()
    if (this.#failure !== undefined) throw this.#failure
  }

  async #start(): Promise<void> {
    const states = new ShareStates(structuredClone([...this.#store.rows.values()]), this.#store)
    const overrides = { 'share.delivery.count.limit': String(this.#limit) }
    this.#share = new SharePartition({
      key,
      partition: this.#partition,
      states,
      clock: this.#clock,
      logger: silentLogger,
      config: () => groupConfig(overrides, config),
    })
    while (this.#store.pending > 0) await this.#store.flushOne()
    await this.#share.loaded
  }

  #append(): void {
    const baseOffset = this.#partition.highWatermark
    const size = 1 + this.#below(12)
    const isAborted = this.#below(5) === 0
    this.#log.push({ baseOffset, lastOffset: baseOffset + size - 1, isAborted })
    for (let i = 0; i < size; i++) {
      this.#seen.push({
        deliveryCount: 0,
        incarnation: -1,
        owner: undefined,
        lockedUntilMs: 0,
        // Nobody is to get a record of an aborted transaction.
        isDone: isAborted,
      })
    }
    this.#partition.highWatermark += size
  }

  #fetch(memberId: string): void {
    if (!this.#share.mayAcquire(() => {})) return
    const fetchOffset = this.#share.nextOffset
    if (fetchOffset >= this.#partition.highWatermark) return
    const first = this.#log.findIndex(({ lastOffset }) => lastOffset >= fetchOffset)
    const batches = this.#log.slice(first, first + 1 + this.#below(4))
    const aborted = batches.filter(({ isAborted }) => isAborted)
    const { records } = this.#share.acquire({
      memberId,
      isRecordLimit: this.#below(2) === 0,
      maxRecords: 1 + this.#below(20),
      batchSize: 1 + this.#below(20),
      fetchOffset,
      batches,
      aborted,
    })
    assert(records.length > 0 || aborted.length > 0, `nothing was acquired at ${fetchOffset}`)
    for (const range of records) this.#delivered(range, memberId)
    this.#has.set(memberId, [...(this.#has.get(memberId) ?? []), ...records])
  }

  #delivered({ firstOffset, lastOffset, deliveryCount }: AcquiredRecords, owner: string): void {
    for (let offset = firstOffset; offset <= lastOffset; offset++) {
      const seen = this.#seen[offset]!
      const at = `offset ${offset}, delivered for the ${deliveryCount}th time`
      assert(offset >= this.#partition.startOffset, `${at}: it is gone`)
      assert(!seen.isDone, `${at}: it was done with`)
      assert(seen.owner === undefined, `${at} to ${owner}: ${seen.owner} has it`)
      // A delivery of which nothing was heard before a crash is one that never was.
      const least = seen.deliveryCount + (seen.incarnation === this.#incarnation ? 1 : 0)
      assert(deliveryCount >= least, `${at}, after ${seen.deliveryCount}`)
      assert(deliveryCount <= this.#limit, `${at}: that is too often`)
      const lockedUntilMs = this.#clock.monotonic() + lockMs
      const incarnation = this.#incarnation
      Object.assign(seen, { deliveryCount, incarnation, owner, lockedUntilMs })
    }
  }

  #acknowledge(memberId: string): void {
    const ranges = this.#has.get(memberId) ?? []
    const range = ranges.splice(this.#below(ranges.length), 1)[0]
    if (range === undefined) return
    const from = range.firstOffset + this.#below(range.lastOffset - range.firstOffset + 1)
    const size = range.lastOffset - from + 1
    const each = Array.from({ length: size }, () => [0, 1, 1, 1, 2, 3, 4][this.#below(7)]!)
    const types = this.#below(2) === 0 ? each.slice(0, 1) : each
    const said = { firstOffset: from, lastOffset: range.lastOffset, acknowledgeTypes: types }
    const incarnation = this.#incarnation
    const nowMs = this.#clock.monotonic()
    // What is done is nobody's any more, and saying so once more is no error.
    const { startOffset } = this.#partition
    const isOwner = this.#seen.slice(from, range.lastOffset + 1).every((seen, i) => {
      const isDone = seen.isDone || seen.deliveryCount >= this.#limit
      return seen.owner === memberId || isDone || from + i < startOffset
    })
    const accepted = (): void => {
      if (incarnation !== this.#incarnation) return
      assert(isOwner, `${memberId} acknowledged what it had not, from offset ${from} on`)
      for (let i = 0; i < size; i++) this.#said(from + i, types[i] ?? types[0]!, nowMs, memberId)
    }
    // What is refused was taken from the member before: its lock ran out.
    const done = this.#share.acknowledge(memberId, [said]).then(accepted, () => {})
    done.catch((error: Error) => (this.#failure ??= error))
  }

  #said(offset: number, type: number, nowMs: number, memberId: string): void {
    const seen = this.#seen[offset]!
    if (offset < this.#partition.startOffset) return
    if (type === 4) {
      if (seen.owner === memberId) seen.lockedUntilMs = nowMs + lockMs
      return
    }
    seen.owner = undefined
    seen.isDone ||= type !== 2 || seen.deliveryCount >= this.#limit
  }

  /** Locks run out; whatever is renewed later is renewed with a later time. */
  #pass(ms: number): void {
    this.#clock.advance(ms)
    for (const seen of this.#seen) {
      if (seen.owner !== undefined && seen.lockedUntilMs <= this.#clock.monotonic()) {
        seen.owner = undefined
      }
    }
  }

  #leave(memberId: string): void {
    this.#has.delete(memberId)
    const released = this.#share.release(memberId)
    released.catch(() => {})
    for (const seen of this.#seen) if (seen.owner === memberId) seen.owner = undefined
  }

  #trim(): void {
    const { startOffset, highWatermark } = this.#partition
    this.#partition.startOffset += this.#below(Math.min(20, highWatermark - startOffset + 1))
  }

  async #crash(): Promise<void> {
    this.#incarnation++
    this.#store.crash()
    this.#share.drop()
    this.#has.clear()
    for (const seen of this.#seen) seen.owner = undefined
    await this.#start()
  }

  /** Nobody crashes any more, and one consumer accepts all it gets: nothing is left. */
  async #drain(): Promise<void> {
    this.#store.isPrompt = true
    while (this.#store.pending > 0) await this.#store.flushOne()
    this.#pass(lockMs)
    this.#has.clear()
    for (let round = 0; round < 10_000; round++) {
      await settleAll()
      this.#pass(lockMs)
      await settleAll()
      if (this.#share.nextOffset >= this.#partition.highWatermark) break
      this.#fetch('a')
      for (const { firstOffset, lastOffset } of this.#has.get('a') ?? []) {
        await this.#share.acknowledge('a', [{ firstOffset, lastOffset, acknowledgeTypes: [1] }])
        for (let offset = firstOffset; offset <= lastOffset; offset++) {
          this.#said(offset, 1, this.#clock.monotonic(), 'a')
        }
      }
      this.#has.clear()
    }
    for (const [offset, seen] of this.#seen.entries()) {
      const isSettled = seen.isDone || seen.deliveryCount >= this.#limit
      assert(isSettled || offset < this.#partition.startOffset, `offset ${offset} was left`)
    }
    const [row] = [...this.#store.rows.values()]
    const stored = row!.batches.every(([, , state]) => state === 2 || state === 4)
    assert(stored || this.#seen.length === 0, 'not all that was done is stored')
  }

  #member(): string {
    return members[this.#below(members.length)]!
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}

const given = process.env['ODRADEK_TEST_SEED']
const firstSeed = given === undefined ? 1 : Number(given)
const seeds = Array.from({ length: given === undefined ? 25 : 1 }, (_, i) => firstSeed + i)

describe('a share group over crashes', () => {
  it.each(seeds)('keeps its promises with ODRADEK_TEST_SEED=%i', async seed => {
    await new Simulation(seed).run(300)
  })
})
