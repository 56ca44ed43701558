import type { ClusterRow, MetadataStore } from '../storage/metadata-store.ts'
import type { Random } from './random.ts'

/** Producer ids that one commit reserves (Kafka: ProducerIdsBlock, KIP-730). */
const blockSize = 1000

/** What is one for the whole cluster: its id, and the producer ids that nobody else gets. */
export class Cluster {
  readonly id: string
  readonly #store: MetadataStore
  /** Ids in [next, reserved) may be given; those at `reserved` and above are not ours yet. */
  #next: number
  #reserved: number
  #reserving: Promise<void> | undefined

  private constructor(row: ClusterRow, store: MetadataStore) {
    this.id = row.clusterId
    this.#store = store
    this.#next = row.nextProducerId
    this.#reserved = row.nextProducerId
  }

  /** Takes the stored cluster, or founds a new one. */
  static async open(
    stored: ClusterRow | undefined,
    store: MetadataStore,
    random: Random,
  ): Promise<Cluster> {
    const row = stored ?? { clusterId: random.id(), nextProducerId: 0 }
    const cluster = new Cluster(row, store)
    if (stored === undefined) await cluster.#save(row.nextProducerId)
    return cluster
  }

  /** A producer id that was never given before, not even before a crash. */
  async nextProducerId(): Promise<number> {
    while (this.#next >= this.#reserved) {
      this.#reserving ??= this.#reserve()
      await this.#reserving
    }
    return this.#next++
  }

  async #reserve(): Promise<void> {
    const reserved = this.#reserved + blockSize
    await this.#save(reserved)
    this.#reserved = reserved
    this.#reserving = undefined
  }

  #save(nextProducerId: number): Promise<void> {
    const value = { clusterId: this.id, nextProducerId }
    return this.#store.commit([{ kind: 'cluster', key: 'cluster', value }])
  }
}
