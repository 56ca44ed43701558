import { KafkaError } from '../protocol/errors.ts'
import type { Change, MetadataStore, PartitionRow, TopicRow } from '../storage/metadata-store.ts'
import { offlineLog } from '../storage/offline-log.ts'
import {
  StorageError,
  type LogStore,
  type PartitionId,
  type Volume,
} from '../storage/partition-log.ts'
import type { Clock } from './clock.ts'
import type { Cluster } from './cluster.ts'
import { topicConfig, type Config, type TopicConfig } from './config.ts'
import { newInternalTopic } from './internal-topics.ts'
import type { Logger } from './logger.ts'
import { Partition } from './partitions/partition.ts'
import type { StoredProducers } from './partitions/producers.ts'
import { producersChanges, producersKey, producersRemoval } from './partitions/producer-rows.ts'
import type { Random } from './random.ts'
import {
  brokersText,
  leaderEpochOf,
  newPartitionRow,
  onNodes,
  placeReplicas,
  withNewEpoch,
  withoutOldEpochs,
} from './replicas.ts'
import { checkTopicName, collisionKey } from './topic-names.ts'
import { Waiters } from './waiters.ts'

/** Logs that are opened at the same time. */
const parallelOpens = 64

export interface Topic {
  readonly name: string
  /** Kafka's text form of a uuid: another one when a topic of this name is created again. */
  readonly id: string
  readonly partitions: readonly Partition[]
  /** What was set on the topic, by Kafka's name. */
  readonly overrides: Readonly<Record<string, string>>
  /** What holds: set on the topic, or on the broker, or by default. */
  readonly config: TopicConfig
}

/** A topic as it changes in here. */
interface OpenTopic extends Topic {
  partitions: Partition[]
  overrides: Readonly<Record<string, string>>
  config: TopicConfig
  /** The last change that waits for its turn or is being stored. */
  changing: Promise<void>
}

/** A partition whose log failed or is damaged, and why. */
export interface OfflinePartition {
  topic: string
  partition: number
  reason: string
}

export interface NewTopic {
  name: string
  /** The nodes of each partition. */
  replicas: number[][]
  overrides: Record<string, string>
}

export interface TopicsOptions {
  config: Config
  cluster: Pick<Cluster, 'nodeIds' | 'liveIds'>
  metadata: MetadataStore
  logs: LogStore
  clock: Clock
  random: Random
  logger: Logger
  /** Rows that go with a topic that is deleted. */
  onDelete: (topic: Topic) => Change[]
}

/** All topics. A topic is here from when it is durable and usable until its deletion begins. */
export class Topics {
  /** Wakes whenever `version` or `isClosed` has changed. */
  readonly changes = new Waiters()
  /** Nothing is served any more. */
  isClosed = false
  readonly #options: TopicsOptions
  readonly #byName = new Map<string, OpenTopic>()
  readonly #byId = new Map<string, OpenTopic>()
  /** By collision key: topics that exist or are being created. */
  readonly #taken = new Map<string, Set<string>>()
  readonly #creations = new Map<string, Promise<Topic>>()
  readonly #deletions = new Set<Promise<void>>()
  /** Partitions that got replicas, so that the next one gets the next leader. */
  #placed = 0
  /** Of logs, as they were opened. */
  #checkedBytes = 0
  #version = 0

  constructor(options: TopicsOptions) {
    this.#options = options
  }

