import { batchSize, type BatchHeader } from '../protocol/record-batch.ts'
import { parseMarker, type TransactionMarker } from '../protocol/control-records.ts'
import type { AbortedTransactionsRow, ProducersRow } from '../storage/metadata-store.ts'
import { AbortedTransactions, type ChunkChange } from './aborted-transactions.ts'
import { ProducerState, type ProducerLimits } from './producer-state.ts'
import { UnstableTransactions } from './unstable-transactions.ts'

/** What is stored of a partition's producers; the log behind `endOffset` tells the rest. */
export interface StoredProducers {
  /** None where only rows of aborted transactions are left: those are out of date. */
  producers: ProducersRow | undefined
  aborted: readonly [chunk: number, row: AbortedTransactionsRow][]
}

/** What is to be stored of them, at once. */
export interface ProducersChange {
  producers: ProducersRow
  aborted: readonly ChunkChange[]
}

/**
 * What a partition knows of its producers and their transactions, all of which follows from its
 * log: it is told of each batch in the order of offsets, as it is appended or found after a start.
 */
export class PartitionProducers {
  readonly state: ProducerState
  readonly aborted: AbortedTransactions
  readonly #unstable: UnstableTransactions

  /** `startOffset`: of the log. */
  constructor(limits: ProducerLimits, stored?: StoredProducers, startOffset = 0) {
    const { endOffset = 0, producers = [] } = structuredClone(stored?.producers) ?? {}
    const open = producers.map(({ transactionStart }) => transactionStart ?? null)
    this.state = new ProducerState(limits, producers)
    this.aborted = new AbortedTransactions(stored?.aborted, { startOffset, endOffset })
    this.#unstable = new UnstableTransactions(open.filter(start => start !== null))
  }

  /** A batch of records is at this offset. */
  update(batch: BatchHeader, baseOffset: number, nowMs: number): void {
    if (this.state.update(batch, baseOffset, nowMs)) this.#unstable.begin(baseOffset)
  }

  /** A marker is at this offset. */
  complete(marker: TransactionMarker, offset: number, nowMs: number): void {
    const firstOffset = this.state.complete(marker, nowMs)
    if (firstOffset === null) return
    this.#unstable.end(firstOffset, offset)
    if (marker.type === 'commit') return
    const aborted = { producerId: marker.producerId, firstOffset, lastOffset: offset }
    this.aborted.add(aborted, this.#unstable.firstOpen ?? offset + 1)
  }

  /** The batch at `at` was found in the log. */
  replay(buffer: Buffer, at: number, header: BatchHeader, nowMs: number): void {
    if (!header.isControl) return this.update(header, header.baseOffset, nowMs)
    const marker = parseMarker(buffer.subarray(at, at + batchSize(buffer, at)))
    if (marker !== undefined) this.complete(marker, header.baseOffset, nowMs)
  }

  /** The first offset of the first transaction that is undecided below the high watermark. */
  firstUnstableOffset(highWatermark: number): number {
    return this.#unstable.firstOffset(highWatermark)
  }

  /** What holds at this end of the log; of the rows of aborted transactions, what has changed. */
  takeChange(endOffset: number): ProducersChange {
    const producers = structuredClone({ endOffset, producers: this.state.rows() })
    return { producers, aborted: this.aborted.takeChanges() }
  }
}
