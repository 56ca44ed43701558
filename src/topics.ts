import { KafkaError } from '../protocol/errors.ts'
import type { Change, MetadataStore, ProducersRow, TopicRow } from '../storage/metadata-store.ts'
import { offlineLog } from '../storage/offline-log.ts'
import { StorageError, type LogStore, type PartitionId } from '../storage/partition-log.ts'
import type { Clock } from './clock.ts'
import { topicConfig, type Config, type TopicConfig } from './config.ts'
import type { Logger } from './logger.ts'
import { Partition } from './partition.ts'
import type { Random } from './random.ts'
import { checkTopicName, collisionKey } from './topic-names.ts'

/** Logs that are opened at the same time. */
const parallelOpens = 64

export interface Topic {
  readonly name: string
  /** Kafka's text form of a uuid: another one when a topic of this name is created again. */
  readonly id: string
  readonly replicationFactor: number
  readonly partitions: readonly Partition[]
  /** What was set on the topic, by Kafka's name. */
  readonly overrides: Readonly<Record<string, string>>
  /** What holds: set on the topic, or on the broker, or by default. */
  readonly config: TopicConfig
}

export interface NewTopic {
  name: string
  partitions: number
  replicationFactor: number
  overrides: Record<string, string>
}

export interface TopicsOptions {
  config: Config
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
  readonly #options: TopicsOptions
  readonly #byName = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  /** By collision key: topics that exist or are being created. */
  readonly #taken = new Map<string, string>()
  readonly #creations = new Map<string, Promise<Topic>>()
  readonly #deletions = new Set<Promise<void>>()

  constructor(options: TopicsOptions) {
    this.#options = options
  }

  /** Opens what was stored, and finishes the deletions that a crash interrupted. */
  async load(
    rows: ReadonlyMap<string, TopicRow>,
    producers: ReadonlyMap<string, ProducersRow>,
    deletedIds: Iterable<string>,
  ): Promise<void> {
    for (const id of deletedIds) await this.#deleteData(id)
    const pending = [...rows]
    const worker = async (): Promise<void> => {
      for (let next = pending.pop(); next; next = pending.pop()) {
        const [name, row] = next
        this.#taken.set(collisionKey(name), name)
        this.#add(await this.#open(name, row, producers))
      }
    }
    await Promise.all(Array.from({ length: parallelOpens }, worker))
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

  /** Throws INVALID_TOPIC_EXCEPTION or TOPIC_ALREADY_EXISTS if the name cannot be created. */
  checkNew(name: string): void {
    checkTopicName(name)
    const other = this.#taken.get(collisionKey(name))
    if (other === name) throw new KafkaError('TOPIC_ALREADY_EXISTS', `topic '${name}' exists`)
    if (other !== undefined) {
      throw new KafkaError(
        'INVALID_TOPIC_EXCEPTION',
        `topic '${name}' collides with '${other}': names may not differ in '.' and '_' only`,
      )
    }
  }

  /** Creates a topic from checked values. It is durable and usable when this resolves. */
  async create(topic: NewTopic): Promise<Topic> {
    this.checkNew(topic.name)
    const creation = this.#create(topic).finally(() => this.#creations.delete(topic.name))
    this.#creations.set(topic.name, creation)
    return creation
  }

  /** The topic, created with the broker's defaults if need be; many may ask at the same time. */
  async getOrCreate(name: string): Promise<Topic> {
    const { numPartitions: partitions, defaultReplicationFactor } = this.#options.config
    const topic = { name, partitions, replicationFactor: defaultReplicationFactor, overrides: {} }
    return this.#byName.get(name) ?? this.#creations.get(name) ?? this.create(topic)
  }

  /** The topic is gone for everybody at once, and for ever when this resolves. */
  async delete(topic: Topic): Promise<void> {
    const { name, id } = topic
    this.#byName.delete(name)
    this.#byId.delete(id)
    await this.#options.metadata.commit([
      { kind: 'topic', key: name, value: null },
      { kind: 'deletedTopic', key: id, value: {} },
      ...topic.partitions.map((_, index): Change => {
        return { kind: 'producers', key: producersKey(id, index), value: null }
      }),
      ...this.#options.onDelete(topic),
    ])
    this.#taken.delete(collisionKey(name))
    const deletion = this.#deleteFiles(topic).finally(() => this.#deletions.delete(deletion))
    this.#deletions.add(deletion)
  }

  /** Everything durable, every log closed. */
  async close(): Promise<void> {
    await Promise.all(this.#deletions)
    const partitions = [...this.#byName.values()].flatMap(topic => topic.partitions)
    await Promise.all(partitions.map(partition => partition.close()))
  }

  async #create({ name, partitions, replicationFactor, overrides }: NewTopic): Promise<Topic> {
    const row: TopicRow = {
      id: this.#options.random.id(),
      partitions,
      replicationFactor,
      leaderEpochs: Array.from({ length: partitions }, () => 0),
      configs: overrides,
    }
    this.#taken.set(collisionKey(name), name)
    try {
      // The logs first: a crash in between leaves directories that no topic refers to.
      const topic = await this.#open(name, row, new Map())
      await this.#options.metadata.commit([{ kind: 'topic', key: name, value: row }])
      this.#add(topic)
      return topic
    } catch (error) {
      this.#taken.delete(collisionKey(name))
      throw error
    }
  }

  #add(topic: Topic): void {
    this.#byName.set(topic.name, topic)
    this.#byId.set(topic.id, topic)
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
    producers: ReadonlyMap<string, ProducersRow>,
  ): Promise<Topic> {
    const config = topicConfig(row.configs, this.#options.config)
    const topic = { name, id: row.id, overrides: row.configs, config }
    const partitions = await Promise.all(
      row.leaderEpochs.map((_, index) => this.#openPartition(topic, row, index, producers)),
    )
    return { ...topic, replicationFactor: row.replicationFactor, partitions }
  }

  async #openPartition(
    topic: Omit<Topic, 'partitions' | 'replicationFactor'>,
    row: TopicRow,
    index: number,
    producers: ReadonlyMap<string, ProducersRow>,
  ): Promise<Partition> {
    const { metadata, clock, config, logger } = this.#options
    const id = { topic: topic.name, topicId: topic.id, partition: index }
    const { log, truncated } = await this.#openLog(id, topic.config)
    if (truncated) {
      // Consumers that had read further must notice that offsets are given anew (KIP-320).
      logger.warn(id, 'a torn tail was cut after an unclean stop')
      row.leaderEpochs[index]! += 1
      await metadata.commit([{ kind: 'topic', key: topic.name, value: row }])
    }
    const key = producersKey(topic.id, index)
    return Partition.open({
      index,
      leaderEpoch: row.leaderEpochs[index]!,
      log,
      clock,
      producerExpirationMs: config.producerIdExpirationMs,
      producers: producers.get(key),
      saveProducers: value => {
        // A store that fails tells its owner; nobody waits for this row.
        metadata.commit([{ kind: 'producers', key, value }]).catch(() => {})
      },
    })
  }

  /** A log that cannot be trusted is offline; the others serve (Kafka: KAFKA_STORAGE_ERROR). */
  async #openLog(id: PartitionId, config: TopicConfig): ReturnType<LogStore['open']> {
    try {
      return await this.#options.logs.open(id, config)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      this.#options.logger.error({ ...id, err: error }, 'partition is offline')
      return { log: offlineLog(error), truncated: false }
    }
  }
}

function producersKey(topicId: string, partition: number): string {
  return `${topicId}:${partition}`
}
