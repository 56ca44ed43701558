import {
  offsetKey,
  type OffsetRow,
  type PendingOffsetRow,
} from '../../../storage/metadata-store.ts'

/** A partition of which a group commits offsets. */
export type Place = Pick<OffsetRow, 'group' | 'topic' | 'partition'>

/** Of one producer or one partition, by what else identifies a row. */
type Rows<Key> = Map<Key, PendingOffsetRow>

/** The offsets of open transactions, at most one for each producer and partition of a group. */
export class PendingOffsets {
  readonly #byProducer = new Map<number, Rows<string>>()
  readonly #byGroup = new Map<string, Map<string, Rows<number>>>()

  set(row: PendingOffsetRow): void {
    const { producerId, offset } = row
    const key = keyOf(offset)
    entryOf(this.#byProducer, producerId).set(key, row)
    entryOf(entryOf(this.#byGroup, offset.group), key).set(producerId, row)
  }

  /** Whether the group has any. */
  has(group: string): boolean {
    return this.#byGroup.has(group)
  }

  /** Whether what the group has committed of the partition may change at any time. */
  isUnstable(place: Place): boolean {
    return this.#byGroup.get(place.group)?.has(keyOf(place)) ?? false
  }

  groups(): Iterable<string> {
    return this.#byGroup.keys()
  }

  of(group: string): PendingOffsetRow[] {
    const partitions = this.#byGroup.get(group)?.values() ?? []
    return Array.from(partitions, rows => [...rows.values()]).flat()
  }

  ofPartition(place: Place): PendingOffsetRow[] {
    return [...(this.#byGroup.get(place.group)?.get(keyOf(place))?.values() ?? [])]
  }

  ofProducer(producerId: number): PendingOffsetRow[] {
    return [...(this.#byProducer.get(producerId)?.values() ?? [])]
  }

  all(): PendingOffsetRow[] {
    return Array.from(this.groups(), group => this.of(group)).flat()
  }

  delete({ producerId, offset }: PendingOffsetRow): void {
    const key = keyOf(offset)
    drop(this.#byProducer, producerId, key)
    const partitions = this.#byGroup.get(offset.group)
    if (partitions === undefined) return
    drop(partitions, key, producerId)
    if (partitions.size === 0) this.#byGroup.delete(offset.group)
  }
}

function keyOf({ group, topic, partition }: Place): string {
  return offsetKey(group, topic, partition)
}

function entryOf<Key, InnerKey, Value>(
  map: Map<Key, Map<InnerKey, Value>>,
  key: Key,
): Map<InnerKey, Value> {
  let entry = map.get(key)
  if (entry === undefined) map.set(key, (entry = new Map()))
  return entry
}

function drop<Key, InnerKey>(
  map: Map<Key, Map<InnerKey, unknown>>,
  key: Key,
  inner: InnerKey,
): void {
  const entry = map.get(key)
  entry?.delete(inner)
  if (entry?.size === 0) map.delete(key)
}
