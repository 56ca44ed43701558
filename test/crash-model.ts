/**
 * Producers that remember what they sent and what was acknowledged, and a reader that compares a
 * partition's whole log with it.
 */
import { expect } from 'vitest'
import { initProducerId } from '../protocol/apis/22-init-producer-id.ts'
import { fetch } from '../protocol/apis/01-fetch.ts'
import { produce } from '../protocol/apis/00-produce.ts'
import {
  baseOffset,
  batchesIn,
  batchSize,
  crcMatches,
  lastOffset,
} from '../protocol/record-batch.ts'
import { decodeRecords, encodeBatch, type NewBatch } from '../protocol/records.ts'
import type { RawClient } from './raw-client.ts'

const maxReadBytes = 10_000_000
const compressions = 5

interface SentBatch {
  sequence: number
  records: string[]
  bytes: Buffer
  /** Offset of the first record, once it is acknowledged. */
  offset: number | undefined
}

/** What one producer sent to one partition. */
export class Stream {
  readonly name: string
  readonly #topic: string
  readonly #partition: number
  /** Set: an idempotent producer, which sends again what was not acknowledged (KIP-98). */
  readonly #producerId: number | undefined
  readonly #random: () => number
  readonly #sent: SentBatch[] = []
  #nextSequence = 0
  acknowledgedRecords = 0

  constructor(options: {
    topic: string
    partition: number
    producerId?: number
    random: () => number
  }) {
    this.#topic = options.topic
    this.#partition = options.partition
    this.#producerId = options.producerId
    this.#random = options.random
    const kind = options.producerId === undefined ? 'plain' : `producer-${options.producerId}`
    this.name = `${kind}-${options.partition}`
  }

  /** Keeps up to `window` batches in flight until the connection breaks. */
  async write(client: RawClient, window: number, onAck: () => void): Promise<void> {
    // An idempotent producer first sends again what was not acknowledged, as its sequence demands.
    const retries = this.#unacknowledged()
    const next = (): SentBatch => retries.shift() ?? this.#newBatch()
    const lane = async (): Promise<void> => {
      for (;;) {
        await this.#send(client, next())
        onAck()
      }
    }
    await Promise.allSettled(Array.from({ length: window }, lane))
  }

  /** Sends what is still not acknowledged. */
  async finish(client: RawClient): Promise<void> {
    for (const batch of this.#unacknowledged()) await this.#send(client, batch)
  }

  #unacknowledged(): SentBatch[] {
    return this.#sent.filter(batch => batch.offset === undefined)
  }

  async #send(client: RawClient, batch: SentBatch): Promise<void> {
    const { responses } = await client.request(produce, 9, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [
        { name: this.#topic, partitionData: [{ index: this.#partition, records: batch.bytes }] },
      ],
    })
    const { errorCode, baseOffset: offset } = responses[0]!.partitionResponses[0]!
    expect(errorCode, `${this.name}, sequence ${batch.sequence}`).toBe(0)
    batch.offset = offset
    this.acknowledgedRecords += batch.records.length
  }

  #newBatch(): SentBatch {
    const sequence = this.#nextSequence
    const count = 1 + this.#below(20)
    const records = Array.from({ length: count }, (_, i) => this.#content(sequence + i))
    this.#nextSequence += count
    const batch: NewBatch = {
      compression: this.#below(compressions),
      records: records.map(value => ({ timestamp: 1, key: null, value: Buffer.from(value) })),
    }
    if (this.#producerId !== undefined) {
      const producerId = this.#producerId
      Object.assign(batch, { producerId, producerEpoch: 0, baseSequence: sequence })
    }
    const sent = { sequence, records, bytes: encodeBatch(batch), offset: undefined }
    this.#sent.push(sent)
    return sent
  }

  /** Says whose record it is, and is long enough to show damage. */
  #content(sequence: number): string {
    const filler = String.fromCharCode(97 + (sequence % 26)).repeat(this.#below(400))
    return `${this.name}:${sequence}:${filler}`
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  /**
   * Compares with the records of this stream that a log holds: [offset, content] in log order.
   * What was acknowledged is there, at its offset; nothing twice, nothing out of order. For a plain
   * producer that settles it: what is not there will not come any more.
   */
  check(found: readonly (readonly [number, string])[]): void {
    let at = 0
    const kept: SentBatch[] = []
    for (const batch of this.#sent) {
      const stored = found.slice(at, at + batch.records.length)
      const isStored = stored.length > 0 && stored[0]![1] === batch.records[0]
      if (batch.offset !== undefined) {
        const expected = batch.records.map((record, i) => [batch.offset! + i, record])
        expect(stored, `${this.name}: acknowledged batch ${batch.sequence}`).toEqual(expected)
      } else if (isStored) {
        expect(stored.map(([, record]) => record)).toEqual(batch.records)
      }
      if (this.#producerId === undefined) {
        if (!isStored) continue
        batch.offset = stored[0]![0]
      }
      if (isStored) at += batch.records.length
      kept.push(batch)
    }
    expect(found.length - at, `${this.name}: records twice or out of order`).toBe(0)
    this.#sent.splice(0, this.#sent.length, ...kept)
  }
}

/** An id for an idempotent producer. */
export async function newProducerId(client: RawClient): Promise<number> {
  const reply = await client.request(initProducerId, 4, {
    transactionalId: null,
    transactionTimeoutMs: 0,
  })
  expect(reply.errorCode).toBe(0)
  return reply.producerId
}

/** All [offset, content] of a partition; every batch whole, in order, and with its CRC. */
export async function readAll(
  client: RawClient,
  topic: string,
  partition: number,
): Promise<[number, string][]> {
  const found: [number, string][] = []
  for (let offset = 0; ;) {
    const { records, highWatermark } = await fetchFrom(client, topic, partition, offset)
    for (const batch of wholeBatches(records)) {
      expect(crcMatches(batch), `CRC of the batch at ${baseOffset(batch)}`).toBe(true)
      expect(baseOffset(batch)).toBe(offset)
      for (const record of decodeRecords(batch, maxReadBytes)) {
        found.push([record.offset, record.value!.toString()])
      }
      offset = lastOffset(batch) + 1
    }
    if (offset === highWatermark) return found
    expect(records.length).toBeGreaterThan(0)
  }
}

async function fetchFrom(client: RawClient, topic: string, partition: number, offset: number) {
  const { responses } = await client.request(fetch, 4, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: maxReadBytes,
    isolationLevel: 0,
    topics: [
      {
        topic,
        partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: maxReadBytes }],
      },
    ],
  })
  const { errorCode, highWatermark, records } = responses[0]!.partitions[0]!
  expect(errorCode).toBe(0)
  return { highWatermark, records: Buffer.concat(records ?? []) }
}

function wholeBatches(records: Buffer): Buffer[] {
  return [...batchesIn(records)].map(at => records.subarray(at, at + batchSize(records, at)))
}
