/** Compaction against Apache Kafka's: the same batches on both, and what is left of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeBatch, type NewBatch, type NewRecord } from '../../protocol/records.ts'
import { skipped } from '../codec/clients.ts'
import { startKafka } from '../kafka/kafka.ts'
import { startServer } from '../server.ts'
import { CompactedTopic } from './compaction.ts'

const seed = Number(process.env['ODRADEK_TEST_SEED'] ?? Date.now() % 1_000_000)
const settings = ['log.cleaner.backoff.ms=50', 'log.retention.ms=-1']
/** 14 November 2023. */
const startMs = 1_700_000_000_000
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
  ])('leaves what it leaves, %s', async (_, n, configs) => {
    const random = seeded(seed + n)
    const name = `compacted-${n}`
    const common = { ...configs, 'min.cleanable.dirty.ratio': '0', 'segment.ms': `${segmentMs}` }
    using kafka = await CompactedTopic.create(brokers[0]!, name, common)
    using ours = await CompactedTopic.create(brokers[1]!, name, common)
    const batches = new Batches(random)
    for (let round = 0; round < 4; round++) {
      // Before it is a compacted topic, its records need no keys.
      const { appended, goes } = batches.next(round === 0)
      for (const topic of [kafka, ours]) {
        for (const batch of appended) await topic.append(Buffer.from(batch))
      }
      for (const topic of [kafka, ours]) {
        if (round === 0) await topic.configure({ 'cleanup.policy': 'compact' })
        await topic.compact(goes)
      }
      expect(await ours.batches()).toEqual(await kafka.batches())
      for (const timestamp of [...batches.timestamps, -1, -2, -3]) {
        expect(await ours.found(timestamp)).toBe(await kafka.found(timestamp))
      }
    }
  })
})

class Batches {
  readonly #random: (limit: number) => number
  readonly #sequences = new Map<number, number>()
  /** All that records have, and those beside them. */
  readonly timestamps = new Set<number>()
  #endOffset = 0
  #nowMs = startMs

  constructor(random: (limit: number) => number) {
    this.#random = random
  }

  /** Some batches, and the offset of a record that a compaction of them removes last. */
  next(withoutKeys: boolean): { appended: Buffer[]; goes: number } {
    const random = this.#random
    const appended = Array.from({ length: 20 + random(20) }, () => {
      this.#nowMs += random(4) === 0 ? 2 * segmentMs : random(100)
      const count = 1 + random(4)
      return this.#batch(Array.from({ length: count }, () => this.#record(withoutKeys)))
    })
    // The last record of the last segment but one is for a key that the last one has, too.
    const goes = this.#endOffset
    for (let i = 0; i < 3; i++) {
      const mark = { key: Buffer.from('mark'), value: Buffer.from(`${i}`), timestamp: this.#nowMs }
      appended.push(this.#batch([mark]))
      this.#nowMs += 2 * segmentMs
    }
    return { appended, goes }
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

  #batch(records: NewRecord[]): Buffer {
    this.#endOffset += records.length
    return encodeBatch({ records, compression: this.#random(5), ...this.#producer(records.length) })
  }

  #producer(count: number): Partial<NewBatch> {
    const producerId = 1000 + this.#random(3)
    if (producerId === 1000) return {}
    const baseSequence = this.#sequences.get(producerId) ?? 0
    this.#sequences.set(producerId, baseSequence + count)
    return { producerId, producerEpoch: 0, baseSequence }
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
