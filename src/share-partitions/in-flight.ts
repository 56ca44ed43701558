import { recordStates, type RecordState } from './record-state.ts'

const { available, acquired, archived } = recordStates

/** Of records that nobody has. */
const nobody = ''

/**
 * What is known of a record that is in flight, or of all records of a batch that share their fate
 * (Kafka: InFlightState). A change for which somebody waits takes effect when it is stored: until
 * `settle` or `undo`, the record is in neither state for anybody else.
 */
export class InFlight {
  #state: RecordState
  deliveryCount: number
  #memberId = nobody
  /** Milliseconds on the monotonic clock; whoever has the record has it until then. */
  lockedUntilMs = Infinity
  #before: { state: RecordState; memberId: string } | undefined

  constructor(state: RecordState, deliveryCount: number) {
    this.#state = state
    this.deliveryCount = deliveryCount
  }

  get state(): RecordState {
    return this.#state
  }

  /** Who has the record. */
  get memberId(): string {
    return this.#memberId
  }

  /** Its last change is being stored. */
  get isChanging(): boolean {
    return this.#before !== undefined
  }

  /** It may be delivered. */
  get isAvailable(): boolean {
    return this.isIn(available)
  }

  /** It is out for delivery. */
  get isAcquired(): boolean {
    return this.isIn(acquired)
  }

  /** For everybody. */
  isIn(state: RecordState): boolean {
    return this.#state === state && !this.isChanging
  }

  /** Is delivered once more. */
  acquire(memberId: string, lockedUntilMs: number): void {
    this.#state = acquired
    this.#memberId = memberId
    this.lockedUntilMs = lockedUntilMs
    this.deliveryCount++
  }

  /** Comes back from delivery; what has been delivered too often is given up. */
  change(to: RecordState, deliveryCountLimit: number): void {
    this.#before = { state: this.#state, memberId: this.#memberId }
    const isGivenUp = to === available && this.deliveryCount >= deliveryCountLimit
    this.#state = isGivenUp ? archived : to
    this.#memberId = nobody
  }

  /** The change is stored. */
  settle(): void {
    this.#before = undefined
    if (this.#state !== acquired) this.lockedUntilMs = Infinity
  }

  /** The change did not come about. The lock goes on as if nothing had been. */
  undo(): void {
    if (this.#before === undefined) return
    this.#state = this.#before.state
    this.#memberId = this.#before.memberId
    this.#before = undefined
  }

  /** Whatever it was, the record is gone. */
  archive(): void {
    this.#state = archived
    this.#memberId = nobody
    this.#before = undefined
    this.lockedUntilMs = Infinity
  }

  copy(): InFlight {
    const copy = new InFlight(this.#state, this.deliveryCount)
    copy.#memberId = this.#memberId
    copy.lockedUntilMs = this.lockedUntilMs
    return copy
  }
}

/** Records in a row, and what is known of them. */
export interface Part {
  firstOffset: number
  /** Inclusive. */
  lastOffset: number
  inFlight: InFlight
}

/** Records that were acquired together (Kafka: InFlightBatch). */
export class InFlightBatch {
  readonly firstOffset: number
  /** Inclusive. */
  readonly lastOffset: number
  #whole: InFlight | undefined
  #each: InFlight[] = []

  constructor(firstOffset: number, lastOffset: number, whole: InFlight) {
    this.firstOffset = firstOffset
    this.lastOffset = lastOffset
    this.#whole = whole
  }

  get size(): number {
    return this.lastOffset - this.firstOffset + 1
  }

  /** What all records have in common, while they do. */
  get whole(): InFlight | undefined {
    return this.#whole
  }

  /** From now on, each record goes its own way. A batch that is changing is not split. */
  split(): void {
    const whole = this.#whole
    if (whole === undefined) return
    this.#each = Array.from({ length: this.size }, () => whole.copy())
    this.#whole = undefined
  }

  /** Everything between two offsets, inclusive, in parts that go one way each. */
  *parts(from = this.firstOffset, to = this.lastOffset): Generator<Part> {
    if (this.#whole !== undefined) {
      const { firstOffset, lastOffset } = this
      yield { firstOffset, lastOffset, inFlight: this.#whole }
      return
    }
    const last = Math.min(to, this.lastOffset)
    for (let offset = Math.max(from, this.firstOffset); offset <= last; offset++) {
      const inFlight = this.#each[offset - this.firstOffset]!
      yield { firstOffset: offset, lastOffset: offset, inFlight }
    }
  }
}
