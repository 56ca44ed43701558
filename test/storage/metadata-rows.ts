import type { Change, MetadataStore } from '../../storage/metadata-store.ts'

/** What is stored, in the order of the keys. */
export async function rowsOf(store: MetadataStore): Promise<Change[]> {
  return sorted(await Array.fromAsync(store.load()))
}

export function sorted(changes: readonly Change[]): Change[] {
  const rank = ({ kind, key }: Change): string => JSON.stringify([kind, key])
  return changes.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

/** A row that carries a number. */
export function topic(name: string, number: number): Change & { kind: 'topic' } {
  const partition = {
    replicas: [0],
    isr: [0],
    adding: [],
    removing: [],
    leader: number,
    epochs: [{ epoch: 0, startOffset: 0 }],
  }
  const value = { id: 'c3VyZWx5LWEtdG9waWMtaQ', partitions: [partition], configs: {} }
  return { kind: 'topic', key: name, value }
}

/** The number of such a row, or 0 where there is none. */
export function numberOf(change: Change | undefined): number {
  return change?.kind === 'topic' ? change.value!.partitions[0]!.leader : 0
}
