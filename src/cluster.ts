import type { ClusterRow, MetadataStore } from '../storage/metadata-store.ts'
import { KafkaError } from '../protocol/errors.ts'
import type { LiveNodes } from './live-nodes.ts'
import type { Random } from './random.ts'

/** As many as Kafka's topics of offsets and of transactions have by default. */
const coordinatorPartitions = 50
/** Producer ids that one commit reserves (Kafka: ProducerIdsBlock, KIP-730). */
const blockSize = 1000

/**
 * Who is in the cluster, and what is one for all of it: its id, and the producer ids that nobody
 * else gets. All nodes run in this process, over one state (virtual brokers).
 */
export class Cluster {
  readonly id: string
  readonly #nodes: LiveNodes
  readonly #store: MetadataStore
  /** Ids in [next, reserved) may be given; those at `reserved` and above are not ours yet. */
  #next: number
  #reserved: number
  #reserving: Promise<void> | undefined
  /** By how many nodes coordinators were moved. */
  #moved = 0

  private constructor(row: ClusterRow, nodes: LiveNodes, store: MetadataStore) {
    this.id = row.clusterId
    this.#nodes = nodes
    this.#store = store
    this.#next = row.nextProducerId
    this.#reserved = row.nextProducerId
  }

  /** Takes the stored cluster, or founds a new one: of this id, if it is given. */
  static async open(
    stored: ClusterRow | undefined,
    nodes: LiveNodes,
    store: MetadataStore,
    random: Random,
    newId: string | null = null,
  ): Promise<Cluster> {
    const row = stored ?? { clusterId: newId ?? random.id(), nextProducerId: 0 }
    const cluster = new Cluster(row, nodes, store)
    if (stored === undefined) await cluster.#save(row.nextProducerId)
    return cluster
  }

  /** Of all nodes, those too that are stopped. */
  get nodeIds(): readonly number[] {
    return this.#nodes.all
  }

  /** Of the nodes that run. */
  get liveIds(): readonly number[] {
    return this.#nodes.ids
  }

  /** The node that answers for all of them where one must. */
  get controllerId(): number {
    return this.liveIds[0] ?? this.nodeIds[0]!
  }

  /** The node that coordinates a group or a transactional id; while it is stopped, another one. */
  coordinatorOf(key: string): number {
    const partition = keyPartition(key, coordinatorPartitions) + this.#moved
    const own = this.nodeIds[partition % this.nodeIds.length]!
    return this.#nodes.has(own) ? own : (this.liveIds[partition % this.liveIds.length] ?? own)
  }

  /** The next node coordinates what one did before, of the nodes that there are. */
  moveCoordinators(): void {
    this.#moved++
  }

  /** Each node coordinates what it did at first. */
  returnCoordinators(): void {
    this.#moved = 0
  }

  /**
   * Throws NOT_COORDINATOR on any other node. An empty key has no coordinator, and passes: what it
   * means is for the coordinator to say.
   */
  checkCoordinator(key: string, nodeId: number): void {
    if (key !== '' && !this.coordinates(key, nodeId)) throw new KafkaError('NOT_COORDINATOR')
  }

  coordinates(key: string, nodeId: number): boolean {
    return this.nodeIds.length === 1 || this.coordinatorOf(key) === nodeId
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

/** Where the coordinators' topics have the records of a group or a transactional id. */
export function keyPartition(key: string, partitions: number): number {
  return Math.abs(javaHash(key)) % partitions
}

/** String.hashCode of Java, by which Kafka finds the partition of a key (Utils.abs). */
function javaHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash === -(2 ** 31) ? 0 : hash
}
