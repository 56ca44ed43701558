import type { BatchHeader } from '../../protocol/record-batch.ts'

const firstSweepAt = 1000

interface Unverified {
  epoch: number
  lowestSequence: number
  startsAtZero: boolean
  sinceMs: number
}

/**
 * Where the sequences of producers begin that wait to be let into their transaction, or were not:
 * while a batch may be tried again, none that follows it is appended before it, not even where
 * nothing is known of its producer (Kafka: VerificationStateEntry).
 */
export class UnverifiedSequences {
  readonly #byProducer = new Map<number, Unverified>()
  #sweepAt = firstSweepAt

  /** `startsAtZero`: the producer's epoch rises with each transaction, and so it begins anew. */
  note(
    { producerId, producerEpoch: epoch, baseSequence }: BatchHeader,
    startsAtZero: boolean,
    nowMs: number,
  ): void {
    const known = this.#byProducer.get(producerId)
    const fresh = { epoch, lowestSequence: baseSequence, startsAtZero, sinceMs: nowMs }
    if (known === undefined) {
      this.#byProducer.set(producerId, fresh)
    } else if (epoch > known.epoch) {
      const { startsAtZero, sinceMs } = known
      this.#byProducer.set(producerId, { ...fresh, startsAtZero, sinceMs })
    } else if (epoch === known.epoch) {
      known.lowestSequence = Math.min(known.lowestSequence, baseSequence)
    }
  }

  /** Whether a batch may be the next one; `isFirst`: nothing of its producer is known. */
  allows({ producerId, baseSequence }: BatchHeader, isFirst: boolean): boolean {
    const known = this.#byProducer.get(producerId)
    if (known === undefined) return true
    if (known.startsAtZero && isFirst && baseSequence !== 0) return false
    return baseSequence <= known.lowestSequence
  }

  /** A batch of the producer's transaction was appended. */
  forget(producerId: number): void {
    this.#byProducer.delete(producerId)
  }

  /** A marker was: the producer may wait for its next transaction already, in the same epoch. */
  forgetEnded(producerId: number, markerEpoch: number): void {
    const known = this.#byProducer.get(producerId)
    if (known?.startsAtZero && known.epoch === markerEpoch) return
    this.forget(producerId)
  }

  /** Those that have waited since an earlier time are not tried again. */
  sweep(sinceMs: number): void {
    if (this.#byProducer.size <= this.#sweepAt) return
    for (const [id, known] of this.#byProducer) {
      if (known.sinceMs < sinceMs) this.#byProducer.delete(id)
    }
    this.#sweepAt = Math.max(firstSweepAt, this.#byProducer.size * 2)
  }
}
