/** A producer that writes to one partition, over as many connections as it takes. */
import { encodeBatch, type NewBatch } from '../../protocol/records.ts'
import type { RawClient } from '../raw-client.ts'
import { idHeader } from './log-reader.ts'
import { failures } from './failures.ts'
import type { PartitionHistory } from './partition-history.ts'
import { recordId, type RecordContent, type SentBatch } from './records.ts'
import { produceBatch, type TopicPartition } from './requests.ts'

/** Batches in flight: as many as an idempotent producer may have (KIP-98). */
const window = 5
const compressions = 5
const maxRecords = 20
const maxValueChars = 400
const tombstoneShare = 0.2

interface Options {
  name: string
  at: TopicPartition
  history: PartitionHistory
  random: () => number
  /** Set: idempotent, with this id. */
  producerId?: number
  /** Records have one of so many keys, and some are tombstones; without it they have no key. */
  keys?: number
}

/** What is told of the keys and values of a batch, whoever sends it. */
type Payload = Pick<RecordContent, 'key' | 'value'>[]

export class Stream {
  readonly #options: Options
  /** Sent and not acknowledged, in order of sending. */
  #pending: { batch: SentBatch; payload: Payload }[] = []
  #nextPlace = 0
  #nextSequence = 0
  readonly #sequences = new Map<SentBatch, number>()
  acknowledgedRecords = 0

  constructor(options: Options) {
    this.#options = options
  }

  /** Sends batches until the connection closes; gives what the answers show to be wrong. */
  async write(client: RawClient, onAck: () => void): Promise<string[]> {
    const violations: string[] = []
    const retries = this.#retries()
    let isFirst = retries.length === 0
    const lane = async (): Promise<void> => {
      for (;;) {
        const batch = retries.shift() ?? this.#newBatch(this.#newPayload(), isFirst)
        isFirst = false
        violations.push(...(await this.#send(client, batch)))
        onAck()
      }
    }
    const lanes = await Promise.allSettled(Array.from({ length: window }, lane))
    return [...violations, ...failures(lanes)]
  }

  /** Sends again what is not acknowledged. */
  async finish(client: RawClient): Promise<string[]> {
    const violations: string[] = []
    for (const batch of this.#retries()) violations.push(...(await this.#send(client, batch)))
    return violations
  }

  /** What was not acknowledged goes first: an idempotent producer's sequence demands it. */
  #retries(): SentBatch[] {
    const pending = this.#pending
    if (this.#options.producerId !== undefined) return pending.map(({ batch }) => batch)
    this.#pending = []
    const { history } = this.#options
    const missing = pending.filter(({ batch }) => {
      const isStored = history.isStored(batch)
      history.giveUp(batch)
      return !isStored
    })
    return missing.map(({ payload }, i) => this.#newBatch(payload, i === 0))
  }

  async #send(client: RawClient, batch: SentBatch): Promise<string[]> {
    const { at, history, producerId, random } = this.#options
    const acks = producerId === undefined && random() < 0.3 ? 1 : -1
    const { baseOffset, startOffset } = await produceBatch(client, at, acks, this.#encode(batch))
    this.#pending = this.#pending.filter(each => each.batch !== batch)
    this.#sequences.delete(batch)
    this.acknowledgedRecords += batch.records.length
    history.tellStart(startOffset)
    return history.acknowledge(batch, baseOffset)
  }

  #newBatch(payload: Payload, isFirstOfConnection: boolean): SentBatch {
    const { name: stream, history, producerId } = this.#options
    const place = this.#nextPlace++
    const timestamp = Date.now()
    const records = payload.map((content, index) => {
      return { ...content, timestamp, id: recordId({ stream, place }, index) }
    })
    const mayFollowGap = producerId === undefined && isFirstOfConnection
    const batch = { stream, place, mayFollowGap, records }
    this.#sequences.set(batch, this.#nextSequence)
    this.#nextSequence += records.length
    this.#pending.push({ batch, payload })
    history.send(batch)
    return batch
  }

  #newPayload(): Payload {
    const { keys } = this.#options
    return Array.from({ length: 1 + this.#below(maxRecords) }, () => {
      const isTombstone = keys !== undefined && this.#options.random() < tombstoneShare
      // A filler shows damage.
      const letter = String.fromCharCode(97 + this.#below(26))
      return {
        key: keys === undefined ? null : `key-${this.#below(keys)}`,
        value: isTombstone ? null : letter.repeat(this.#below(maxValueChars)),
      }
    })
  }

  #encode(batch: SentBatch): Buffer {
    const { producerId } = this.#options
    const encoded: NewBatch = {
      // The same at every try.
      compression: batch.place % compressions,
      records: batch.records.map(({ id, timestamp, key, value }) => ({
        timestamp,
        key: key === null ? null : Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        headers: [{ key: idHeader, value: Buffer.from(id) }],
      })),
    }
    if (producerId === undefined) return encodeBatch(encoded)
    const baseSequence = this.#sequences.get(batch)!
    return encodeBatch({ ...encoded, producerId, producerEpoch: 0, baseSequence })
  }

  #below(limit: number): number {
    return Math.floor(this.#options.random() * limit)
  }
}
