/** The rows that keep what partitions know of their producers. */
import type { AbortedTransactionsRow, Change, ProducersRow } from '../../storage/metadata-store.ts'
import type { ProducersChange, StoredProducers } from './producers.ts'

export function producersKey(topicId: string, partition: number): string {
  return `${topicId}:${partition}`
}

/** By their key, what is stored of the producers of each partition. */
export function storedProducers({
  producers,
  abortedTransactions,
}: {
  producers: ReadonlyMap<string, ProducersRow>
  abortedTransactions: ReadonlyMap<string, AbortedTransactionsRow>
}): Map<string, StoredProducers> {
  const chunks = new Map<string, [number, AbortedTransactionsRow][]>()
  for (const [key, row] of abortedTransactions) {
    const at = key.lastIndexOf(':')
    const owner = key.slice(0, at)
    const others = chunks.get(owner) ?? []
    chunks.set(owner, others)
    others.push([Number(key.slice(at + 1)), row])
  }
  const keys = new Set([...producers.keys(), ...chunks.keys()])
  const stored = (key: string): [string, StoredProducers] => [
    key,
    { producers: producers.get(key), aborted: chunks.get(key) ?? [] },
  ]
  return new Map(Array.from(keys, stored))
}

/** Both kinds at once: one says up to where the other is complete. */
export function producersChanges(key: string, change: ProducersChange): Change[] {
  return [
    { kind: 'producers', key, value: change.producers },
    ...change.aborted.map(([chunk, value]): Change => {
      return { kind: 'abortedTransactions', key: chunkKey(key, chunk), value }
    }),
  ]
}

/** What is stored under a key goes, with these chunks. */
export function producersRemoval(key: string, chunks: Iterable<number>): Change[] {
  return [
    { kind: 'producers', key, value: null },
    ...Array.from(chunks, (chunk): Change => {
      return { kind: 'abortedTransactions', key: chunkKey(key, chunk), value: null }
    }),
  ]
}

function chunkKey(key: string, chunk: number): string {
  return `${key}:${chunk}`
}
