import { parseMarker } from '../../protocol/control-records.ts'
import { parseBatchHeader } from '../../protocol/record-batch.ts'

export interface OpenTransaction {
  producerId: number
  producerEpoch: number
  firstOffset: number
}

/** What the batches of a log tell of transactions; of some, compaction has left the marker only. */
export interface TransactionsReport {
  commits: number
  aborts: number
  /** Those that no marker ends, in the order in which they begin. */
  open: OpenTransaction[]
}

/** Is told of each batch of a log, in the order of offsets. */
export class InspectedTransactions {
  readonly #open = new Map<number, OpenTransaction>()
  readonly #markers = { commit: 0, abort: 0 }

  add(batch: Buffer): void {
    const header = parseBatchHeader(batch)
    const { producerId, producerEpoch, baseOffset: firstOffset } = header
    if (header.isControl) {
      const marker = parseMarker(batch)
      if (marker === undefined) return
      this.#markers[marker.type]++
      this.#open.delete(producerId)
    } else if (header.isTransactional && !this.#open.has(producerId)) {
      this.#open.set(producerId, { producerId, producerEpoch, firstOffset })
    }
  }

  report(): TransactionsReport {
    const { commit, abort } = this.#markers
    return { commits: commit, aborts: abort, open: [...this.#open.values()] }
  }
}
