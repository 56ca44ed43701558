import type { Part } from './in-flight.ts'
import type { RecordState } from './record-state.ts'
import type { StateBatch } from './state-batches.ts'

/** Records that come back from delivery, all of them or none: for the time until that is stored. */
export class PendingChange {
  readonly #parts: Part[] = []

  get isEmpty(): boolean {
    return this.#parts.length === 0
  }

  /** See InFlight.change. */
  add(part: Part, to: RecordState, deliveryCountLimit: number): void {
    part.inFlight.change(to, deliveryCountLimit)
    this.#parts.push(part)
  }

  /** What is to be stored. */
  get batches(): StateBatch[] {
    return this.#parts.map(({ firstOffset, lastOffset, inFlight }) => {
      const { state: deliveryState, deliveryCount } = inFlight
      return { firstOffset, lastOffset, deliveryState, deliveryCount }
    })
  }

  settle(): void {
    for (const { inFlight } of this.#parts) inFlight.settle()
  }

  undo(): void {
    for (const { inFlight } of this.#parts) inFlight.undo()
  }
}
