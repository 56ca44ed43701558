/** Who gets which records (Kafka: SharePartition.acquire; KIP-932, KIP-1206). */
import { InFlight, InFlightBatch } from './in-flight.ts'
import { recordStates } from './record-state.ts'
import type { RecordsInFlight } from './records-in-flight.ts'

/** Batches of the log, by their offsets. */
export interface LogBatch {
  baseOffset: number
  lastOffset: number
}

/** What a consumer asks for, and what was read for it. */
export interface Acquisition {
  memberId: string
  /** Never more than maxRecords; otherwise the last batch is given as a whole. */
  isRecordLimit: boolean
  maxRecords: number
  /** Records that are best acquired and acknowledged together. */
  batchSize: number
  /** Where the log was read. */
  fetchOffset: number
  /** At least one. */
  batches: readonly LogBatch[]
  /** Those of them that belong to aborted transactions, for who wants committed records only. */
  aborted: readonly LogBatch[]
  /** Milliseconds on the monotonic clock. */
  lockedUntilMs: number
  deliveryCountLimit: number
  /** Records of the partition that may be in flight. */
  maxRecordLocks: number
}

/** Records that somebody has got, and for which time. */
export interface AcquiredRecords {
  firstOffset: number
  /** Inclusive. */
  lastOffset: number
  deliveryCount: number
}

export interface Acquired {
  records: AcquiredRecords[]
  count: number
}

/** A delivery that is not the last one but for many records at once may still be held up by one. */
const minThrottledDeliveries = 2

/** Acquires what is available of what was read, and what is new. */
export function acquire(flight: RecordsInFlight, request: Acquisition): Acquired {
  const [firstBatch, lastBatch] = [request.batches[0]!, request.batches.at(-1)!]
  const nothing = { records: [], count: 0 }
  if (request.maxRecords <= 0 || lastBatch.lastOffset < flight.startOffset) return nothing
  const { lastOffset, maxRecords } = limits(flight, request, lastBatch.lastOffset)
  if (maxRecords <= 0) return nothing
  // What was to be read and is not in the log any more was compacted away.
  flight.archive(request.fetchOffset, firstBatch.baseOffset - 1, recordStates.available)
  const floor = flight.floor(firstBatch.baseOffset)
  const firstOffset =
    floor !== undefined && floor.lastOffset >= firstBatch.baseOffset
      ? floor.firstOffset
      : Math.max(firstBatch.baseOffset, floor === undefined ? flight.startOffset : 0)
  const from = Math.min(firstBatch.baseOffset, firstOffset)
  const known = flight.between(from, lastOffset)
  const run = new Run(
    flight,
    request,
    { firstOffset: firstBatch.baseOffset, lastOffset },
    maxRecords,
  )
  for (const batch of known) run.take(batch)
  const newOffset = known.length === 0 ? firstOffset : known.at(-1)!.lastOffset + 1
  if (newOffset <= lastOffset) run.takeNew(newOffset)
  return request.aborted.length === 0 ? run : withoutAborted(flight, run, request.aborted)
}

/**
 * Nobody gets the records of aborted transactions. As in Kafka, they count up to here, and markers
 * are delivered like records: clients acknowledge them as gaps. (Kafka: SharePartition
 * .maybeFilterAbortedTransactionalAcquiredRecords)
 */
function withoutAborted(
  flight: RecordsInFlight,
  acquired: Acquired,
  aborted: readonly LogBatch[],
): Acquired {
  let { records } = acquired
  for (const batch of aborted) {
    flight.archive(batch.baseOffset, batch.lastOffset, recordStates.acquired)
    records = records.flatMap(each => without(each, batch))
  }
  const sizes = records.map(({ firstOffset, lastOffset }) => lastOffset - firstOffset + 1)
  return { records, count: sizes.reduce((sum, size) => sum + size, 0) }
}

function without(
  records: AcquiredRecords,
  { baseOffset, lastOffset }: LogBatch,
): AcquiredRecords[] {
  const before = { ...records, lastOffset: Math.min(records.lastOffset, baseOffset - 1) }
  const after = { ...records, firstOffset: Math.max(records.firstOffset, lastOffset + 1) }
  return [before, after].filter(part => part.firstOffset <= part.lastOffset)
}

/**
 * Where as many records are in flight as may be, only such of them can be acquired that have come
 * back.
 */
function limits(
  { count, endOffset }: RecordsInFlight,
  { maxRecords, maxRecordLocks, fetchOffset }: Acquisition,
  lastOffset: number,
): { lastOffset: number; maxRecords: number } {
  const room = maxRecordLocks - count
  if (room > 0) return { lastOffset, maxRecords: Math.min(maxRecords, room) }
  return {
    lastOffset: Math.min(lastOffset, endOffset - 1),
    maxRecords: Math.min(maxRecords, endOffset - fetchOffset),
  }
}

/** After how many deliveries fewer records are delivered together, so that a bad one stands out. */
function throttledFrom(deliveryCountLimit: number): number {
  return Math.max(minThrottledDeliveries, Math.ceil(deliveryCountLimit / 2))
}

/** One acquisition under way. */
class Run {
  readonly records: AcquiredRecords[] = []
  count = 0
  readonly #flight: RecordsInFlight
  readonly #request: Acquisition
  /** What was read. */
  readonly #read: { firstOffset: number; lastOffset: number }
  #maxRecords: number

  constructor(
    flight: RecordsInFlight,
    request: Acquisition,
    read: { firstOffset: number; lastOffset: number },
    maxRecords: number,
  ) {
    this.#flight = flight
    this.#request = request
    this.#read = read
    this.#maxRecords = maxRecords
  }

