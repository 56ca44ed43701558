import type { OffsetRow } from '../../../storage/metadata-store.ts'

type TopicOffsets = Map<number, OffsetRow>

/** The committed offsets of all groups. */
export class Offsets {
  readonly #byGroup = new Map<string, Map<string, TopicOffsets>>()

  set(row: OffsetRow): void {
    let topics = this.#byGroup.get(row.group)
    if (topics === undefined) this.#byGroup.set(row.group, (topics = new Map()))
    let partitions = topics.get(row.topic)
    if (partitions === undefined) topics.set(row.topic, (partitions = new Map()))
    partitions.set(row.partition, row)
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
}
