import type { MetadataStore, StoredRow } from '../metadata-store.ts'
import { StorageError } from '../partition-log.ts'

/**
 * Rows that live as long as the store, which begins with these. Values are kept as text: nobody
 * shares them by accident.
 */
export function createMemoryMetadataStore(stored: readonly StoredRow[] = []): MetadataStore {
  const rows = new Map(stored.map(row => [idOf(row), row]))
  let closed = false
  return {
    async *load() {
      for (const { kind, key, text } of rows.values()) {
        yield { kind, key, value: JSON.parse(text) }
      }
    },

    async commit(changes) {
      if (closed) throw new StorageError('the metadata store is closed')
      for (const { kind, key, value } of changes) {
        const id = idOf({ kind, key })
        if (value === null) rows.delete(id)
        else rows.set(id, { kind, key, text: JSON.stringify(value) })
      }
    },

    rows: () => [...rows.values()],

    async close() {
      closed = true
    },
  }
}

const idOf = ({ kind, key }: Pick<StoredRow, 'kind' | 'key'>): string => `${kind}:${key}`
