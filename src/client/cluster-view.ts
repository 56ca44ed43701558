/** What a client knows of a cluster: addresses, leaders, coordinators; all may be outdated. */
import type { BrokerAddress } from './address.ts'
import type { Metadata } from './client.ts'

type CoordinatorType = 0 | 1

export class ClusterView {
  #controllerId: number | undefined
  readonly #addresses = new Map<number, BrokerAddress>()
  /** By topic, then by partition. */
  readonly #leaders = new Map<string, Map<number, number>>()
  readonly #coordinators = new Map<string, number>()

  /** An answer names all brokers, and the topics that were asked for. */
  learn({ brokers, controllerId, topics }: Metadata): void {
    this.#addresses.clear()
    for (const { nodeId, host, port } of brokers) this.#addresses.set(nodeId, { host, port })
    this.#controllerId = controllerId < 0 ? undefined : controllerId
    for (const { name, partitions } of topics) {
      if (name === null) continue
      const led = partitions.filter(({ leaderId }) => leaderId >= 0)
      const leaders = led.map(each => [each.partitionIndex, each.leaderId] as const)
      this.#leaders.set(name, new Map(leaders))
    }
  }

  get controllerId(): number | undefined {
    return this.#controllerId
  }

  forgetController(): void {
    this.#controllerId = undefined
  }

  address(node: number): BrokerAddress | undefined {
    return this.#addresses.get(node)
  }

  addresses(): Iterable<BrokerAddress> {
    return this.#addresses.values()
  }

  leader(topic: string, partition: number): number | undefined {
    return this.#leaders.get(topic)?.get(partition)
  }

  forgetLeader(topic: string, partition: number): void {
    this.#leaders.get(topic)?.delete(partition)
  }

  coordinator(type: CoordinatorType, key: string): number | undefined {
    return this.#coordinators.get(`${type}${key}`)
  }

  learnCoordinator(
    type: CoordinatorType,
    key: string,
    { nodeId, host, port }: BrokerAddress & { nodeId: number },
  ): void {
    this.#coordinators.set(`${type}${key}`, nodeId)
    this.#addresses.set(nodeId, { host, port })
  }

  forgetCoordinator(type: CoordinatorType, key: string): void {
    this.#coordinators.delete(`${type}${key}`)
  }
}
