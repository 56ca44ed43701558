import { KafkaError } from '../../protocol/errors.ts'
import type { BatchHeader } from '../../protocol/record-batch.ts'
import type { TransactionMarker } from '../../protocol/control-records.ts'
import type { ProducerRow } from '../../storage/metadata-store.ts'
import type { CompactionContext } from '../../storage/partition-log.ts'
import type { Config } from '../config.ts'
import { checkNext, findDuplicate, lastSequence, outOfOrder, type Duplicate } from './sequences.ts'
import { raisesEpoch } from '../transactions/transaction.ts'
import { UnverifiedSequences } from './unverified-sequences.ts'

/** Batches of a producer that are remembered to recognise retries (Kafka: ProducerStateEntry). */
const rememberedBatches = 5
const firstSweepAt = 1000

/** What rows lack that were stored before there were transactions. */
const unmarked = { coordinatorEpoch: -1, transactionStart: null }

/** What may change while a partition serves. */
export type ProducerLimits = Pick<Config, 'producerIdExpirationMs'>

const maxEpoch = 2 ** 15 - 1

/**
 * What a partition knows of its idempotent and transactional producers (KIP-98, KIP-360): enough to
 * append each of their batches once and in order, and to tell whose transaction is open. A producer
 * without an open transaction is forgotten `producer.id.expiration.ms` after its last batch came.
 */
export class ProducerState {
  readonly #producers = new Map<number, ProducerRow>()
  /** None until there are transactions: most partitions of many have none. */
  #unverified: UnverifiedSequences | undefined
  readonly #limits: ProducerLimits
  #sweepAt = firstSweepAt

  constructor(limits: ProducerLimits, producers: readonly ProducerRow[] = []) {
    this.#limits = limits
    for (const producer of producers) {
      this.#producers.set(producer.producerId, { ...unmarked, ...producer })
    }
  }

  /** True while the partition has records of this producer in this epoch that await a marker. */
  hasOpenTransaction(producerId: number, epoch: number): boolean {
    const producer = this.#producers.get(producerId)
    return producer !== undefined && producer.transactionStart !== null && producer.epoch === epoch
  }