  /** Opens what was stored, and finishes the deletions that a crash interrupted. */
  async load(
    rows: ReadonlyMap<string, TopicRow>,
    producers: ReadonlyMap<string, StoredProducers>,
    deletedIds: Iterable<string>,
  ): Promise<void> {
    for (const id of deletedIds) await this.#deleteData(id)
    const pending = [...rows]
    const worker = async (): Promise<void> => {
      for (let next = pending.pop(); next; next = pending.pop()) {
        const [name, row] = next
        this.#take(name)
        this.#add(await this.#open(name, row, producers))
        this.#placed += row.partitions.length
      }
    }
    await Promise.all(Array.from({ length: parallelOpens }, worker))
    if (this.#checkedBytes > 0) {
      const details = { bytes: this.#checkedBytes }
      this.#options.logger.info(details, 'logs were checked behind their last checkpoint')
    }
  }

  /** Another one whenever a topic was created, deleted, or got partitions. */
  get version(): number {
    return this.#version
  }

  get(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  getById(id: string): Topic | undefined {
    return this.#byId.get(id)
  }

  /** In the order of their names. */
  all(): Topic[] {
    return [...this.#byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Partitions that do not serve (Kafka's metric OfflineReplicaCount counts them). */
  offline(): OfflinePartition[] {
    return this.all().flatMap(({ name: topic, partitions }) =>
      partitions.flatMap(({ index: partition, failure }) =>
        failure === undefined ? [] : [{ topic, partition, reason: failure.message }],
      ),
    )
  }

  /** Throws INVALID_TOPIC_EXCEPTION or TOPIC_ALREADY_EXISTS if the name cannot be created. */
  checkNew(name: string): void {
    checkTopicName(name)
    this.#checkAbsent(name)
    const [other] = this.#taken.get(collisionKey(name)) ?? []
    if (other === undefined) return
    throw new KafkaError(
      'INVALID_TOPIC_EXCEPTION',
      `topic '${name}' collides with '${other}': names may not differ in '.' and '_' only`,
    )
  }

  /** An id that no topic has. */
  newId(): string {
    return this.#options.random.id()
  }

  /**
   * Creates a topic from checked values. It is durable and usable when this resolves. Throws
   * TOPIC_ALREADY_EXISTS.
   */
  async create(topic: NewTopic): Promise<Topic> {
    this.#checkAbsent(topic.name)
    const creation = this.#create(topic).finally(() => this.#creations.delete(topic.name))
    this.#creations.set(topic.name, creation)
    return creation
  }

  /** The topic, created with the broker's defaults if need be; many may ask at the same time. */
  async getOrCreate(name: string): Promise<Topic> {
    const existing = this.#byName.get(name) ?? this.#creations.get(name)
    if (existing !== undefined) return existing
    const internal = newInternalTopic(name, this.#options.config, this.#options.cluster.nodeIds)
    if (internal !== undefined) return this.create(internal)
    this.checkNew(name)
    const { numPartitions, defaultReplicationFactor } = this.#options.config
    const replicas = this.place(numPartitions, defaultReplicationFactor)
    return this.create({ name, replicas, overrides: {} })
  }

  /** Where all of them lie. Rejects with a StorageError. */
  volume(): Promise<Volume> {
    return this.#options.logs.volume()
  }

  /**
   * Replicas for new partitions; the leaders of all topics go round the nodes. Throws
   * INVALID_REPLICATION_FACTOR when there are too few nodes.
   */
  place(count: number, factor: number): number[][] {
    const { liveIds } = this.#options.cluster
    if (factor > liveIds.length) {
      throw new KafkaError(
        'INVALID_REPLICATION_FACTOR',
        `replication factor ${factor}, but ${brokersText(liveIds)}`,
      )
    }
    const start = this.#placed
    this.#placed += count
    return placeReplicas(liveIds, { count, factor, start })
  }

  /**
   * Changes what is stored of a topic, after the changes that were asked for before. `change` gets
   * the row that holds when its turn comes, and may throw. It holds, durably, when this resolves:
   * new partitions are open, leaders and configs act. Throws UNKNOWN_TOPIC_OR_PARTITION for a topic
   * that was deleted. Nothing is stored when `change` returns the row that it got.
   */
  async update(topic: Topic, change: (row: TopicRow) => TopicRow): Promise<void> {
    return this.#inTurn(topic, open => this.#change(open, change))
  }

  /**
   * Opens the logs of those partitions that are offline anew, as a start would: what is behind the
   * last checkpoint is checked and written again. Returns those that serve now. Throws
   * UNKNOWN_TOPIC_OR_PARTITION for a topic that was deleted.
   */
  async reopen(topic: Topic, indexes: readonly number[]): Promise<Set<number>> {
    const reopened = new Set<number>()
    if (!indexes.some(index => topic.partitions[index]?.isOffline)) return reopened
    await this.#inTurn(topic, async open => {
      for (const index of new Set(indexes)) {
        if (await this.#reopen(open, index)) reopened.add(index)
      }
    })
    return reopened
  }

  /** Lets configs of brokers act on the topics that do not set their own. */
  reconfigure(): void {
    for (const topic of this.#byId.values()) this.#configure(topic)
  }

  /** The topic is gone for everybody at once, and for ever when this resolves. */
  async delete(topic: Topic): Promise<void> {
    const { name, id } = topic
    const changing = this.#byId.get(id)?.changing
    this.#byName.delete(name)
    this.#byId.delete(id)
    this.#changed()
    await changing
    await this.#options.metadata.commit([
      { kind: 'topic', key: name, value: null },
      { kind: 'deletedTopic', key: id, value: {} },
      ...topic.partitions.flatMap(({ abortedChunks }, index) =>
        producersRemoval(producersKey(id, index), abortedChunks),
      ),
      ...this.#options.onDelete(topic),
    ])
    this.#release(name)
    const deletion = this.#deleteFiles(topic).finally(() => this.#deletions.delete(deletion))
    this.#deletions.add(deletion)
  }

  /** All topics are gone at once, as if they were deleted; what is stored of them stays. */
  abandon(): void {
    for (const topic of this.#byId.values()) {
      const closing = Promise.all(topic.partitions.map(partition => partition.closeDeleted()))
      this.#deletions.add(closing.then(ignore, ignore))
    }
    this.#byName.clear()
    this.#byId.clear()
    this.isClosed = true
    this.#changed()
  }

  /** Everything durable, every log closed. */
  async close(): Promise<void> {
    this.isClosed = true
    this.changes.wake()
    await Promise.all(this.#deletions)
    const partitions = [...this.#byName.values()].flatMap(topic => topic.partitions)
    await Promise.all(partitions.map(partition => partition.closeLog()))
    // All at once: one transaction stores them.
    await Promise.all(partitions.map(partition => partition.saveProducers()))
  }

  async #create({ name, replicas, overrides }: NewTopic): Promise<Topic> {
    const row: TopicRow = {
      id: this.newId(),
      partitions: replicas.map(each => newPartitionRow(each, this.#options.cluster.liveIds)),
      configs: overrides,
    }
    this.#take(name)
    try {
      const topic = await this.#open(name, row, new Map())
      await this.#store(topic, row)
      this.#add(topic)
      return topic
    } catch (error) {
      this.#release(name)
      throw error
    }
  }

  #checkAbsent(name: string): void {
    if (!this.#taken.get(collisionKey(name))?.has(name)) return
    throw new KafkaError('TOPIC_ALREADY_EXISTS', `topic '${name}' exists`)
  }

  #take(name: string): void {
    const key = collisionKey(name)
    this.#taken.set(key, (this.#taken.get(key) ?? new Set()).add(name))
  }

  #release(name: string): void {
    const key = collisionKey(name)
    const names = this.#taken.get(key)
    names?.delete(name)
    if (names?.size === 0) this.#taken.delete(key)
  }

  /** Runs `work` behind the changes of the topic that were asked for before. */
  async #inTurn(topic: Topic, work: (open: OpenTopic) => Promise<void>): Promise<void> {
    const open = this.#byId.get(topic.id)
    if (open === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    const done = open.changing.then(() => {
      if (this.#byId.get(open.id) !== open) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
      return work(open)
    })
    open.changing = done.catch(() => {})
    return done
  }

  async #reopen(topic: OpenTopic, index: number): Promise<boolean> {
    const offline = topic.partitions[index]
    if (offline === undefined || !offline.isOffline) return false
    await offline.close()
    const key = producersKey(topic.id, index)
    const producers = new Map([[key, offline.storedProducers]])
    const partition = await this.#openPartition(topic, offline.row, index, producers)
    if (!partition.isOffline && partition.row !== offline.row) {
      const row = rowOf(topic)
      await this.#store(topic, { ...row, partitions: row.partitions.with(index, partition.row) })
    }
    topic.partitions[index] = partition
    if (partition.isOffline) return false
    this.#options.logger.info({ topic: topic.name, partition: index }, 'partition serves again')
    return true
  }

  async #change(topic: OpenTopic, change: (row: TopicRow) => TopicRow): Promise<void> {
    const { name, id, partitions } = topic
    const before = rowOf(topic)
    const changed = change(before)
    if (changed === before) return
    const row = {
      ...changed,
      partitions: changed.partitions.map((each, index) =>
        withoutOldEpochs(each, partitions[index]?.startOffset ?? 0),
      ),
    }
    const config = topicConfig(row.configs, this.#options.config)
    const moved = partitions.filter(
      ({ leaderEpoch }, index) => leaderEpoch !== leaderEpochOf(row.partitions[index]!),
    )
    for (const partition of moved) partition.pauseAppends()
    let added: Partition[]
    try {
      added = await this.#openPartitions({ name, id, config }, row, partitions.length)
      await this.#store(topic, row)
    } catch (error) {
      for (const partition of moved) partition.resumeAppends()
      throw error
    }
    topic.overrides = row.configs
    partitions.forEach((partition, index) => partition.assign(row.partitions[index]!))
    partitions.push(...added)
    this.#configure(topic)
    if (added.length > 0) this.#changed()
  }

  /** With what holds now: the brokers' configs may have changed while the topic was opened. */
  #configure(topic: OpenTopic): void {
    topic.config = topicConfig(topic.overrides, this.#options.config)
    for (const partition of topic.partitions) partition.configure(topic.config)
  }

  async #store({ name }: Topic, row: TopicRow): Promise<void> {
    await this.#options.metadata.commit([{ kind: 'topic', key: name, value: row }])
  }

  #add(topic: OpenTopic): void {
    this.#configure(topic)
    this.#byName.set(topic.name, topic)
    this.#byId.set(topic.id, topic)
    this.#changed()
  }

  #changed(): void {
    this.#version++
    this.changes.wake()
  }

  async #deleteFiles(topic: Topic): Promise<void> {
    try {
      await Promise.all(topic.partitions.map(partition => partition.closeDeleted()))
      await this.#deleteData(topic.id)
    } catch (error) {
      // The row stays, so the next start tries again.
      this.#options.logger.error({ err: error, topic: topic.name }, 'cannot delete data of a topic')
    }
  }

