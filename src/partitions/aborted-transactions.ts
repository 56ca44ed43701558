import type { AbortedTransactionsRow } from '../../storage/metadata-store.ts'
import type { AbortedTransaction } from '../../storage/partition-log.ts'

/** So many share a row, which is written anew when one of them comes or goes. */
const chunkTransactions = 512
/** Producer id, first offset, last offset, last stable offset. */
const fieldsEach = 4
const firstOffsetAt = 1
const lastOffsetAt = 2
const stableOffsetAt = 3

/** What a row is to become; null: to be deleted. */
export type ChunkChange = [chunk: number, row: AbortedTransactionsRow | null]

/**
 * The aborted transactions of a partition (Kafka: TransactionIndex), in the order of their markers,
 * which is that of their last stable offsets as well: what was the first open transaction then, or
 * the end of the log. Numbers in flat arrays, for there may be millions; in chunks, each a row.
 */
export class AbortedTransactions {
  /** In ascending order of their numbers, which begin anywhere; none is empty. */
  #chunks: Chunk[] = []
  /** Numbers of rows that are out of date. */
  #changed: Set<number> | undefined
  #removals = 0

  /** `startOffset`, `endOffset`: of the log; what has ended before or behind does not count. */
  constructor(
    rows: Iterable<[chunk: number, row: AbortedTransactionsRow]> = [],
    { startOffset, endOffset } = { startOffset: 0, endOffset: Infinity },
  ) {
    for (const [number, { transactions }] of [...rows].toSorted(([a], [b]) => a - b)) {
      const kept = transactions.filter(([, , last]) => last >= startOffset && last < endOffset)
      if (kept.length > 0) this.#chunks.push(Chunk.of(number, kept))
      if (kept.length < transactions.length || kept.length === 0) this.#note(number)
    }
  }

  /** Another one whenever some were removed. */
  get removals(): number {
    return this.#removals
  }

  /** The last offset must be above all earlier ones. */
  add(transaction: AbortedTransaction, lastStableOffset: number): void {
    let chunk = this.#chunks.at(-1)
    if (chunk === undefined || chunk.count === chunkTransactions) {
      chunk = new Chunk((chunk?.number ?? -1) + 1)
      this.#chunks.push(chunk)
    }
    chunk.add(transaction, lastStableOffset)
    this.#note(chunk.number)
  }

