import type { AppendedRecord } from '../admin/append.ts'
import type { ExpectOptions } from '../admin/expect.ts'
import type { Isolation, ReadOptions } from '../admin/read.ts'
import type { Parsed, TopicRecord } from '../admin/topic-record.ts'
import type { ConfigValue, DescribedTopic, TopicOptions } from '../admin/topics.ts'
import type { Services } from '../handler.ts'
import type { NextRecords } from './next-records.ts'

/** A record to append. */
export interface RecordToAppend<Value = unknown> {
  /**
   * Text and Buffers as they are, null for a tombstone (KIP-58), and anything else as JSON. Bytes
   * that are no text can also be written as `{ $base64: '…' }`.
   */
  value: Value | string | Uint8Array | null
  /** As the value; null, or nothing, for none. */
  key?: unknown
  /** By name; several values of a name as an array. */
  headers?: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>
  /** By the key as Kafka's clients choose if it is not given; without a key, any one. */
  partition?: number
  /** A Date, milliseconds since the epoch, or ISO 8601 text with its zone; now by default. */
  timestamp?: Date | number | string
}

type HeaderValue = string | Uint8Array | null

/** Which records are waited for, and for how long. */
export interface TakeOptions<Value> extends Omit<ExpectOptions, 'count' | 'where'> {
  /** Which records; all if it is not given. */
  where?: (record: TopicRecord<Value>) => boolean
}

/**
 * A topic without a Kafka client. There need not be one yet: handles cost nothing. All of what is
 * here rejects with a KafkaError where there is no topic, but for `append`, which creates it as
 * clients do, and those that wait.
 */
export class TopicHandle<Value = Parsed> {
  readonly name: string
  readonly #services: () => Services
  readonly #next = new Map<Isolation, NextRecords>()

  constructor(name: string, services: () => Services) {
    this.name = name
    this.#services = services
  }

  /**
   * Appends records as a producer does, with the checks and configs of the topic, which is created
   * if `auto.create.topics.enable` says so. Resolves when consumers can read them. Rejects with an
   * InvalidInput for what is no record, and with a KafkaError as Produce answers.
   */
  append(record: RecordToAppend<Value>): Promise<AppendedRecord>
  append(records: readonly RecordToAppend<Value>[]): Promise<AppendedRecord[]>
  async append(
    records: RecordToAppend<Value> | readonly RecordToAppend<Value>[],
  ): Promise<AppendedRecord | AppendedRecord[]> {
    const { recordFromJson } = await import('../admin/record-json.ts')
    const { appendRecords } = await import('../admin/append.ts')
    const isOne = !Array.isArray(records)
    const inputs = (isOne ? [records] : records).map(record => recordFromJson(record))
    const appended = await appendRecords(this.#services(), this.name, inputs)
    return isOne ? appended[0]! : appended
  }

  /**
   * The first `count` records that match, as soon as they are there: from the start of the topic,
   * or `from` elsewhere. Rejects after `timeout` (4 s) with an ExpectationFailed that lists what
   * did come, and with what `where` throws.
   */
  async take(count: number, options: TakeOptions<Value> = {}): Promise<TopicRecord<Value>[]> {
    const { expectRecords } = await import('../admin/expect.ts')
    const wanted = { ...options, count } as ExpectOptions
    return expectRecords(this.#services(), this.name, wanted)
  }

  /** The first record that matches, as soon as it is there; as `take`. */
  async expect(options: TakeOptions<Value> = {}): Promise<TopicRecord<Value>> {
    const [record] = await this.take(1, options)
    return record!
  }

  /**
   * The first record that matches and that this method has not given before, as soon as it is
   * there. Rejects as `take`.
   */
  async next(options: Omit<TakeOptions<Value>, 'from'> = {}): Promise<TopicRecord<Value>> {
    const { NextRecords } = await import('./next-records.ts')
    const { isolation = 'read_committed' } = options
    const records = this.#next.get(isolation) ?? new NextRecords(this.name, isolation)
    this.#next.set(isolation, records)
    return records.next(this.#services(), options)
  }

  /** All that there is now: of a partition in its order, of several by time. */
  async records(options: ReadOptions = {}): Promise<TopicRecord<Value>[]> {
    const { readRecords } = await import('../admin/read.ts')
    return Array.fromAsync(readRecords(this.#services(), this.name, options))
  }

  /** All that there is, and what comes, until the signal is aborted or the broker is reset. */
  async *follow(
    options: ReadOptions & { signal?: AbortSignal } = {},
  ): AsyncGenerator<TopicRecord<Value>, void> {
    const { followRecords } = await import('../admin/expect.ts')
    yield* followRecords(this.#services(), this.name, options)
  }

  /** All that there is now; as `records`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TopicRecord<Value>, void> {
    const { readRecords } = await import('../admin/read.ts')
    yield* readRecords(this.#services(), this.name)
  }

  /** Rejects with TOPIC_ALREADY_EXISTS, and what else Kafka answers to CreateTopics. */
  async create(options: TopicOptions = {}): Promise<DescribedTopic> {
    const { createTopic } = await import('../admin/topics.ts')
    return createTopic(this.#services(), this.name, options)
  }

  /** Partitions with their offsets and leaders, and what configs are set. */
  async describe(): Promise<DescribedTopic> {
    const { describeTopic } = await import('../admin/topics.ts')
    return describeTopic(this.#services(), this.name)
  }

  /** By Kafka's names; null unsets one. */
  async setConfigs(configs: Readonly<Record<string, ConfigValue | null>>): Promise<void> {
    const { setTopicConfigs } = await import('../admin/topics.ts')
    return setTopicConfigs(this.#services(), this.name, configs)
  }

  /** Adds partitions until there are so many. */
  async addPartitions(total: number): Promise<void> {
    const { addPartitions } = await import('../admin/topics.ts')
    return addPartitions(this.#services(), this.name, total)
  }

  /** Removes all records; offsets go on, and so do consumers. */
  async clear(): Promise<void> {
    const { clearTopic } = await import('../admin/topics.ts')
    return clearTopic(this.#services(), this.name)
  }

  /** Gone when it resolves: one of the same name can be created at once. */
  async delete(): Promise<void> {
    const { deleteTopic } = await import('../admin/topics.ts')
    return deleteTopic(this.#services(), this.name)
  }
}
