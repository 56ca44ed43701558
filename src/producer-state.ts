import { KafkaError } from '../protocol/errors.ts'
import type { BatchHeader } from '../protocol/record-batch.ts'
import type { ProducerRow } from '../storage/metadata-store.ts'
import type { Config } from './config.ts'

/** Batches of a producer that are remembered to recognise retries (Kafka: ProducerStateEntry). */
const rememberedBatches = 5
const sequenceLimit = 2 ** 31
const firstSweepAt = 1000

/** What rows lack that were stored before there were transactions. */
const unmarked = { coordinatorEpoch: -1, transactionStart: null }

/** A batch that had been appended before, and where. */
export interface Duplicate {
  baseOffset: number
  lastOffset: number
  timestamp: number
}

/** What may change while a partition serves. */
export type ProducerLimits = Pick<Config, 'producerIdExpirationMs'>

/**
 * What a partition knows of its idempotent producers (KIP-98, KIP-360): enough to append each of
 * their batches once and in order. A producer is forgotten `producer.id.expiration.ms` after its
 * last batch came.
 */
export class ProducerState {
  readonly #producers = new Map<number, ProducerRow>()
  readonly #limits: ProducerLimits
  #sweepAt = firstSweepAt

  constructor(limits: ProducerLimits, producers: readonly ProducerRow[] = []) {
    this.#limits = limits
    for (const producer of producers) {
      this.#producers.set(producer.producerId, { ...unmarked, ...producer })
    }
  }

  /**
   * The earlier append of this very batch, or undefined when it is the next one. Throws
   * INVALID_RECORD, INVALID_PRODUCER_EPOCH or OUT_OF_ORDER_SEQUENCE_NUMBER. A producer that is not
   * known may start with any sequence: its state may have expired (KIP-360).
   */
  check(batch: BatchHeader, nowMs: number): Duplicate | undefined {
    if (batch.producerId < 0) return undefined
    if (batch.baseSequence < 0) {
      throw new KafkaError('INVALID_RECORD', `base sequence ${batch.baseSequence}`)
    }
    const producer = this.#producers.get(batch.producerId)
    if (producer === undefined || this.#isExpired(producer, nowMs)) return undefined
    if (batch.producerEpoch < producer.epoch) {
      throw new KafkaError(
        'INVALID_PRODUCER_EPOCH',
        `epoch ${batch.producerEpoch} of producer ${batch.producerId} is below ${producer.epoch}`,
      )
    }
    const isNewEpoch = batch.producerEpoch > producer.epoch
    const duplicate = isNewEpoch ? undefined : findDuplicate(producer, batch)
    if (duplicate === undefined) checkNext(isNewEpoch ? undefined : producer, batch)
    return duplicate
  }

  /** Takes note of a batch that is being appended, or found in the log, at this offset. */
  update(batch: BatchHeader, baseOffset: number, nowMs: number): void {
    if (batch.producerId < 0 || batch.isControl) return
    let producer = this.#producers.get(batch.producerId)
    if (producer === undefined || producer.epoch !== batch.producerEpoch) {
      const { producerId, producerEpoch: epoch } = batch
      producer = { producerId, epoch, lastTimestamp: nowMs, batches: [], ...unmarked }
      this.#producers.set(producerId, producer)
      if (this.#producers.size > this.#sweepAt) this.#sweep(nowMs)
    }
    producer.lastTimestamp = nowMs
    producer.batches.push({
      firstSequence: batch.baseSequence,
      lastSequence: lastSequence(batch),
      lastOffset: baseOffset + batch.lastOffsetDelta,
      timestamp: batch.maxTimestamp,
    })
    if (producer.batches.length > rememberedBatches) producer.batches.shift()
  }

  /** Of each producer that may go on, the offset of its last record. */
  lastOffsets(nowMs: number): Map<number, number> {
    const active = this.rows().filter(producer => !this.#isExpired(producer, nowMs))
    return new Map(
      active.map(({ producerId, batches }) => [producerId, batches.at(-1)!.lastOffset]),
    )
  }

  rows(): ProducerRow[] {
    return [...this.#producers.values()]
  }

  #isExpired(producer: ProducerRow, nowMs: number): boolean {
    return nowMs - producer.lastTimestamp > this.#limits.producerIdExpirationMs
  }

  #sweep(nowMs: number): void {
    for (const [id, producer] of this.#producers) {
      if (this.#isExpired(producer, nowMs)) this.#producers.delete(id)
    }
    this.#sweepAt = Math.max(firstSweepAt, this.#producers.size * 2)
  }
}

/** A sequence is an int32 that continues at 0 after its maximum. */
function advance(sequence: number, by: number): number {
  return (sequence + by) % sequenceLimit
}

function lastSequence(batch: BatchHeader): number {
  return advance(batch.baseSequence, batch.lastOffsetDelta)
}

function findDuplicate(producer: ProducerRow, batch: BatchHeader): Duplicate | undefined {
  const last = lastSequence(batch)
  const found = producer.batches.find(
    known => known.firstSequence === batch.baseSequence && known.lastSequence === last,
  )
  if (found === undefined) return undefined
  const { lastOffset, timestamp } = found
  return { baseOffset: lastOffset - batch.lastOffsetDelta, lastOffset, timestamp }
}

function checkNext(producer: ProducerRow | undefined, batch: BatchHeader): void {
  const last = producer?.batches.at(-1)
  const expected = last === undefined ? 0 : advance(last.lastSequence, 1)
  if (batch.baseSequence === expected) return
  throw new KafkaError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `sequence ${batch.baseSequence} of producer ${batch.producerId}, expected ${expected}`,
  )
}
