import type { Change, MetadataStore } from '../../storage/metadata-store.ts'

/** What is stored, in the order of the keys. */
export async function rowsOf(store: MetadataStore): Promise<Change[]> {
  return sorted(await Array.fromAsync(store.load()))
}

export function sorted(changes: readonly Change[]): Change[] {
  const rank = ({ kind, key }: Change): string => JSON.stringify([kind, key])
  return changes.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

export function topic(name: string, partitions: number): Change & { kind: 'topic' } {
  const id = 'c3VyZWx5LWEtdG9waWMtaQ'
  const value = { id, partitions, replicationFactor: 1, leaderEpochs: [0], configs: {} }
  return { kind: 'topic', key: name, value }
}
