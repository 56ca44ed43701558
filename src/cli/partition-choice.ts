/** To which partition a producer takes a record. */
import { partitionForKey } from '../admin/partitioner.ts'
import type { RecordInput } from '../admin/record-json.ts'
import { systemRandom } from '../random.ts'
import { Failure } from './failure.ts'

/** As Kafka's own producer: by the key, else one partition for some time (KIP-480). */
export class PartitionChoice {
  readonly #topic: string
  readonly #count: number
  #current: number
  #bytes = 0

  constructor(topic: string, count: number) {
    this.#topic = topic
    this.#count = count
    this.#current = systemRandom.below(count)
  }

  partition({ partition, key, value }: RecordInput): number {
    if (partition !== undefined) return this.#checked(partition)
    if (key !== null) return partitionForKey(key, this.#count)
    if (this.#bytes >= stickyBytes) {
      this.#current = (this.#current + 1) % this.#count
      this.#bytes = 0
    }
    this.#bytes += value?.length ?? 0
    return this.#current
  }

  #checked(partition: number): number {
    if (partition < this.#count) return partition
    throw new Failure(
      `${this.#topic} has no partition ${partition}: it has 0 to ${this.#count - 1}`,
      1,
    )
  }
}

/** Kafka's batch.size. */
const stickyBytes = 16_384
