import { InFlight, InFlightBatch } from './in-flight.ts'
import { isDone, recordStates, type RecordState } from './record-state.ts'
import type { StateBatch } from './state-batches.ts'

/**
 * The records of a partition that a share group has begun with and is not done with (Kafka:
 * SharePartition). What lies before `startOffset` is done; nothing from `endOffset` on has been
 * delivered. Only data: who acquires and acknowledges is in acquire.ts and acknowledge.ts.
 */
export class RecordsInFlight {
  startOffset: number
  /** After the last record in flight. */
  endOffset: number
  /** In order. Between them there may be offsets without records (compaction). */
  readonly #batches: InFlightBatch[] = []
  /** False where a search for something to deliver again would find nothing. */
  mayHaveAvailable = false

  /**
   * As it was stored. Offsets between stored batches were out for delivery, or never delivered, and
   * may be (Kafka fetches them by way of its GapWindow).
   */
  constructor(startOffset: number, stored: readonly StateBatch[]) {
    this.startOffset = startOffset
    this.endOffset = startOffset
    for (const { firstOffset, lastOffset, deliveryState, deliveryCount } of stored) {
      if (this.endOffset < firstOffset) {
        const gap = new InFlight(recordStates.available, 0)
        this.#batches.push(new InFlightBatch(this.endOffset, firstOffset - 1, gap))
      }
      const state = isDone(deliveryState) ? recordStates.archived : recordStates.available
      const whole = new InFlight(state, deliveryCount)
      this.#batches.push(new InFlightBatch(firstOffset, lastOffset, whole))
      this.endOffset = lastOffset + 1
    }
    this.mayHaveAvailable = this.#batches.length > 0
    this.advance()
  }

  get batches(): readonly InFlightBatch[] {
    return this.#batches
  }

  /** How many records are in flight; what is missing among them counts, too. */
  get count(): number {
    return this.#batches.length === 0 ? 0 : this.endOffset - this.startOffset
  }

  /** Of the records in flight, those that need no further delivery (KIP-1226). */
  get doneCount(): number {
    let count = 0
    for (const batch of this.#batches) {
      for (const { firstOffset, lastOffset, inFlight } of batch.parts(this.startOffset)) {
        const first = Math.max(firstOffset, this.startOffset)
        if (isDone(inFlight.state) && first <= lastOffset) count += lastOffset - first + 1
      }
    }
    return count
  }

  /** Where to read: at the first record that may be delivered again, or at the end. */
  get nextOffset(): number {
    if (!this.mayHaveAvailable) return this.endOffset
    for (const batch of this.#batches) {
      for (const { firstOffset, inFlight } of batch.parts(this.startOffset)) {
        if (inFlight.isAvailable) return Math.max(firstOffset, this.startOffset)
      }
    }
    this.mayHaveAvailable = false
    return this.endOffset
  }

  /** There is room for more, or something to be delivered again. */
  canAcquire(maxRecords: number): boolean {
    return this.nextOffset !== this.endOffset || this.count < maxRecords
  }

  /** When the first lock runs out: milliseconds on the monotonic clock. */
  get nextExpiryMs(): number {
    let earliestMs = Infinity
    for (const batch of this.#batches) {
      for (const { inFlight } of batch.parts()) {
        if (inFlight.isAcquired) earliestMs = Math.min(earliestMs, inFlight.lockedUntilMs)
      }
    }
    return earliestMs
  }

  /** The batch with the offset in it, or else the last one before it. */
  floor(offset: number): InFlightBatch | undefined {
    return this.#batches[this.#indexAfter(offset) - 1]
  }

  /** The batches that begin between two offsets, inclusive. */
  between(from: number, to: number): InFlightBatch[] {
    return this.#batches.slice(this.#indexAfter(from - 1), this.#indexAfter(to))
  }

  /** A batch that overlaps no other. */
  add(batch: InFlightBatch): void {
    this.#batches.splice(this.#indexAfter(batch.firstOffset), 0, batch)
    this.endOffset = Math.max(this.endOffset, batch.lastOffset + 1)
  }

  /** Of the records between two offsets, inclusive, those that are in this state are gone. */
  archive(from: number, to: number, state: RecordState): void {
    if (from > to) return
    for (const batch of this.between(this.floor(from)?.firstOffset ?? from, to)) {
      const isWithin = batch.firstOffset >= from && batch.lastOffset <= to
      const reaches = batch.lastOffset >= from && batch.whole?.isIn(state) === true
      if (reaches && !isWithin) batch.split()
      for (const { firstOffset, lastOffset, inFlight } of batch.parts(from, to)) {
        if (firstOffset >= from && lastOffset <= to && inFlight.isIn(state)) inFlight.archive()
      }
    }
    this.advance()
  }

  /** The log begins here now: what is before is gone, whoever has it. */
  moveStart(logStartOffset: number): void {
    if (logStartOffset <= this.startOffset) return
    this.startOffset = logStartOffset
    this.endOffset = Math.max(this.endOffset, logStartOffset)
    this.advance()
  }

  /** Moves the start over what is done, and forgets batches all of which is. */
  advance(): void {
    let done = 0
    let next = this.endOffset
    for (const batch of this.#batches) {
      cutBefore(batch, this.startOffset)
      const open = firstOpen(batch, this.startOffset)
      if (open !== undefined) {
        next = open
        break
      }
      done++
    }
    if (this.#batches.length > 0) this.startOffset = Math.max(this.startOffset, next)
    this.#batches.splice(0, done)
  }

  /** How many batches begin at the offset or before it. */
  #indexAfter(offset: number): number {
    let [low, high] = [0, this.#batches.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#batches[middle]!.firstOffset <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The first record from an offset on that is not done, or is just becoming so. */
function firstOpen(batch: InFlightBatch, from: number): number | undefined {
  for (const { firstOffset, lastOffset, inFlight } of batch.parts(from)) {
    if (lastOffset < from) continue
    if (inFlight.isChanging || !isDone(inFlight.state)) return Math.max(firstOffset, from)
  }
  return undefined
}

/** Nobody gets records before the start. Those that are changing are cut off when they have. */
function cutBefore(batch: InFlightBatch, startOffset: number): void {
  if (batch.firstOffset >= startOffset || batch.whole?.isChanging === true) return
  if (batch.lastOffset >= startOffset) batch.split()
  for (const { inFlight } of batch.parts(batch.firstOffset, startOffset - 1)) inFlight.archive()
}