  /** Those with records in [from, to), in the order of their markers. */
  overlapping(from: number, to: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = []
    const first = lowerBound(this.#chunks.length, i => this.#chunks[i]!.lastOffset >= from)
    for (let i = first; i < this.#chunks.length; i++) {
      if (!this.#chunks[i]!.collect(from, to, found)) break
    }
    return found
  }

  /** Removes those whose markers lie below an offset. */
  removeBelow(offset: number): void {
    const kept = this.#chunks.findIndex(({ lastOffset }) => lastOffset >= offset)
    const gone = this.#chunks.splice(0, kept < 0 ? this.#chunks.length : kept)
    for (const { number } of gone) this.#note(number)
    const first = this.#chunks[0]
    const isCut = first !== undefined && first.removeBelow(offset)
    if (isCut) this.#note(first.number)
    if (isCut || gone.length > 0) this.#removals++
  }

  /** Removes those of which compaction has left no batch. */
  remove(transactions: readonly AbortedTransaction[]): void {
    if (transactions.length === 0) return
    const markers = new Set(transactions.map(({ lastOffset }) => lastOffset))
    for (const chunk of this.#chunks) if (chunk.remove(markers)) this.#note(chunk.number)
    this.#chunks = this.#chunks.filter(({ count }) => count > 0)
    this.#removals++
  }

  get hasChanges(): boolean {
    return this.#changed !== undefined
  }

  /** What has changed since it was asked last. */
  takeChanges(): ChunkChange[] {
    const changes = Array.from(this.#changed ?? [], (number): ChunkChange => [
      number,
      this.#row(number),
    ])
    this.#changed = undefined
    return changes
  }

  /** What was taken could not be stored. */
  giveBack(changes: readonly ChunkChange[]): void {
    for (const [number] of changes) this.#note(number)
  }

  /** All rows that may be stored, as they were when the log ended at an offset. */
  rowsAt(endOffset: number): [chunk: number, row: AbortedTransactionsRow][] {
    return Array.from(this.chunkNumbers(), number => {
      const all = this.#row(number)?.transactions ?? []
      return [number, { transactions: all.filter(([, , last]) => last < endOffset) }]
    })
  }

  /** Of all rows that may be stored. */
  chunkNumbers(): Set<number> {
    return new Set([...this.#chunks.map(({ number }) => number), ...(this.#changed ?? [])])
  }

  #note(changed: number): void {
    this.#changed ??= new Set()
    this.#changed.add(changed)
  }

  #row(number: number): AbortedTransactionsRow | null {
    return this.#chunks.find(chunk => chunk.number === number)?.row() ?? null
  }
}

class Chunk {
  readonly number: number
  #fields = new Float64Array(fieldsEach)
  #count = 0

  constructor(number: number) {
    this.number = number
  }

  static of(number: number, transactions: AbortedTransactionsRow['transactions']): Chunk {
    const chunk = new Chunk(number)
    chunk.#fields = new Float64Array(transactions.flat())
    chunk.#count = transactions.length
    return chunk
  }

  get count(): number {
    return this.#count
  }

  get lastOffset(): number {
    return this.#field(this.#count - 1, lastOffsetAt)
  }

  add(transaction: AbortedTransaction, lastStableOffset: number): void {
    const { producerId, firstOffset, lastOffset } = transaction
    if (this.#count * fieldsEach === this.#fields.length) {
      const grown = new Float64Array(this.#fields.length * 2)
      grown.set(this.#fields)
      this.#fields = grown
    }
    const fields = [producerId, firstOffset, lastOffset, lastStableOffset]
    this.#fields.set(fields, this.#count++ * fieldsEach)
  }

  /** False where nothing that follows can overlap. */
  collect(from: number, to: number, found: AbortedTransaction[]): boolean {
    for (let i = this.#indexOf(from); i < this.#count; i++) {
      const firstOffset = this.#field(i, firstOffsetAt)
      if (firstOffset < to) {
        const lastOffset = this.#field(i, lastOffsetAt)
        found.push({ producerId: this.#field(i, 0), firstOffset, lastOffset })
      }
      // What was aborted later begins there, or behind.
      if (this.#field(i, stableOffsetAt) >= to) return false
    }
    return true
  }

  removeBelow(offset: number): boolean {
    const kept = this.#indexOf(offset)
    if (kept === 0) return false
    this.#fields.copyWithin(0, kept * fieldsEach, this.#count * fieldsEach)
    this.#count -= kept
    return true
  }

  /** By the offsets of their markers. */
  remove(markers: ReadonlySet<number>): boolean {
    let kept = 0
    for (let i = 0; i < this.#count; i++) {
      if (markers.has(this.#field(i, lastOffsetAt))) continue
      this.#fields.copyWithin(kept * fieldsEach, i * fieldsEach, (i + 1) * fieldsEach)
      kept++
    }
    const isCut = kept < this.#count
    this.#count = kept
    return isCut
  }

  row(): AbortedTransactionsRow {
    const transactions = Array.from({ length: this.#count }, (_, i) => {
      const at = i * fieldsEach
      const fields = Array.from(this.#fields.subarray(at, at + fieldsEach))
      return fields as AbortedTransactionsRow['transactions'][number]
    })
    return { transactions }
  }

  /** Of the first one whose marker is at an offset or above. */
  #indexOf(offset: number): number {
    return lowerBound(this.#count, i => this.#field(i, lastOffsetAt) >= offset)
  }

  #field(index: number, at: number): number {
    return this.#fields[index * fieldsEach + at]!
  }
}

/** The first of [0, count) for which it is true, as it is for all behind; else `count`. */
function lowerBound(count: number, isReached: (index: number) => boolean): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isReached(middle)) high = middle
    else low = middle + 1
  }
  return low
}
