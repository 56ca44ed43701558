/**
 * What a compaction must know of transactions: whose batches were aborted, and which markers nobody
 * needs any more (Kafka: CleanedTransactionMetadata).
 */
import type { BatchHeader } from '../protocol/record-batch.ts'
import type { AbortedTransaction } from './partition-log.ts'

const fields = 3

/** Producer id, first and last offset of one after the other: many cross threads at little cost. */
export type PackedTransactions = Float64Array

export function packTransactions(transactions: readonly AbortedTransaction[]): PackedTransactions {
  const packed = new Float64Array(fields * transactions.length)
  for (const [i, { producerId, firstOffset, lastOffset }] of transactions.entries()) {
    packed.set([producerId, firstOffset, lastOffset], fields * i)
  }
  return packed
}

/** One pass through a log, from its first batch on. */
export class CleanedTransactions {
  readonly #aborted: PackedTransactions
  /** Numbers of the aborted ones, by producer id and then by offset. */
  readonly #order: Uint32Array
  /** By number: 1 where the pass has come upon a batch. */
  readonly #hasBatches: Uint8Array
  /** Producers of which it has come upon a batch that was not aborted, but not upon its marker. */
  readonly #committed = new Set<number>()

  constructor(aborted: PackedTransactions) {
    const count = aborted.length / fields
    this.#aborted = aborted
    this.#hasBatches = new Uint8Array(count)
    this.#order = Uint32Array.from({ length: count }, (_, i) => i).toSorted((a, b) => {
      return (
        this.#producerId(a) - this.#producerId(b) || this.#firstOffset(a) - this.#firstOffset(b)
      )
    })
  }

  isAborted(header: BatchHeader): boolean {
    return header.isTransactional && this.#numberOf(header) !== undefined
  }

  passBatch(header: BatchHeader): void {
    if (!header.isTransactional) return
    const number = this.#numberOf(header)
    if (number === undefined) this.#committed.add(header.producerId)
    else this.#hasBatches[number] = 1
  }

  /** Whether a batch of its transaction was there, and whether that is one of the aborted. */
  passMarker(header: BatchHeader): { hasBatches: boolean; isListed: boolean } {
    const number = this.#numberOf(header)
    const isListed = number !== undefined
    const hasBatches = isListed
      ? this.#hasBatches[number] === 1
      : this.#committed.delete(header.producerId)
    return { hasBatches, isListed }
  }

  /** Numbers of the aborted ones that end below this offset, and of which no batch was there. */
  emptied(endOffset: number): number[] {
    return [...this.#order].filter(number => {
      return this.#lastOffset(number) < endOffset && this.#hasBatches[number] === 0
    })
  }

  /** The aborted transaction that a batch belongs to. */
  #numberOf({ producerId, baseOffset, lastOffsetDelta }: BatchHeader): number | undefined {
    const offset = baseOffset + lastOffsetDelta
    let [low, high] = [0, this.#order.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const number = this.#order[middle]!
      const isBehind = this.#producerId(number) - producerId || this.#firstOffset(number) - offset
      if (isBehind > 0) high = middle
      else low = middle + 1
    }
    const number = this.#order[low - 1]
    if (number === undefined || this.#producerId(number) !== producerId) return undefined
    return offset <= this.#lastOffset(number) ? number : undefined
  }

  #producerId(number: number): number {
    return this.#aborted[fields * number]!
  }

  #firstOffset(number: number): number {
    return this.#aborted[fields * number + 1]!
  }

  #lastOffset(number: number): number {
    return this.#aborted[fields * number + 2]!
  }
}
