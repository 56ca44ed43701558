import { batchSize, type BatchHeader } from '../../protocol/record-batch.ts'
import { parseMarker, type TransactionMarker } from '../../protocol/control-records.ts'
import type { AbortedTransactionsRow, ProducersRow } from '../../storage/metadata-store.ts'
import type { PartitionLog } from '../../storage/partition-log.ts'
import { AbortedTransactions, type ChunkChange } from './aborted-transactions.ts'
import { ProducerState, type ProducerLimits } from './producer-state.ts'
import { replay } from './replay.ts'
import { UnstableTransactions } from './unstable-transactions.ts'

/** A crash replays at most about this much log. */
const storeEveryBytes = 64 * 1024 * 1024

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
  /** None until there are transactions: most partitions of many have none. */
  #unstable: UnstableTransactions | undefined
  #row: ProducersRow | undefined
  #bytesSinceStored = 0

  /** `startOffset`: of the log. */
  constructor(limits: ProducerLimits, stored?: StoredProducers, startOffset = 0) {
    this.#row = stored?.producers
    const { endOffset = 0, producers = [] } = structuredClone(this.#row) ?? {}
    const open = producers.flatMap(({ transactionStart }) => transactionStart ?? [])
    this.state = new ProducerState(limits, producers)
    this.aborted = new AbortedTransactions(stored?.aborted, { startOffset, endOffset })
    if (open.length > 0) this.#unstable = new UnstableTransactions(open)
  }

  /** From what was stored and the log after it; damage in there takes the log offline. */
  static async open(
    limits: ProducerLimits,
    stored: StoredProducers | undefined,
    log: PartitionLog,
    nowMs: number,
  ): Promise<PartitionProducers> {
    const row = stored?.producers
    // A row from beyond the log's end describes records that a power loss took.
    const isUsable = row === undefined || row.endOffset <= log.endOffset
    const usable = isUsable ? stored : { ...stored!, producers: undefined }
    const opened = new PartitionProducers(limits, usable, log.startOffset)
    const from = Math.max(log.startOffset, opened.#row?.endOffset ?? 0)
    try {
      await replay(log, from, (buffer, at, header) => opened.replay(buffer, at, header, nowMs))
    } catch (error) {
      if (log.failure === undefined) throw error
    }
    return opened
  }

  /** A batch of records is at this offset. */
  update(batch: BatchHeader, baseOffset: number, nowMs: number): void {
    if (!this.state.update(batch, baseOffset, nowMs)) return
    this.#unstable ??= new UnstableTransactions()
    this.#unstable.begin(baseOffset)
  }

  /** A marker is at this offset. */
  complete(marker: TransactionMarker, offset: number, nowMs: number): void {
    const firstOffset = this.state.complete(marker, nowMs)
    if (firstOffset === null) return
    this.#unstable!.end(firstOffset, offset)
    if (marker.type === 'commit') return
    const aborted = { producerId: marker.producerId, firstOffset, lastOffset: offset }
    this.aborted.add(aborted, this.#unstable!.firstOpen ?? offset + 1)
  }

  /** The batch at `at` was found in a log. */
  replay(buffer: Buffer, at: number, header: BatchHeader, nowMs: number): void {
    if (!header.isControl) return this.update(header, header.baseOffset, nowMs)
    const marker = parseMarker(buffer.subarray(at, at + batchSize(buffer, at)))
    if (marker !== undefined) this.complete(marker, header.baseOffset, nowMs)
  }

  /** The first offset of the first transaction that is undecided below the high watermark. */
  firstUnstableOffset(highWatermark: number): number {
    return this.#unstable?.firstOffset(highWatermark) ?? Infinity
  }

  /** What was stored last. */
  get stored(): StoredProducers {
    return { producers: this.#row, aborted: this.aborted.rowsAt(this.#row?.endOffset ?? 0) }
  }

  /** Whether what is stored is what holds at this end of the log: without records, nothing. */
  isStoredAt(endOffset: number): boolean {
    return (this.#row?.endOffset ?? 0) === endOffset && !this.aborted.hasChanges
  }

  /** Whether to store again, after so many bytes more. */
  isDue(appendedBytes: number): boolean {
    this.#bytesSinceStored += appendedBytes
    return this.#bytesSinceStored > storeEveryBytes
  }

  /** What holds at this end of the log; of the rows of aborted transactions, what has changed. */
  takeChange(endOffset: number): ProducersChange {
    this.#bytesSinceStored = 0
    const producers = structuredClone({ endOffset, producers: this.state.rows() })
    return { producers, aborted: this.aborted.takeChanges() }
  }

  /** What was taken is stored, or could not be. */
  settle({ producers, aborted }: ProducersChange, isStored: boolean): void {
    if (isStored) this.#row = producers
    else this.aborted.giveBack(aborted)
  }
}
