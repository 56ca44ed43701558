/**
 * The transactions that keep a partition's last stable offset back: those that are open, and those
 * whose marker is not durable yet (Kafka: ProducerStateManager's ongoing and unreplicated ones).
 */
export class UnstableTransactions {
  /** First offsets, in ascending order: a transaction begins where the log ends. */
  readonly #open: Set<number>
  /** In the order of their markers. */
  #ended: { firstOffset: number; markerOffset: number }[] = []
  #first = Infinity

  /** `open`: the first offsets of open transactions. */
  constructor(open: readonly number[] = []) {
    this.#open = new Set(open.toSorted((a, b) => a - b))
    this.#findFirst()
  }

  begin(firstOffset: number): void {
    this.#open.add(firstOffset)
    this.#first = Math.min(this.#first, firstOffset)
  }

  /** It stays unstable until its marker is below the high watermark. */
  end(firstOffset: number, markerOffset: number): void {
    this.#open.delete(firstOffset)
    this.#ended.push({ firstOffset, markerOffset })
  }

  /** The first offset of the first open transaction. */
  get firstOpen(): number | undefined {
    return this.#open.values().next().value
  }

  /** The first offset of the first unstable transaction, or Infinity. */
  firstOffset(highWatermark: number): number {
    const [oldest] = this.#ended
    if (oldest !== undefined && oldest.markerOffset < highWatermark) {
      this.#ended = this.#ended.filter(({ markerOffset }) => markerOffset >= highWatermark)
      this.#findFirst()
    }
    return this.#first
  }

  #findFirst(): void {
    this.#first = this.#ended.reduce(
      (first, { firstOffset }) => Math.min(first, firstOffset),
      this.firstOpen ?? Infinity,
    )
  }
}