  get #left(): number {
    return this.#maxRecords - this.count
  }

  /** Acquires of a batch that was delivered before what has come back. */
  take(batch: InFlightBatch): void {
    if (this.#left <= 0) return
    const { firstOffset, lastOffset } = this.#read
    const isThrottled = this.#isThrottled(batch)
    if (isThrottled && this.count > 0) {
      this.#maxRecords = 0
      return
    }
    const isWithin = batch.firstOffset >= firstOffset && batch.lastOffset <= lastOffset
    const isTooLarge = this.#request.isRecordLimit && batch.size > this.#left
    const { whole } = batch
    if (whole !== undefined && !whole.isAvailable) return
    if (whole !== undefined && isWithin && !isTooLarge && !isThrottled) {
      this.#acquire(whole)
      this.#add(batch.firstOffset, batch.lastOffset, whole.deliveryCount)
      return
    }
    batch.split()
    const before = this.count
    this.#takeEach(batch)
    if (isThrottled && this.count > before) this.#maxRecords = 0
  }

  /** Acquires what was not delivered before. */
  takeNew(offset: number): void {
    if (this.#left <= 0) return
    const { isRecordLimit } = this.#request
    const flight = this.#flight
    const isEmpty = flight.batches.length === 0
    const first = isEmpty ? Math.max(offset, flight.endOffset) : offset
    const last = this.#lastNew(first)
    if (isEmpty) flight.startOffset = first
    const pieces = isRecordLimit ? [{ first, last }] : this.#pieces(first, last)
    for (const piece of pieces) this.#addNew(piece.first, piece.last)
  }

  /** The end of the batch with the last record that is asked for, as far as it was read. */
  #lastNew(first: number): number {
    const { lastOffset } = this.#read
    const wanted = first + this.#left - 1
    if (wanted >= lastOffset) return lastOffset
    const batch = this.#request.batches.findLast(({ baseOffset }) => baseOffset <= wanted)
    return Math.max(wanted, batch?.lastOffset ?? wanted)
  }

  /** Whole batches of the log, in pieces of `batchSize` or a little more. */
  #pieces(first: number, last: number): { first: number; last: number }[] {
    const pieces: { first: number; last: number }[] = []
    let from = first
    for (const { baseOffset } of this.#request.batches) {
      if (baseOffset > last) break
      if (baseOffset - from < Math.max(1, this.#request.batchSize)) continue
      pieces.push({ first: from, last: baseOffset - 1 })
      from = baseOffset
    }
    return [...pieces, { first: from, last }]
  }

  #addNew(first: number, last: number): void {
    const whole = new InFlight(recordStates.available, 0)
    const batch = new InFlightBatch(first, last, whole)
    this.#flight.add(batch)
    if (this.#request.isRecordLimit && batch.size > this.#left) {
      batch.split()
      this.#flight.mayHaveAvailable = true
      this.#takeEach(batch)
    } else {
      this.#acquire(whole)
      this.#add(first, last, whole.deliveryCount)
    }
  }

  /**
   * Record by record. One that is delivered for the last time is delivered alone, and before that
   * fewer at a time, so that one bad record does not take the others of its batch with it.
   */
  #takeEach(batch: InFlightBatch): void {
    const { isRecordLimit, deliveryCountLimit } = this.#request
    const { firstOffset: from, lastOffset: to } = this.#read
    const isolates = deliveryCountLimit > minThrottledDeliveries
    const throttled = throttledFrom(deliveryCountLimit)
    let most = isRecordLimit ? this.#left : Infinity
    let throttledMost: number | undefined
    let taken = 0
    const records: AcquiredRecords[] = []
    for (const { firstOffset: offset, inFlight } of batch.parts(from, to)) {
      if (!inFlight.isAvailable) continue
      const { deliveryCount } = inFlight
      const isLast = isolates && deliveryCount === deliveryCountLimit - 1
      if (isLast && taken > 0) break
      if (deliveryCount >= throttled && throttledMost === undefined) {
        throttledMost = Math.max(1, batch.size >> (deliveryCount - throttled + 1))
        most = Math.min(most, throttledMost)
      }
      this.#acquire(inFlight)
      append(records, offset, inFlight.deliveryCount)
      taken++
      if (isLast || taken >= most) break
    }
    for (const { firstOffset, lastOffset, deliveryCount } of records) {
      this.#add(firstOffset, lastOffset, deliveryCount)
    }
  }

  #isThrottled(batch: InFlightBatch): boolean {
    const throttled = throttledFrom(this.#request.deliveryCountLimit)
    const { firstOffset, lastOffset } = this.#read
    for (const { inFlight } of batch.parts(firstOffset, lastOffset)) {
      if (inFlight.isAvailable && inFlight.deliveryCount >= throttled) return true
    }
    return false
  }

  #acquire(inFlight: InFlight): void {
    inFlight.acquire(this.#request.memberId, this.#request.lockedUntilMs)
  }

  #add(firstOffset: number, lastOffset: number, deliveryCount: number): void {
    this.records.push({ firstOffset, lastOffset, deliveryCount })
    this.count += lastOffset - firstOffset + 1
  }
}

/** One more record, in one range with its neighbour if that was delivered as often. */
function append(records: AcquiredRecords[], offset: number, deliveryCount: number): void {
  const last = records.at(-1)
  if (last?.lastOffset === offset - 1 && last.deliveryCount === deliveryCount) {
    last.lastOffset = offset
  } else {
    records.push({ firstOffset: offset, lastOffset: offset, deliveryCount })
  }
}