  /**
   * True when a transactional batch would begin a transaction here, so that its coordinator must
   * know of it first; until it is appended, those that follow it are not. `startsAtZero`: see
   * UnverifiedSequences. Throws INVALID_PRODUCER_EPOCH.
   */
  needsVerification(batch: BatchHeader, startsAtZero: boolean, nowMs: number): boolean {
    checkEpoch(this.#known(batch.producerId, nowMs), batch)
    if (this.hasOpenTransaction(batch.producerId, batch.producerEpoch)) return false
    this.#unverified ??= new UnverifiedSequences()
    this.#unverified.sweep(nowMs - this.#limits.producerIdExpirationMs)
    this.#unverified.note(batch, startsAtZero, nowMs)
    return true
  }

  /**
   * The earlier append of this very batch, or undefined when it is the next one. `isAdmitted` tells
   * of a batch that would begin a transaction here whether its transaction is known to be open;
   * without it, any may begin one. Throws INVALID_RECORD, INVALID_PRODUCER_EPOCH,
   * OUT_OF_ORDER_SEQUENCE_NUMBER or INVALID_TXN_STATE. A producer that is not known may start with
   * any sequence: its state may have expired (KIP-360).
   */
  check(batch: BatchHeader, nowMs: number, isAdmitted?: () => boolean): Duplicate | undefined {
    if (batch.producerId < 0) return undefined
    if (batch.baseSequence < 0) {
      throw new KafkaError('INVALID_RECORD', `base sequence ${batch.baseSequence}`)
    }
    const producer = this.#known(batch.producerId, nowMs)
    const duplicate = producer && findDuplicate(producer, batch)
    if (duplicate !== undefined) return duplicate
    checkEpoch(producer, batch)
    const { isTransactional, producerId, producerEpoch } = batch
    if (isTransactional && !this.hasOpenTransaction(producerId, producerEpoch)) {
      if (isAdmitted?.() === false) throw notInTransaction(producerId)
    }
    const isFirst = producer === undefined || producer.batches.length === 0
    if (this.#unverified?.allows(batch, isFirst) === false)
      throw outOfOrder(batch, 'an earlier one may come')
    if (producer === undefined) return undefined
    checkNext(producer, batch)
    if (!isTransactional && producer.transactionStart !== null) {
      const message = `producer ${producerId} has a transaction open and sent a batch without one`
      throw new KafkaError('INVALID_TXN_STATE', message)
    }
    return undefined
  }

  /**
   * Takes note of a batch that is being appended, or found in the log, at this offset. True when it
   * begins a transaction.
   */
  update(batch: BatchHeader, baseOffset: number, nowMs: number): boolean {
    if (batch.producerId < 0 || batch.isControl) return false
    const producer = this.#touch(batch, nowMs)
    producer.batches.push({
      firstSequence: batch.baseSequence,
      lastSequence: lastSequence(batch),
      lastOffset: baseOffset + batch.lastOffsetDelta,
      timestamp: batch.maxTimestamp,
    })
    if (producer.batches.length > rememberedBatches) producer.batches.shift()
    if (!batch.isTransactional) return false
    this.#unverified?.forget(batch.producerId)
    if (producer.transactionStart !== null) return false
    producer.transactionStart = baseOffset
    return true
  }

  /**
   * Throws INVALID_PRODUCER_EPOCH or TRANSACTION_COORDINATOR_FENCED unless a marker may be written.
   * A marker that was written before may be again: its coordinator may not know that. With
   * transaction.version 2 a marker is of a later epoch than what it ends (KIP-890, KIP-1228; Kafka:
   * ProducerAppendInfo.checkProducerEpoch).
   */
  checkMarker(marker: TransactionMarker, transactionVersion: number, nowMs: number): void {
    const producer = this.#known(marker.producerId, nowMs)
    const { producerEpoch, coordinatorEpoch } = marker
    if (producer !== undefined) {
      const isLate = producerEpoch < producer.epoch
      const isRepeated = producer.transactionStart === null || producerEpoch === maxEpoch
      const mustRise = raisesEpoch(transactionVersion) && !isRepeated
      if (isLate || (mustRise && producerEpoch === producer.epoch)) {
        throw invalidEpoch(producer, producerEpoch)
      }
    }
    const { coordinatorEpoch: lastEpoch } = producer ?? unmarked
    if (coordinatorEpoch >= lastEpoch) return
    const message = `coordinator epoch ${coordinatorEpoch}, but one of ${lastEpoch} has written`
    throw new KafkaError('TRANSACTION_COORDINATOR_FENCED', message)
  }

  /**
   * Takes note of a marker that is being appended, or found in the log. Returns the first offset of
   * the transaction that it ends, or null if there is none here.
   */
  complete(marker: TransactionMarker, nowMs: number): number | null {
    if (marker.producerId < 0) return null
    this.#unverified?.forgetEnded(marker.producerId, marker.producerEpoch)
    const producer = this.#touch(marker, nowMs)
    const start = producer.transactionStart
    producer.coordinatorEpoch = marker.coordinatorEpoch
    producer.transactionStart = null
    return start
  }

  /** What compaction must leave of each producer that may go on. */
  lastSent(nowMs: number): Pick<CompactionContext, 'lastOffsets' | 'markedEpochs'> {
    const lastOffsets = new Map<number, number>()
    const markedEpochs = new Map<number, number>()
    for (const { producerId, epoch, batches } of this.active(nowMs)) {
      const last = batches.at(-1)
      if (last !== undefined) lastOffsets.set(producerId, last.lastOffset)
      else markedEpochs.set(producerId, epoch)
    }
    return { lastOffsets, markedEpochs }
  }

  /** Those that may go on. */
  *active(nowMs: number): Generator<Readonly<ProducerRow>> {
    for (const producer of this.#producers.values()) {
      if (!this.#isExpired(producer, nowMs)) yield producer
    }
  }

  rows(): ProducerRow[] {
    return [...this.#producers.values()]
  }

  /** The producer as it is from now on in this epoch: a new one has no sequences yet. */
  #touch(
    { producerId, producerEpoch: epoch }: Pick<BatchHeader, 'producerId' | 'producerEpoch'>,
    nowMs: number,
  ): ProducerRow {
    let producer = this.#known(producerId, nowMs)
    if (producer === undefined) {
      producer = { producerId, epoch, lastTimestamp: nowMs, batches: [], ...unmarked }
      this.#producers.set(producerId, producer)
      if (this.#producers.size > this.#sweepAt) this.#sweep(nowMs)
    } else if (producer.epoch !== epoch) {
      producer.epoch = epoch
      producer.batches = []
    }
    producer.lastTimestamp = nowMs
    return producer
  }

  #known(producerId: number, nowMs: number): ProducerRow | undefined {
    const producer = this.#producers.get(producerId)
    return producer !== undefined && this.#isExpired(producer, nowMs) ? undefined : producer
  }

  #isExpired({ transactionStart, lastTimestamp }: ProducerRow, nowMs: number): boolean {
    const { producerIdExpirationMs } = this.#limits
    return transactionStart === null && nowMs - lastTimestamp > producerIdExpirationMs
  }

  #sweep(nowMs: number): void {
    for (const [id, producer] of this.#producers) {
      if (this.#isExpired(producer, nowMs)) this.#producers.delete(id)
    }
    this.#sweepAt = Math.max(firstSweepAt, this.#producers.size * 2)
  }
}

function checkEpoch(producer: ProducerRow | undefined, { producerEpoch }: BatchHeader): void {
  if (producer === undefined || producerEpoch >= producer.epoch) return
  throw invalidEpoch(producer, producerEpoch)
}

function invalidEpoch({ producerId, epoch }: ProducerRow, producerEpoch: number): KafkaError {
  const message = `epoch ${producerEpoch} of producer ${producerId}, whose last one is ${epoch}`
  return new KafkaError('INVALID_PRODUCER_EPOCH', message)
}

function notInTransaction(producerId: number): KafkaError {
  const message = `no transaction of producer ${producerId} is open in this partition`
  return new KafkaError('INVALID_TXN_STATE', message)
}
