import type { OffsetRow, PendingOffsetRow } from '../../../storage/metadata-store.ts'
import { PendingOffsets } from './pending.ts'

type TopicOffsets = Map<number, OffsetRow>

/** What all groups have committed, and what open transactions would commit for them. */
export class Offsets {
  readonly pending = new PendingOffsets()
  readonly #byGroup = new Map<string, Map<string, TopicOffsets>>()
  #lastOrder = 0

  /** The row, as the latest of all commits. */
  commit(row: OffsetRow): OffsetRow {
    const latest = this.#numbered(row)
    this.#set(latest)
    return latest
  }

  commitPending(row: PendingOffsetRow): PendingOffsetRow {
    const latest = { ...row, offset: this.#numbered(row.offset) }
    this.pending.set(latest)
    return latest
  }

  /** A row as it was stored; the commits to come are later. */
  restore(row: OffsetRow): void {
    this.#lastOrder = Math.max(this.#lastOrder, row.order ?? 0)
    this.#set(row)
  }

  restorePending(row: PendingOffsetRow): void {
    this.#lastOrder = Math.max(this.#lastOrder, row.offset.order ?? 0)
    this.pending.set(row)
  }

  /**
   * The transaction of a pending offset is committed. False when something was committed for the
   * partition since the offset was: that stays. (Kafka: OffsetMetadataManager
   * .replayEndTransactionMarker)
   */
  materialize({ offset }: PendingOffsetRow): boolean {
    const last = this.get(offset.group, offset.topic, offset.partition)
    if (last !== undefined && (last.order ?? 0) > (offset.order ?? 0)) return false
    this.#set(offset)
    return true
  }

  get(group: string, topic: string, partition: number): OffsetRow | undefined {
    return this.#byGroup.get(group)?.get(topic)?.get(partition)
  }

  has(group: string): boolean {
    return this.#byGroup.has(group)
  }

  /** What a group has committed, by topic. */
  of(group: string): OffsetRow[][] {
    const topics = this.#byGroup.get(group)?.values() ?? []
    return [...topics].map(partitions => [...partitions.values()])
  }

  groups(): Iterable<string> {
    return this.#byGroup.keys()
  }

  all(): OffsetRow[] {
    return Array.from(this.groups(), group => this.of(group)).flat(2)
  }

  delete({ group, topic, partition }: OffsetRow): void {
    const topics = this.#byGroup.get(group)
    const partitions = topics?.get(topic)
    if (topics === undefined || partitions === undefined) return
    partitions.delete(partition)
    if (partitions.size === 0) topics.delete(topic)
    if (topics.size === 0) this.#byGroup.delete(group)
  }

  /** Forgets what all groups have committed of a topic; the rows that are gone. */
  deleteTopic(topic: string): OffsetRow[] {
    const gone = Array.from(this.#byGroup.values(), topics => [
      ...(topics.get(topic)?.values() ?? []),
    ]).flat()
    for (const row of gone) this.delete(row)
    return gone
  }

  #set(row: OffsetRow): void {
    let topics = this.#byGroup.get(row.group)
    if (topics === undefined) this.#byGroup.set(row.group, (topics = new Map()))
    let partitions = topics.get(row.topic)
    if (partitions === undefined) topics.set(row.topic, (partitions = new Map()))
    partitions.set(row.partition, row)
  }

  #numbered(row: OffsetRow): OffsetRow {
    return { ...row, order: ++this.#lastOrder }
  }
}
