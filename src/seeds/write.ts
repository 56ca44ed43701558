/** The lines of an export, which `entryFromJson` reads. Pure. */
import type { NewRecord } from '../../protocol/records.ts'
import { recordToJson } from '../admin/record-json.ts'
import type { GroupEntry, TopicEntry } from './entry.ts'

export type ExportedTopic = Pick<TopicEntry, 'name' | 'configs'> & { partitions: number }

/** One line, without its end. */
export function topicLine({ name, partitions, configs }: ExportedTopic): string {
  const config = Object.keys(configs).length > 0 ? { config: configs } : {}
  return JSON.stringify({ topic: name, partitions, ...config })
}

export function recordLine(topic: string, partition: number, record: NewRecord): string {
  return JSON.stringify({ topic, partition, ...recordToJson(record) })
}

/** Partitions without an offset are null in between. */
export function groupLine({ group, offsets }: Omit<GroupEntry, 'kind'>): string {
  const byTopic = Object.groupBy(offsets, ({ topic }) => topic)
  const entries = Object.entries(byTopic).map(([topic, own]) => {
    const last = Math.max(...own!.map(({ partition }) => partition))
    const list = Array.from<number | object | null>({ length: last + 1 }).fill(null)
    for (const { partition, offset, metadata } of own!) {
      list[partition] = metadata === '' ? offset : { offset, metadata }
    }
    return [topic, list]
  })
  return JSON.stringify({ group, offsets: Object.fromEntries(entries) })
}

/** What a group has committed, of which it is to be said how many records lie before it. */
export interface CommittedOffset {
  partition: number
  offset: number
}

/**
 * Turns committed offsets of a topic into numbers of records: what was deleted or compacted, and
 * the markers of transactions, take offsets that nobody will have who imports the records.
 */
export class CommittedPositions<Committed extends CommittedOffset> {
  /** By partition, those with the lowest offset first. */
  readonly #waiting: Partial<Record<number, Committed[]>>
  readonly #records = new Map<number, number>()
  readonly #positions = new Map<Committed, number>()

  constructor(committed: readonly Committed[]) {
    const inOrder = committed.toSorted((a, b) => a.offset - b.offset)
    this.#waiting = Object.groupBy(inOrder, ({ partition }) => partition)
  }

  /** The next record of a partition, in the order of offsets. */
  see(partition: number, offset: number): void {
    const before = this.#records.get(partition) ?? 0
    const waiting = this.#waiting[partition] ?? []
    const reached = waiting.findIndex(committed => committed.offset > offset)
    const passed = waiting.splice(0, reached === -1 ? waiting.length : reached)
    for (const committed of passed) this.#positions.set(committed, before)
    this.#records.set(partition, before + 1)
  }

  /** How many of the records that were seen lie before the offset, when all were. */
  of(committed: Committed): number {
    const { partition } = committed
    return this.#positions.get(committed) ?? this.#records.get(partition) ?? 0
  }
}
