/** Compaction against Apache Kafka's: the same batches on both, and what is left of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeBatch, type NewBatch, type NewRecord } from '../../protocol/records.ts'
import { skipped } from '../codec/clients.ts'
import { startKafka } from '../kafka/kafka.ts'
import { startServer } from '../server.ts'
import { CompactedTopic, type TransactionEnd } from './compaction.ts'

const seed = Number(process.env['ODRADEK_TEST_SEED'] ?? Date.now() % 1_000_000)
const settings = [
  'log.cleaner.backoff.ms=50',
  'log.retention.ms=-1',
  'log.message.timestamp.after.max.ms=9223372036854775807',
  // The transactions here have no coordinator.
  'transaction.partition.verification.enable=false',
]
/** Later than markers, which have the time of the broker's clock: only records begin segments. */
const startMs = 4_102_444_800_000
/** Records of so much later begin a segment. */
const segmentMs = 1000
const keys = 6

describe.skipIf(skipped)(`compaction (ODRADEK_TEST_SEED=${seed})${skipped}`, () => {
  const resources = new AsyncDisposableStack()
  let brokers: readonly string[]

  beforeAll(async () => {
    const server = ['--durability', 'os', ...settings.flatMap(setting => ['--set', setting])]
    brokers = await Promise.all([
      startKafka(...settings).then(kafka => resources.use(kafka).bootstrapServers),
      startServer(...server).then(ours => resources.use(ours).bootstrapServers),
    ])
  })
  afterAll(() => resources.disposeAsync())

  it.each([
    ['where tombstones stay', 0, { 'delete.retention.ms': '86400000' }],
    ['where tombstones go', 1, { 'delete.retention.ms': '0' }],
    ['of batches compressed anew', 2, { 'delete.retention.ms': '0', 'compression.type': 'zstd' }],
    ['in transactions', 3, { 'delete.retention.ms': '0' }],
    ['in transactions whose markers stay', 4, { 'delete.retention.ms': '86400000' }],
  ])('leaves what it leaves, %s', async (what, n, configs) => {
    const random = seeded(seed + n)
    const name = `compacted-${n}`
    const common = { ...configs, 'min.cleanable.dirty.ratio': '0', 'segment.ms': `${segmentMs}` }
    using kafka = await CompactedTopic.create(brokers[0]!, name, common)
    using ours = await CompactedTopic.create(brokers[1]!, name, common)
    const batches = new Batches(random, what.startsWith('in transactions'))
    for (let round = 0; round < (n < 3 ? 4 : 6); round++) {
      // Before it is a compacted topic, its records need no keys.
      const { appended, goes } = batches.next(round === 0)
      for (const topic of [kafka, ours]) {
        for (const each of appended) {
          if ('commits' in each) await topic.end(each)
          else await topic.append(Buffer.from(each))
        }
      }
      for (const topic of [kafka, ours]) {
        if (round === 0) await topic.configure({ 'cleanup.policy': 'compact' })
        await topic.compact(goes)
      }
      expect(await ours.batches()).toEqual(await kafka.batches())
      await expect.poll(() => ours.aborted()).toEqual(await kafka.aborted())
      for (const timestamp of [...batches.timestamps, -1, -2, -3]) {
        expect(await ours.found(timestamp)).toBe(await kafka.found(timestamp))
      }
    }
  })
})

class Batches {
  readonly #random: (limit: number) => number
  readonly #isTransactional: boolean
  /** By producer id: its epoch and next sequence, and whether it has a transaction open. */
  readonly #producers = new Map<number, { epoch: number; sequence: number; isOpen: boolean }>()
  /** All that records have, and those beside them. */
  readonly timestamps = new Set<number>()
  #endOffset = 0
  #nowMs = startMs

  constructor(random: (limit: number) => number, isTransactional: boolean) {
    this.#random = random
    this.#isTransactional = isTransactional
  }

  /** Some batches, and the offset of a record that a compaction of them removes last. */
  next(withoutKeys: boolean): { appended: (Buffer | TransactionEnd)[]; goes: number } {
    const random = this.#random
    const appended = Array.from({ length: 20 + random(20) }, (): Buffer | TransactionEnd => {
      this.#nowMs += random(4) === 0 ? 2 * segmentMs : random(100)
      if (random(3) === 0) {
        const end = this.#ends().next()
        if (end.done !== true) return end.value
      }
      const count = 1 + random(4)
      return this.#batch(Array.from({ length: count }, () => this.#record(withoutKeys)))
    })
    appended.push(...this.#ends())
    // The last record of the last segment but one is for a key that the last one has, too.
    const goes = this.#endOffset
    for (let i = 0; i < 3; i++) {
      const mark = { key: Buffer.from('mark'), value: Buffer.from(`${i}`), timestamp: this.#nowMs }
      appended.push(this.#batch([mark], 0))
      this.#nowMs += 2 * segmentMs
    }
    // What is open now is so while the others are compacted.
    appended.push(this.#batch([this.#record(false)]), this.#batch([this.#record(false)]))
    return { appended, goes }
  }

  /** Of all open transactions. Some raise the epoch, as all do since KIP-890. */
  *#ends(): Generator<TransactionEnd> {
    for (const [producerId, producer] of this.#producers) {
      if (!producer.isOpen) continue
      producer.isOpen = false
      if (this.#random(2) === 0) Object.assign(producer, { epoch: producer.epoch + 1, sequence: 0 })
      this.#endOffset++
      yield { producerId, producerEpoch: producer.epoch, commits: this.#random(2) === 0 }
    }
  }

  #record(withoutKeys: boolean): NewRecord {
    const random = this.#random
    const timestamp = this.#nowMs + random(20) - 10
    for (const near of [-1, 0, 1]) this.timestamps.add(timestamp + near)
    return {
      timestamp,
      key: withoutKeys && random(5) === 0 ? null : Buffer.from(this.#key()),
      value: random(4) === 0 ? null : Buffer.from(`value ${random(1000)}`),
      headers: random(3) === 0 ? [{ key: 'header', value: Buffer.from('x') }] : [],
    }
  }

  /** Many come again; of the others, tombstones can go only for their age. */
  #key(): string {
    const random = this.#random
    return random(4) === 0 ? `once ${random(1_000_000)}` : `key ${random(keys)}`
  }

  #batch(records: NewRecord[], producer = this.#random(this.#isTransactional ? 6 : 3)): Buffer {
    this.#endOffset += records.length
    const compression = this.#random(5)
    return encodeBatch({ records, compression, ...this.#sent(producer, records.length) })
  }

  /** The first one is none, the next two send without transactions. */
  #sent(producer: number, count: number): Partial<NewBatch> {
    if (producer === 0) return {}
    const producerId = 1000 + producer
    const state = this.#producers.get(producerId) ?? { epoch: 0, sequence: 0, isOpen: false }
    this.#producers.set(producerId, state)
    const baseSequence = state.sequence
    state.sequence += count
    const isTransactional = producer > 2
    state.isOpen ||= isTransactional
    return { producerId, producerEpoch: state.epoch, baseSequence, isTransactional }
  }
}

/** Integers in [0, limit), the same for the same seed (Park and Miller). */
function seeded(seed: number): (limit: number) => number {
  let state = (seed % 2_147_483_646) + 1
  return limit => {
    state = (state * 48_271) % 2_147_483_647
    return state % limit
  }
}
