import { createMemoryLogStore, type MemoryLogStore } from '../storage/memory/log.ts'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import type { StoredRow } from '../storage/metadata-store.ts'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'
import { copiedRows } from './snapshots/copied-rows.ts'
import type { Storage } from './state.ts'

/**
 * Storage that lives as long as its owner keeps it. A fork shares the bytes of records, for they
 * never change; what is written to either is not in the other.
 */
export function openMemoryStorage(clock: Clock, { below }: Random): Storage {
  return storageOf(createMemoryLogStore(() => clock.now(), below))
}

function storageOf(logs: MemoryLogStore, rows: readonly StoredRow[] = []): Storage {
  const metadata = createMemoryMetadataStore(rows)
  return {
    metadata,
    logs,
    reopen: () => storageOf(logs, metadata.rows()),
    fork(clock) {
      const now = (): number => clock.now()
      return storageOf(logs.fork(now), copiedRows(metadata.rows(), now()))
    },
  }
}
