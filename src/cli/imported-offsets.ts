/** Where the records of an import have come to lie: offsets of groups count them. */
import { partitionKey, type TopicPartition } from '../client/offsets.ts'

/** Records one after the other. */
interface Run {
  /** How many of the partition came before. */
  readonly from: number
  readonly offset: number
}

export class ImportedOffsets {
  readonly #runs = new Map<string, Run[]>()
  readonly #counts = new Map<string, number>()

  /** The next record of a partition, in its order. */
  see(topic: string, partition: number, offset: number): void {
    const key = partitionKey({ topic, partition })
    const runs = this.#runs.get(key) ?? []
    const count = this.#counts.get(key) ?? 0
    const last = runs.at(-1)
    const isNext = last !== undefined && offset === last.offset + count - last.from
    if (!isNext) runs.push({ from: count, offset })
    this.#runs.set(key, runs)
    this.#counts.set(key, count + 1)
  }

  /** The offset after so many records; where there were none, that number. */
  of({ offset: records, ...partition }: TopicPartition & { readonly offset: number }): number {
    const runs = this.#runs.get(partitionKey(partition)) ?? []
    // Done with all of a run is done up to its end: what lies behind it came from elsewhere.
    const run = runs.findLast(({ from }) => from < records) ?? runs[0]
    return run === undefined ? records : run.offset + records - run.from
  }
}
