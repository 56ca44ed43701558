import type { Address } from '../call.ts'
import type { Nodes } from '../nodes.ts'

/** A broker of the cluster. */
export class NodeHandle {
  readonly id: number
  /** Where clients connect: 'host:port'. */
  readonly address: string
  readonly #nodes: Nodes

  constructor(id: number, { host, port }: Address, nodes: Nodes) {
    this.id = id
    this.address = `${host}:${port}`
    this.#nodes = nodes
  }

  get isRunning(): boolean {
    return this.#nodes.isRunning(this.id)
  }

  /**
   * Stops it as Kafka does on SIGTERM: others that have a replica in sync lead its partitions, and
   * coordinate its groups; then its connections are closed.
   */
  stop(): Promise<void> {
    return this.#nodes.stop(this.id)
  }

  /** Starts it again, at the same address. */
  start(): Promise<void> {
    return this.#nodes.start(this.id)
  }
}
