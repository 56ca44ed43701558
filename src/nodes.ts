import { KafkaError } from '../protocol/errors.ts'
import { InvalidInput } from './admin/invalid-input.ts'
import type { Services } from './handler.ts'
import type { Listeners } from './listeners.ts'
import type { LiveNodes } from './live-nodes.ts'
import { changePartitions } from './partition-changes.ts'
import { brokersText, movedTo, onLiveNodes } from './replicas.ts'

interface Options {
  live: LiveNodes
  network: Pick<Listeners, 'stop' | 'start'>
  /** Of the state that there is just now. */
  services: () => Services
}

/** The nodes of a cluster in one process, which can be stopped and started one by one. */
export class Nodes {
  readonly #options: Options
  /** The last call that waits for its turn or is under way. */
  #changing: Promise<void> = Promise.resolve()

  constructor(options: Options) {
    this.#options = options
  }

  /** In the order of their ids, with those that are stopped. */
  get ids(): readonly number[] {
    return this.#options.live.all
  }

  isRunning(nodeId: number): boolean {
    return this.#options.live.has(nodeId)
  }

  /**
   * Stops a node as Kafka does on SIGTERM: others lead its partitions and coordinate its groups,
   * then its connections are closed. What no other node has in sync is led by nobody. After earlier
   * calls; nothing changes for one that is stopped. Rejects with an InvalidInput.
   */
  stop(nodeId: number): Promise<void> {
    this.#check(nodeId)
    return this.#inTurn(async () => {
      const { live, network, services } = this.#options
      if (!live.has(nodeId)) return
      const { cluster, groups } = services()
      live.delete(nodeId)
      await this.#elect()
      groups.abandon(groupId => !cluster.coordinates(groupId, nodeId))
      await network.stop(nodeId)
    })
  }

  /**
   * Starts a node again, at the address that it had. It leads what nobody else has led meanwhile.
   * Rejects with the system's error when somebody else has taken the port.
   */
  start(nodeId: number): Promise<void> {
    this.#check(nodeId)
    return this.#inTurn(async () => {
      const { live, network, services } = this.#options
      if (live.has(nodeId)) return
      await network.start(nodeId)
      live.add(nodeId)
      await this.#elect()
      services().reassignments.goOn()
    })
  }

  /**
   * Makes a node lead a partition; if it has no replica, it gets that of the leader. Rejects with a
   * KafkaError for an unknown partition, and an InvalidInput for a node that does not run.
   */
  async move(topicName: string, index: number, nodeId: number): Promise<void> {
    const { live, services } = this.#options
    this.#check(nodeId)
    if (!live.has(nodeId)) throw new InvalidInput(`broker ${nodeId} is stopped: start it first`)
    const { topics } = services()
    const topic = topics.get(topicName)
    if (topic === undefined) {
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic '${topicName}'`)
    }
    const results = await changePartitions(topics, topic, [{ index }], (row, { endOffset }) =>
      movedTo(row, nodeId, endOffset),
    )
    for (const { error } of results) if (error !== undefined) throw error as Error
  }

  #check(nodeId: number): void {
    const { all } = this.#options.live
    if (all.includes(nodeId)) return
    throw new InvalidInput(`there is no broker ${nodeId}: ${brokersText(all)}`)
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const changed = this.#changing.then(change)
    this.#changing = changed.catch(() => {})
    return changed
  }

  /** Of each partition the leader, after nodes have come or gone. */
  async #elect(): Promise<void> {
    const { live, services } = this.#options
    const { topics, logger } = services()
    await Promise.all(
      topics.all().map(async topic => {
        const results = await changePartitions(
          topics,
          topic,
          topic.partitions.map(({ index }) => ({ index })),
          (row, { endOffset, isOffline }) =>
            isOffline ? row : onLiveNodes(row, live.ids, endOffset),
        )
        for (const { index, error } of results) {
          // One that was deleted has no more leader.
          if (error === undefined || topics.getById(topic.id) === undefined) continue
          const details = { err: error, topic: topic.name, partition: index }
          logger.error(details, 'cannot elect a leader')
        }
      }),
    )
  }
}
