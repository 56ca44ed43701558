/** The records that a group gives to one of its members. */
import type { Client } from '../client/client.ts'
import { GroupMember } from '../client/group-member.ts'
import { partitionKey, type TopicPartition } from '../client/offsets.ts'
import { offsetsOf } from '../client/places.ts'
import type { ReadRecord } from '../client/read-record.ts'
import { Reader } from '../client/reader.ts'
import { existingTopic } from '../client/topic.ts'
import { onInterrupt } from './interrupt.ts'
import type { ReadPlan } from './read-plan.ts'
import { endingAt, type SourceOptions } from './record-source.ts'

export interface GroupRecords {
  readonly records: AsyncGenerator<ReadRecord[], void>
  /** These were shown: the group goes on behind them. */
  shown(records: readonly ReadRecord[]): void
  /** Commits what was shown, and leaves. */
  close(): Promise<void>
}

/** How often what was shown is committed. */
const commitMs = 1000

/** Errors: KafkaError. */
export async function groupRecords(
  client: Client,
  topic: string,
  groupId: string,
  plan: ReadPlan,
  options: SourceOptions,
): Promise<GroupRecords> {
  await existingTopic(client, topic, { create: false })
  const consumer = new GroupConsumer(client, topic, groupId, plan, options)
  const remove = onInterrupt(() => consumer.close())
  return {
    records: consumer.read(),
    shown: records => consumer.shown(records),
    async close() {
      remove()
      await consumer.close()
    },
  }
}

class GroupConsumer {
  readonly #client: Client
  readonly #plan: ReadPlan
  readonly #options: SourceOptions
  readonly #reader: Reader
  readonly #member: GroupMember
  #assigned: readonly TopicPartition[] = []
  /** Next offsets of partitions that were shown and are not committed. */
  #uncommitted = new Map<string, TopicPartition & { offset: number }>()
  #committedAtMs = 0
  #failure: Error | undefined

  constructor(
    client: Client,
    topic: string,
    groupId: string,
    plan: ReadPlan,
    options: SourceOptions,
  ) {
    this.#client = client
    this.#plan = plan
    this.#options = options
    this.#reader = new Reader(client, options)
    this.#member = new GroupMember(client, groupId, [topic], {
      assigned: partitions => this.#assign(partitions),
      revoked: () => this.#revoke(),
      failed: error => {
        this.#failure = error
        this.#reader.close()
      },
    })
  }

  async *read(): AsyncGenerator<ReadRecord[], void> {
    await this.#member.join()
    for await (const records of endingAt(this.#reader, this.#plan, this.#client, {
      waits: !this.#plan.exits,
    })) {
      // A rebalance may have taken partitions away since they were fetched.
      yield records.filter(({ from }) => this.#isAssigned(from))
      await this.#commitNowAndThen()
    }
    if (this.#failure) throw this.#failure
  }

  shown(records: readonly ReadRecord[]): void {
    for (const { from, offset } of records) {
      const { topic, partition } = from
      this.#uncommitted.set(partitionKey(from), { topic, partition, offset: offset + 1 })
    }
  }

  async close(): Promise<void> {
    this.#reader.close()
    await this.#commit()
    await this.#member.leave()
  }

  #isAssigned(partition: TopicPartition): boolean {
    return this.#assigned.some(each => partitionKey(each) === partitionKey(partition))
  }

  async #assign(
    partitions: readonly (TopicPartition & { offset: number | undefined })[],
  ): Promise<void> {
    this.#assigned = partitions
    const { start, exits } = this.#plan
    const starts = await offsetsOf(this.#client, partitions, start, this.#options)
    const ends = exits ? await offsetsOf(this.#client, partitions, 'end', this.#options) : []
    partitions.forEach(({ topic, partition, offset }, i) => {
      const from = offset ?? starts[i]!
      this.#reader.add({ topic, partition, offset: from, end: ends[i] ?? Infinity })
    })
  }

  async #revoke(): Promise<void> {
    for (const each of this.#assigned) this.#reader.remove(each)
    this.#assigned = []
    await this.#commit()
  }

  async #commitNowAndThen(): Promise<void> {
    const nowMs = this.#client.clock.monotonic()
    if (nowMs - this.#committedAtMs < commitMs) return
    this.#committedAtMs = nowMs
    await this.#commit()
  }

  /** Somebody else may have the partitions already: they will be read once more, then. */
  async #commit(): Promise<void> {
    const offsets = [...this.#uncommitted.values()]
    this.#uncommitted = new Map()
    try {
      await this.#member.commit(offsets)
    } catch (error) {
      this.#options.say(`offsets were not committed: ${(error as Error).message}`)
    }
  }
}
