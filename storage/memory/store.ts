import type { Change, MetadataStore } from '../metadata-store.ts'
import { StorageError } from '../partition-log.ts'

/** Rows that live as long as the store. Values are kept as text: nobody shares them by accident. */
export function createMemoryMetadataStore(): MetadataStore {
  const rows = new Map<string, { kind: string; key: string; text: string }>()
  let closed = false
  return {
    async *load() {
      for (const { kind, key, text } of rows.values()) {
        yield { kind, key, value: JSON.parse(text) } as Change
      }
    },

    async commit(changes) {
      if (closed) throw new StorageError('the metadata store is closed')
      for (const { kind, key, value } of changes) {
        const id = `${kind}:${key}`
        if (value === null) rows.delete(id)
        else rows.set(id, { kind, key, text: JSON.stringify(value) })
      }
    },

    async close() {
      closed = true
    },
  }
}
