/**
 * What a compacted log must hold of transactions: all that was committed or is undecided, and the
 * marker of each transaction of which there is a batch.
 */
import { expect } from 'vitest'
import { encodeMarker } from '../../protocol/control-records.ts'
import { lastOffset, parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords, encodeBatch, type NewRecord } from '../../protocol/records.ts'
import type {
  AbortedTransaction,
  CompactionContext,
  PartitionLog,
} from '../../storage/partition-log.ts'
import { CompactedLogModel } from './compacted-log-model.ts'
import type { ModelBatch } from './log-model.ts'

const producers = 3

interface ModelTransaction {
  producerId: number
  firstOffset: number
  /** Once it was decided it stays so, even if its marker is lost. */
  result: 'commit' | 'abort' | undefined
  marker: number | undefined
  /** Nobody is told of it any more. */
  isForgotten: boolean
}

export class TransactionalLogModel extends CompactedLogModel {
  #transactions: ModelTransaction[] = []
  #random: () => number = () => 0

  protected override newBatch(
    text: string,
    random: () => number,
  ): Pick<ModelBatch, 'records' | 'bytes'> {
    this.#random = random
    if (random() < 0.2) return super.newBatch(text, random)
    const producerId = Math.floor(random() * producers)
    const open = this.#openOf(producerId)
    if (open !== undefined && (open.result !== undefined || random() < 0.4)) return this.#end(open)
    if (open === undefined) this.#begin(producerId)
    const records = this.newRecords(text, random)
    const fields = { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true }
    return { records, bytes: encodeBatch({ records, ...fields }) }
  }

  #begin(producerId: number): void {
    const open = { result: undefined, marker: undefined, isForgotten: false }
    this.#transactions.push({ producerId, firstOffset: this.endOffset, ...open })
  }

  #end(transaction: ModelTransaction): Pick<ModelBatch, 'records' | 'bytes'> {
    transaction.result ??= this.#random() < 0.5 ? 'commit' : 'abort'
    transaction.marker = this.endOffset
    const { result: type, producerId } = transaction
    const marker = { type, producerId, producerEpoch: 0, coordinatorEpoch: 0 }
    const bytes = encodeMarker(marker, Math.floor(this.#random() * 10_000))
    return { bytes, records: [...decodeRecords(bytes, 1000)] }
  }

  #openOf(producerId: number): ModelTransaction | undefined {
    return this.#transactions.find(each => {
      return each.producerId === producerId && each.marker === undefined
    })
  }

  protected override told({ durableOffset }: PartitionLog): Partial<CompactionContext> {
    const unstable = this.#transactions.filter(
      ({ marker }) => marker === undefined || marker >= durableOffset,
    )
    const stableOffset = Math.min(Infinity, ...unstable.map(({ firstOffset }) => firstOffset))
    const aborted = this.#listed().filter(({ firstOffset }) => firstOffset < stableOffset)
    return {
      stableOffset,
      abortedTransactions: () =>
        aborted.map(({ producerId, firstOffset, marker }) => {
          return { producerId, firstOffset, lastOffset: marker! }
        }),
    }
  }

  #listed(): ModelTransaction[] {
    return this.#transactions.filter(({ result, marker, isForgotten }) => {
      return result === 'abort' && marker !== undefined && !isForgotten
    })
  }

  /** A crash may come before that is stored: then it is told again. */
  protected override emptied(transactions: readonly AbortedTransaction[]): void {
    const markers = new Set(transactions.map(each => each.lastOffset))
    for (const each of this.#listed()) {
      if (markers.has(each.marker!) && this.#random() < 0.7) each.isForgotten = true
    }
  }

  protected override counts(offset: number): boolean {
    const { isControl, transaction } = this.#about(offset)
    return !isControl && (transaction === undefined || transaction.result === 'commit')
  }

  protected override isUnneeded(offset: number, record: NewRecord): boolean {
    const { isControl, transaction } = this.#about(offset)
    if (isControl) return this.dropsTombstones
    if (transaction?.result === 'abort') return true
    return this.counts(offset) && super.isUnneeded(offset, record)
  }

  #about(offset: number): { isControl: boolean; transaction: ModelTransaction | undefined } {
    const batch = this.batches.findLast(({ baseOffset }) => baseOffset <= offset)
    return this.#transactionOf(batch!.bytes, offset)
  }

  #transactionOf(bytes: Buffer, offset: number) {
    const { isControl, isTransactional, producerId } = parseBatchHeader(bytes)
    const transaction = isTransactional
      ? this.#transactions.findLast(each => {
          return each.producerId === producerId && each.firstOffset <= offset
        })
      : undefined
    return { isControl, transaction }
  }

  /** Where there is a batch, there is its marker; and so it is while readers are told of it. */
  protected override expectWhole(
    batches: readonly Buffer[],
    { startOffset }: PartitionLog,
    end: number,
  ): void {
    const needed = new Set(this.#listed())
    const markers = new Set<number>()
    for (const batch of batches) {
      const offset = lastOffset(batch)
      const { isControl, transaction } = this.#transactionOf(batch, offset)
      if (!isControl && transaction !== undefined) needed.add(transaction)
      if (isControl && parseBatchHeader(batch).recordCount > 0) markers.add(offset)
    }
    const read = batches.length === 0 ? 0 : lastOffset(batches.at(-1)!) + 1
    for (const { marker } of needed) {
      if (marker === undefined || marker < startOffset || marker >= Math.min(end, read)) continue
      expect(markers.has(marker)).toBe(true)
    }
  }

  override deleted(): void {
    super.deleted()
    this.#transactions = []
  }

  override async recovered(
    log: PartitionLog,
    floor: number | undefined,
    random: () => number,
  ): Promise<void> {
    const { endOffset } = log
    this.#transactions = this.#transactions.filter(({ firstOffset }) => firstOffset < endOffset)
    for (const transaction of this.#transactions) {
      if ((transaction.marker ?? -1) >= endOffset) transaction.marker = undefined
    }
    await super.recovered(log, floor, random)
  }
}
