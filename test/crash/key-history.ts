/** The rules of a compacted partition: of each key at least the last record stays. */
import type { FoundRecord } from './records.ts'

interface LastOfKey {
  offset: number
  id: string
  isTombstone: boolean
}

/** Of each key, the last record that anybody knows. */
export class KeyedRecords {
  readonly #last = new Map<string, LastOfKey>()

  learn({ offset, id, key, value }: FoundRecord): void {
    if (key === null || (this.#last.get(key)?.offset ?? -1) >= offset) return
    this.#last.set(key, { offset, id, isTombstone: value === null })
  }

  [Symbol.iterator](): IterableIterator<[string, LastOfKey]> {
    return this.#last[Symbol.iterator]()
  }
}

/** Compares what is known of keys with what a whole log holds from its start on. */
export function keyViolations(
  known: KeyedRecords,
  records: readonly FoundRecord[],
  startOffset: number,
  forgetsTombstones: boolean,
): string[] {
  const found = new KeyedRecords()
  for (const record of records) found.learn(record)
  const lastFound = new Map(found)
  return [...known].flatMap(([key, { offset, id, isTombstone }]) => {
    const last = lastFound.get(key)
    if (last !== undefined && last.offset >= offset) return []
    if (isTombstone && (forgetsTombstones || offset < startOffset)) {
      return last === undefined
        ? []
        : [`key ${key} is back: offset ${last.offset} has ${last.id}, ${offset} had deleted it`]
    }
    if (offset < startOffset) return []
    return [`the last record of key ${key} is lost: ${id} at offset ${offset}`]
  })
}
