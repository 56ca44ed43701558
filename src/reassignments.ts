import { KafkaError } from '../protocol/errors.ts'
import type { PartitionRow } from '../storage/metadata-store.ts'
import type { Clock, Timer } from './clock.ts'
import type { Cluster } from './cluster.ts'
import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import { changePartitions, type PartitionChanged } from './partition-changes.ts'
import type { Partition } from './partitions/partition.ts'
import {
  cancelReassignment,
  completeReassignment,
  isReassigning,
  reassign,
  targetReplicas,
} from './reassignment.ts'
import { checkReplicas } from './replicas.ts'
import type { Topic, Topics } from './topics.ts'

interface Options {
  topics: Topics
  cluster: Pick<Cluster, 'nodeIds' | 'liveIds'>
  config: Pick<Config, 'reassignmentDurationMs'>
  clock: Clock
  logger: Logger
}

export interface WantedReplicas {
  index: number
  /** Null goes back to those of before. */
  replicas: readonly number[] | null
}

/** Partitions of a topic whose time is over together. */
interface Batch {
  topic: Topic
  indexes: readonly number[]
}

/** Begins reassignments of replicas, and completes them when their time is over. */
export class Reassignments {
  readonly #options: Options
  /** By topic id and partition: the last batch that it was in. */
  readonly #underWay = new Map<string, Batch>()
  readonly #timers = new Set<Timer>()
  readonly #completions = new Set<Promise<void>>()
  #closed = false

  /** Goes on with those that were under way at the last stop. */
  constructor(options: Options) {
    this.#options = options
    this.goOn()
  }

  /** Nodes run on which replicas were waiting. */
  goOn(): void {
    for (const topic of this.#options.topics.all()) {
      this.#watch({ topic, indexes: topic.partitions.map(({ index }) => index) })
    }
  }

  /** They are stored when this resolves, and complete after `reassignment.duration.ms`. */
  async alter(
    topic: Topic,
    wanted: readonly WantedReplicas[],
    { mayChangeFactor }: { mayChangeFactor: boolean },
  ): Promise<PartitionChanged[]> {
    const { topics, cluster, config } = this.#options
    const results = await changePartitions(
      topics,
      topic,
      wanted,
      (row, partition, { replicas }) => {
        if (partition.isOffline) throw new KafkaError('KAFKA_STORAGE_ERROR')
        const { endOffset } = partition
        if (replicas === null) return cancelReassignment(row, endOffset)
        checkReplicas(replicas, cluster.nodeIds)
        if (!mayChangeFactor) checkSameFactor(row, replicas)
        const begun = reassign(row, replicas, endOffset)
        if (config.reassignmentDurationMs > 0) return begun
        return completeReassignment(begun, cluster.liveIds, endOffset)
      },
    )
    const changed = results.filter(({ error }) => error === undefined)
    this.#watch({ topic, indexes: changed.map(({ index }) => index) })
    return results
  }

  /** Those under way stay so until the next start. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) timer.cancel()
    await Promise.all(this.#completions)
  }

  #watch({ topic, indexes }: Batch): void {
    const reassigned = indexes.filter(index => isReassigning(topic.partitions[index]!.row))
    if (this.#closed || reassigned.length === 0) return
    const batch = { topic, indexes: reassigned }
    for (const index of reassigned) this.#underWay.set(keyOf(topic, index), batch)
    const { clock, config } = this.#options
    const timer = clock.after(config.reassignmentDurationMs, () => {
      this.#timers.delete(timer)
      const completion = this.#complete(batch).finally(() => this.#completions.delete(completion))
      this.#completions.add(completion)
    })
    this.#timers.add(timer)
  }

  async #complete(batch: Batch): Promise<void> {
    const { topics, cluster, logger } = this.#options
    const { topic } = batch
    // Others were changed meanwhile, and have a later batch.
    const due = batch.indexes.filter(index => this.#underWay.get(keyOf(topic, index)) === batch)
    for (const index of due) this.#underWay.delete(keyOf(topic, index))
    const complete = (row: PartitionRow, { endOffset, isOffline }: Partition): PartitionRow =>
      isOffline ? row : completeReassignment(row, cluster.liveIds, endOffset)
    const wanted = due.map(index => ({ index }))
    for (const { index, error } of await changePartitions(topics, topic, wanted, complete)) {
      // A topic that was deleted has no more replicas to move.
      if (error === undefined || topics.getById(topic.id) === undefined) continue
      const details = { err: error, topic: topic.name, partition: index }
      logger.error(details, 'cannot complete a reassignment')
    }
  }
}

function keyOf({ id }: Topic, index: number): string {
  return `${id}:${index}`
}

/** KIP-860. */
function checkSameFactor(row: PartitionRow, replicas: readonly number[]): void {
  const { length } = targetReplicas(row)
  if (length === replicas.length) return
  throw new KafkaError(
    'INVALID_REPLICATION_FACTOR',
    `the request may not change the replication factor, which is ${length}, to ${replicas.length}`,
  )
}