  async #deleteData(id: string): Promise<void> {
    await this.#options.logs.delete(id)
    await this.#options.metadata.commit([{ kind: 'deletedTopic', key: id, value: null }])
  }

  async #open(
    name: string,
    row: TopicRow,
    producers: ReadonlyMap<string, StoredProducers>,
  ): Promise<OpenTopic> {
    const config = topicConfig(row.configs, this.#options.config)
    const topic = { name, id: row.id, config }
    const partitions = await this.#openPartitions(topic, row, 0, producers)
    const settled = partitions.map(partition => partition.row)
    if (settled.some((partition, index) => partition !== row.partitions[index])) {
      await this.#options.metadata.commit([
        { kind: 'topic', key: name, value: { ...row, partitions: settled } },
      ])
    }
    return { ...topic, overrides: row.configs, partitions, changing: Promise.resolve() }
  }

  /** Those from `first` on. */
  #openPartitions(
    topic: Pick<Topic, 'name' | 'id' | 'config'>,
    { partitions }: TopicRow,
    first: number,
    producers: ReadonlyMap<string, StoredProducers> = new Map(),
  ): Promise<Partition[]> {
    const rows = partitions.slice(first)
    return Promise.all(rows.map((row, i) => this.#openPartition(topic, row, first + i, producers)))
  }

  async #openPartition(
    topic: Pick<Topic, 'name' | 'id' | 'config'>,
    stored: PartitionRow,
    index: number,
    producers: ReadonlyMap<string, StoredProducers>,
  ): Promise<Partition> {
    const { metadata, clock, config, cluster, logger } = this.#options
    const id = { topic: topic.name, topicId: topic.id, partition: index }
    const { log, truncated, checkedBytes } = await this.#openLog(id, topic.config)
    this.#checkedBytes += checkedBytes
    // Of a log that is offline, nobody knows where an epoch would begin.
    let row = log.failure ? stored : onNodes(stored, cluster.nodeIds, log.endOffset)
    if (truncated) {
      // Consumers that had read further must notice that offsets are given anew (KIP-320).
      logger.warn(id, 'a torn tail was cut after an unclean stop')
      row = withNewEpoch(row, log.endOffset)
    }
    const key = producersKey(topic.id, index)
    return Partition.open({
      index,
      row,
      log,
      clock,
      config,
      producers: producers.get(key),
      // A store that fails tells its owner.
      saveProducers: change => metadata.commit(producersChanges(key, change)).catch(() => {}),
    })
  }

  /** A log that cannot be trusted is offline; the others serve (Kafka: KAFKA_STORAGE_ERROR). */
  async #openLog(id: PartitionId, config: TopicConfig): ReturnType<LogStore['open']> {
    try {
      return await this.#options.logs.open(id, config)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      this.#options.logger.error({ ...id, err: error }, 'partition is offline')
      return { log: offlineLog(error), truncated: false, checkedBytes: 0 }
    }
  }
}

function ignore(): void {}

/** A topic as it is stored. */
export function rowOf({ id, partitions, overrides }: Topic): TopicRow {
  return { id, partitions: partitions.map(({ row }) => row), configs: { ...overrides } }
}
